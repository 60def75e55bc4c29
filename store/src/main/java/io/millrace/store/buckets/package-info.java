/** Buckets and their settings, from a cache of at most a second. Uses space. */
@NullMarked
package io.millrace.store.buckets;

import org.jspecify.annotations.NullMarked;
