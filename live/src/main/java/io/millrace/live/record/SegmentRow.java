package io.millrace.live.record;

import java.time.Instant;

/**
 * A finished segment, without its bytes.
 *
 * @param msn its media sequence number, unique in the life of the stream's name
 * @param durationMicros EXTINF
 * @param startMillis EXT-X-PROGRAM-DATE-TIME, milliseconds since the epoch
 * @param discontinuity EXT-X-DISCONTINUITY before it
 * @param discontinuityNumber its discontinuity sequence number, the tag before it counted
 * @param sizeBytes the object's length
 * @param epoch of the owner that cut it, see {@link Journal#epoch}; 0 before streams had owners
 * @param independent its first picture is an IDR picture, so that it needs nothing before it; true
 *     where a record of an earlier version doesn't tell: its playlist has said so, and stays
 */
public record SegmentRow(
        long msn,
        long durationMicros,
        long startMillis,
        boolean discontinuity,
        long discontinuityNumber,
        int sizeBytes,
        long epoch,
        boolean independent) {
    /** One that bears no owner's epoch, as version 1 of the record. */
    public SegmentRow(
            long msn,
            long durationMicros,
            long startMillis,
            boolean discontinuity,
            long discontinuityNumber,
            int sizeBytes) {
        this(
                msn,
                durationMicros,
                startMillis,
                discontinuity,
                discontinuityNumber,
                sizeBytes,
                0,
                true);
    }

    public double durationSeconds() {
        return durationMicros / 1e6;
    }

    public Instant start() {
        return Instant.ofEpochMilli(startMillis);
    }

    /** The name of its object and of its playback path. */
    public String fileName() {
        return fileName(msn);
    }

    /** Ten digits and the suffix. */
    public static String fileName(long msn) {
        String digits = Long.toString(msn);
        return "0".repeat(Math.max(0, 10 - digits.length())) + digits + ".ts";
    }
}
