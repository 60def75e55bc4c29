/** From a publisher's tags to segments: the timeline, the segmenter, the playlist's window. */
@NullMarked
package io.millrace.live.stream;

import org.jspecify.annotations.NullMarked;
