/**
 * The door of live video: streams, their state, their playback. {@code rtmp} holds the RTMP door,
 * {@code stream} the publishers' timelines and the segmenter, {@code record} what is kept (upload
 * queue, spool, catalogue), {@code camera} the playback of objects that cameras append to.
 */
@NullMarked
package io.millrace.live;

import org.jspecify.annotations.NullMarked;
