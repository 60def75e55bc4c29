/** What proving and deciding a request costs. */
@NullMarked
package io.millrace.bench.trust;

import org.jspecify.annotations.NullMarked;
