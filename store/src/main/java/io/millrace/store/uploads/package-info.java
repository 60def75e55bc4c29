/**
 * Multipart uploads: parts, completion, lists. What they make are objects. Uses objects and what
 * lies below.
 */
@NullMarked
package io.millrace.store.uploads;

import org.jspecify.annotations.NullMarked;
