/** Data directories of earlier versions, which every later one opens and reads back whole. */
@NullMarked
package io.millrace.e2e.kept;

import org.jspecify.annotations.NullMarked;
