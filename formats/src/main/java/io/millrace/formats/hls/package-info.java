/** HLS playlists: written, and parsed again. */
@NullMarked
package io.millrace.formats.hls;

import org.jspecify.annotations.NullMarked;
