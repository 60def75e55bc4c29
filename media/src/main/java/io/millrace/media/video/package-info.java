/**
 * ffmpeg and ffprobe as children: snapshots and probes of stored objects, read through a one-time
 * loopback address.
 */
@NullMarked
package io.millrace.media.video;

import org.jspecify.annotations.NullMarked;
