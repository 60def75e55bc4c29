/** RTMP door, stream fan-out, segmenter, HLS, recording, camera playback. */
@NullMarked
package io.millrace.live;

import org.jspecify.annotations.NullMarked;
