package io.millrace.formats.hls;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A media playlist (RFC 8216, section 4.3; RFC 8216bis).
 *
 * @param version EXT-X-VERSION
 * @param targetDurationSeconds EXT-X-TARGETDURATION
 * @param mediaSequence EXT-X-MEDIA-SEQUENCE: the first segment's number
 * @param discontinuitySequence EXT-X-DISCONTINUITY-SEQUENCE, written when it is not 0
 * @param type EXT-X-PLAYLIST-TYPE, null for a sliding window
 * @param independentSegments EXT-X-INDEPENDENT-SEGMENTS
 * @param segments in their order
 * @param ended EXT-X-ENDLIST
 */
public record MediaPlaylist(
        int version,
        int targetDurationSeconds,
        long mediaSequence,
        long discontinuitySequence,
        @Nullable Type type,
        boolean independentSegments,
        List<Segment> segments,
        boolean ended) {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** EXT-X-PLAYLIST-TYPE. */
    public enum Type {
        EVENT,
        VOD
    }

    /**
     * A run of bytes in an object.
     *
     * @param length the first number of EXT-X-BYTERANGE
     * @param offset the number after its {@code @}
     */
    public record ByteRange(long length, long offset) {}

    /**
     * A header that segments need.
     *
     * @param uri EXT-X-MAP's URI
     * @param range EXT-X-MAP's BYTERANGE, null for the whole
     */
    public record Map(String uri, @Nullable ByteRange range) {}

    /**
     * A segment.
     *
     * @param uri the line after EXTINF
     * @param durationSeconds EXTINF
     * @param discontinuity EXT-X-DISCONTINUITY before it
     * @param programDateTime EXT-X-PROGRAM-DATE-TIME, null for none
     * @param range EXT-X-BYTERANGE, null for the whole
     * @param map EXT-X-MAP; written when it differs from the segment before
     * @param gap EXT-X-GAP: there is nothing to load
     */
    public record Segment(
            String uri,
            double durationSeconds,
            boolean discontinuity,
            @Nullable Instant programDateTime,
            @Nullable ByteRange range,
            @Nullable Map map,
            boolean gap) {
        /** A segment that is a whole file. */
        public Segment(
                String uri, double durationSeconds, boolean discontinuity, @Nullable Instant time) {
            this(uri, durationSeconds, discontinuity, time, null, null, false);
        }

        /** Its lines, its map among them. */
        public String text() {
            StringBuilder out = new StringBuilder(192);
            write(out, this, null);
            return out.toString();
        }
    }

    public MediaPlaylist {
        segments = List.copyOf(segments);
    }

    /** EXT-X-TARGETDURATION for segments of these durations: the longest, rounded. */
    public static int targetFor(double longestSeconds, double aimSeconds) {
        return (int) Math.max(1, Math.max(Math.round(longestSeconds), Math.round(aimSeconds)));
    }

    /** The playlist as text, one tag a line. */
    public String write() {
        StringBuilder out = new StringBuilder(256 + segments.size() * 96).append(head());
        Map map = null;
        for (Segment segment : segments) {
            map = write(out, segment, map);
        }
        return out.append(end()).toString();
    }

    /** What stands before the segments. */
    public String head() {
        StringBuilder out = new StringBuilder(256);
        out.append("#EXTM3U\n#EXT-X-VERSION:").append(version).append('\n');
        out.append("#EXT-X-TARGETDURATION:").append(targetDurationSeconds).append('\n');
        out.append("#EXT-X-MEDIA-SEQUENCE:").append(mediaSequence).append('\n');
        if (discontinuitySequence != 0) {
            out.append("#EXT-X-DISCONTINUITY-SEQUENCE:").append(discontinuitySequence).append('\n');
        }
        if (type != null) {
            out.append("#EXT-X-PLAYLIST-TYPE:").append(type).append('\n');
        }
        if (independentSegments) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        return out.toString();
    }

    /** What stands behind the segments. */
    public String end() {
        return ended ? "#EXT-X-ENDLIST\n" : "";
    }

    private static @Nullable Map write(StringBuilder out, Segment s, @Nullable Map before) {
        if (s.discontinuity) {
            out.append("#EXT-X-DISCONTINUITY\n");
        }
        if (s.map != null && !s.map.equals(before)) {
            out.append("#EXT-X-MAP:URI=\"").append(s.map.uri).append('"');
            if (s.map.range != null) {
                out.append(",BYTERANGE=\"").append(text(s.map.range)).append('"');
            }
            out.append('\n');
        }
        if (s.programDateTime != null) {
            out.append("#EXT-X-PROGRAM-DATE-TIME:");
            TIME.formatTo(s.programDateTime, out);
            out.append('\n');
        }
        if (s.gap) {
            out.append("#EXT-X-GAP\n");
        }
        out.append("#EXTINF:");
        decimals(out, s.durationSeconds);
        out.append(",\n");
        if (s.range != null) {
            out.append("#EXT-X-BYTERANGE:").append(text(s.range)).append('\n');
        }
        out.append(s.uri).append('\n');
        return s.map == null ? before : s.map;
    }

    private static String text(ByteRange range) {
        return range.length + "@" + range.offset;
    }

    /** Six decimals, without the cost of a formatter. */
    private static void decimals(StringBuilder out, double seconds) {
        long micros = Math.round(seconds * 1e6);
        out.append(micros / 1_000_000).append('.');
        String rest = Long.toString(micros % 1_000_000);
        out.append("000000", 0, 6 - rest.length()).append(rest);
    }
}
