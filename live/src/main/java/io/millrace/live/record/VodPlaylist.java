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
     * @param whole nothing comes any more: VOD with ENDLIST, else EVENT
     */
    public static MediaPlaylist of(
            SessionRow session, List<SegmentRow> rows, String uriPrefix, boolean whole) {
        List<MediaPlaylist.Segment> segments = new ArrayList<>(rows.size());
        double longest = session.targetSeconds();
        boolean independent = true;
        SegmentRow before = null;
        for (SegmentRow row : rows) {
            longest = Math.max(longest, row.durationSeconds());
            independent &= row.independent();
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
                whole ? MediaPlaylist.Type.VOD : MediaPlaylist.Type.EVENT,
                independent,
                segments,
                whole);
    }
}
