/** One file for each operation: what the store is asked and what is answered. */
@NullMarked
package io.millrace.gateway.op;

import org.jspecify.annotations.NullMarked;
