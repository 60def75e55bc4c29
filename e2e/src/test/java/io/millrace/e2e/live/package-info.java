/** Live streams with clients that were not written here: ffmpeg publishes, hls.js plays. */
@NullMarked
package io.millrace.e2e.live;

import org.jspecify.annotations.NullMarked;
