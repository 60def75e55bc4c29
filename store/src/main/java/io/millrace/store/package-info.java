/** Buckets, objects, uploads, appends and the change log. */
@NullMarked
package io.millrace.store;

import org.jspecify.annotations.NullMarked;
