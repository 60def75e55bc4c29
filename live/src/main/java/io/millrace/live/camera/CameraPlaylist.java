package io.millrace.live.camera;

import io.millrace.formats.hls.MediaPlaylist;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Playlists of byte ranges on the camera's objects. Pure. */
final class CameraPlaylist {
    private static final int VERSION = 4; // EXT-X-BYTERANGE

    private CameraPlaylist() {}

    /**
     * @param mediaSequence number of the first segment
     * @param discontinuitySequence discontinuities up to the first segment's own, which is not
     *     written
     * @param ended true: nothing will be added
     */
    static String write(
            List<Segment> segments, long mediaSequence, long discontinuitySequence, boolean ended) {
        List<MediaPlaylist.Segment> lines = new ArrayList<>(segments.size());
        double longest = 0;
        for (Segment s : segments) {
            longest = Math.max(longest, s.seconds());
            lines.add(
                    new MediaPlaylist.Segment(
                            s.incarnation() + ".ts",
                            s.seconds(),
                            s.discontinuity() && !lines.isEmpty(),
                            Instant.ofEpochMilli(s.startMillis()),
                            new MediaPlaylist.ByteRange(s.lengthBytes(), s.offset()),
                            null,
                            false));
        }
        return new MediaPlaylist(
                        VERSION,
                        MediaPlaylist.targetFor(longest, 1),
                        mediaSequence,
                        discontinuitySequence,
                        ended ? MediaPlaylist.Type.VOD : null,
                        true,
                        lines,
                        ended)
                .write();
    }
}
