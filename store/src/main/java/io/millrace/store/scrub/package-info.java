/**
 * A look in the background at everything that is stored: extents and the files of the key space are
 * read against their checksums, slowly, over and over; what is damaged is noted durably and named.
 * Uses uploads, objects and what lies below; only the door uses it.
 */
@NullMarked
package io.millrace.store.scrub;

import org.jspecify.annotations.NullMarked;
