/** Fakes, clocks, seeded randomness, real servers for tests. */
@NullMarked
package io.millrace.testkit;

import org.jspecify.annotations.NullMarked;
