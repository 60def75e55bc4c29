/** FLV's audio and video tag bodies, Enhanced RTMP's too, and FLV files. */
@NullMarked
package io.millrace.formats.flv;

import org.jspecify.annotations.NullMarked;
