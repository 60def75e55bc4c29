/** End to end: durability. */
package io.millrace.e2e.durability;
