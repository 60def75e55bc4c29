package io.millrace.live.record;

import io.millrace.formats.hls.MediaPlaylist;
import java.util.ArrayList;
import java.util.List;

/** The playlist of a whole session, from the segments that are in the store. */
public final class VodPlaylist {
    private VodPlaylist() {}

    /**
     * Builds it.
     *
     * @param uriPrefix put before each segment's file name
     */
    public static MediaPlaylist of(SessionRow session, List<SegmentRow> rows, String uriPrefix) {
        List<MediaPlaylist.Segment> segments = new ArrayList<>(rows.size());
        double longest = 1;
        SegmentRow before = null;
        for (SegmentRow row : rows) {
            longest = Math.max(longest, row.durationSeconds());
            // A number that is missing was lost: what follows does not continue what came before.
            boolean hole = before != null && row.msn() != before.msn() + 1;
            segments.add(
                    new MediaPlaylist.Segment(
                            uriPrefix + row.fileName(),
                            row.durationSeconds(),
                            before != null && (row.discontinuity() || hole),
                            row.start()));
            before = row;
        }
        return new MediaPlaylist(
                3,
                MediaPlaylist.targetFor(longest, 0),
                rows.isEmpty() ? 0 : rows.getFirst().msn(),
                0,
                session.ended() ? MediaPlaylist.Type.VOD : MediaPlaylist.Type.EVENT,
                true,
                segments,
                session.ended());
    }
}
