/** End to end: demo. */
package io.millrace.e2e.demo;
