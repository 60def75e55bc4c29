/**
 * The RTMP door: sockets, handshake, commands. Knows streams only through {@link
 * io.millrace.live.rtmp.Ingest}.
 */
@NullMarked
package io.millrace.live.rtmp;

import org.jspecify.annotations.NullMarked;
