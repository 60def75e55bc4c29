package io.millrace.live.camera;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Writes playlists of byte ranges (RFC 8216, version 4 for EXT-X-BYTERANGE). Pure. */
final class CameraPlaylist {
    private CameraPlaylist() {}

    /**
     * @param mediaSequence number of the first segment
     * @param discontinuitySequence discontinuities that left the window
     * @param ended true: nothing will be added (EXT-X-ENDLIST)
     */
    static String write(List<Segment> segments, long mediaSequence, long discontinuitySequence, boolean ended) {
        int target = segments.stream().mapToInt(s -> (int) Math.round(s.seconds())).max().orElse(1);
        StringBuilder out = new StringBuilder(160 + segments.size() * 140);
        out.append("#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        out.append("#EXT-X-TARGETDURATION:").append(Math.max(1, target)).append('\n');
        out.append("#EXT-X-MEDIA-SEQUENCE:").append(mediaSequence).append('\n');
        out.append("#EXT-X-DISCONTINUITY-SEQUENCE:").append(discontinuitySequence).append('\n');
        if (ended) {
            out.append("#EXT-X-PLAYLIST-TYPE:VOD\n");
        }
        boolean first = true;
        for (Segment segment : segments) {
            if (segment.discontinuity() && !first) {
                out.append("#EXT-X-DISCONTINUITY\n");
            }
            first = false;
            out.append("#EXT-X-PROGRAM-DATE-TIME:").append(time(segment.startMillis())).append('\n');
            out.append("#EXTINF:").append(String.format(Locale.ROOT, "%.3f", segment.seconds())).append(",\n");
            out.append("#EXT-X-BYTERANGE:").append(segment.lengthBytes()).append('@').append(segment.offset()).append('\n');
            out.append(segment.incarnation()).append(".ts\n");
        }
        if (ended) {
            out.append("#EXT-X-ENDLIST\n");
        }
        return out.toString();
    }

    /** ISO 8601 with exactly three decimals. */
    private static String time(long millis) {
        String text = Instant.ofEpochMilli(millis).toString();
        return text.contains(".") ? text : text.replace("Z", ".000Z");
    }
}
