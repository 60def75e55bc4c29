/** Immutable runs of bytes in volume files with group commit. */
@NullMarked
package io.millrace.extents;

import org.jspecify.annotations.NullMarked;
