package io.millrace.live.camera;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.live.PlaylistText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Playlists of byte ranges on the camera's objects. Pure. */
final class CameraPlaylist {
    private static final int VERSION = 4; // EXT-X-BYTERANGE

    private CameraPlaylist() {}

    /** The live end. */
    static String live(List<LiveWindow.Line> shown, long discontinuitySequence) {
        List<MediaPlaylist.Segment> lines = new ArrayList<>(shown.size());
        double longest = 0;
        boolean independent = true;
        for (LiveWindow.Line line : shown) {
            longest = Math.max(longest, line.segment().seconds());
            independent &= !line.continuation();
            lines.add(line(line.segment(), line.discontinuity() && !lines.isEmpty()));
        }
        return new MediaPlaylist(
                        VERSION,
                        MediaPlaylist.targetFor(longest, 1),
                        shown.getFirst().msn(),
                        discontinuitySequence,
                        null,
                        independent,
                        lines,
                        false)
                .write();
    }

    private static MediaPlaylist.Segment line(CameraSegment s, boolean discontinuity) {
        return new MediaPlaylist.Segment(
                s.incarnation() + ".ts",
                s.seconds(),
                discontinuity,
                Instant.ofEpochMilli(s.startMillis()),
                new MediaPlaylist.ByteRange(s.lengthBytes(), s.offset()),
                null,
                false);
    }

    /** A window of the past, written while it is read from the index. */
    static PlaylistText past(Timeline timeline, Timeline.Window window, int longestTicks) {
        // Lines are joined from the window's edge on, so they may be longer than those of the
        // index.
        double longest = Math.max(longestTicks / 90_000.0, SegmentRun.JOIN_MILLIS / 1e3);
        MediaPlaylist frame =
                new MediaPlaylist(
                        VERSION,
                        MediaPlaylist.targetFor(longest, 1),
                        0,
                        0,
                        MediaPlaylist.Type.VOD,
                        true,
                        List.of(),
                        true);
        return out -> {
            out.append(frame.head());
            try {
                timeline.read(window, new Lines(out));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            out.append(frame.end());
        };
    }

    /** Writes lines as they come; a discontinuity where the object changes or its bytes skip. */
    private static final class Lines implements java.util.function.Consumer<CameraSegment> {
        private final Appendable out;
        private boolean any;
        private long incarnation;
        private long endOffset;

        Lines(Appendable out) {
            this.out = out;
        }

        @Override
        public void accept(CameraSegment s) {
            boolean follows = incarnation == s.incarnation() && endOffset == s.offset();
            try {
                out.append(line(s, any && (!follows || s.discontinuity())).text());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            any = true;
            incarnation = s.incarnation();
            endOffset = s.endOffset();
        }
    }
}
