/** Doors with ten thousand hostile clients before them, and what honest ones notice. */
@NullMarked
package io.millrace.bench.doors;

import org.jspecify.annotations.NullMarked;
