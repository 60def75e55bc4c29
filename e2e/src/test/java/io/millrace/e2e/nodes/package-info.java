/** Several servers on one key space. */
@NullMarked
package io.millrace.e2e.nodes;

import org.jspecify.annotations.NullMarked;
