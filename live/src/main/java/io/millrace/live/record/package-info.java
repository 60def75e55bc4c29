/** What is kept of live streams: the catalogue in the key space, the upload queue, the spool. */
@NullMarked
package io.millrace.live.record;

import org.jspecify.annotations.NullMarked;
