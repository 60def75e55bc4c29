/** AMF0, the values in RTMP commands and FLV script tags. */
@NullMarked
package io.millrace.formats.amf;

import org.jspecify.annotations.NullMarked;
