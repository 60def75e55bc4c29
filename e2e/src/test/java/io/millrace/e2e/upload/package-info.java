/** End to end: upload. */
package io.millrace.e2e.upload;
