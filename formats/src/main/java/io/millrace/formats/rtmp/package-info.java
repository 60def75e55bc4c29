/** RTMP's handshake and chunk stream, over any InputStream and OutputStream. */
@NullMarked
package io.millrace.formats.rtmp;

import org.jspecify.annotations.NullMarked;
