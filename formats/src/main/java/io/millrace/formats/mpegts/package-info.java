/** MPEG transport streams: a muxer and an incremental scanner. */
@NullMarked
package io.millrace.formats.mpegts;

import org.jspecify.annotations.NullMarked;
