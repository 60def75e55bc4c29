/** Whole-process benchmarks beside their peers. */
@NullMarked
package io.millrace.bench;

import org.jspecify.annotations.NullMarked;
