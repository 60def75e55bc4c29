package io.millrace.live.stream;

/** Bitrates and the frame rate of a running push. Guarded by its stream's lock. */
final class Rates {
    private static final int SAMPLES = 5;

    private final long[] times = new long[SAMPLES];
    private final long[] bytes = new long[SAMPLES];
    private int next;
    private long bitrate;
    private double framesPerSecond;
    private long peak;
    private long totalBits;
    private long totalMicros;

    void begin(long nowMillis) {
        java.util.Arrays.fill(times, nowMillis);
        java.util.Arrays.fill(bytes, 0);
        bitrate = 0;
    }

    /** Takes the bytes so far; called about once a second. */
    void sample(long nowMillis, long totalBytes) {
        long elapsed = nowMillis - times[next];
        if (nowMillis - times[(next + SAMPLES - 1) % SAMPLES] < 900) {
            return;
        }
        if (elapsed > 0) {
            bitrate = (totalBytes - bytes[next]) * 8_000 / elapsed;
        }
        times[next] = nowMillis;
        bytes[next] = totalBytes;
        next = (next + 1) % SAMPLES;
    }

    void segment(FinishedSegment done) {
        if (done.durationMicros() < 1) {
            return;
        }
        long bits = done.length() * 8_000_000L / done.durationMicros();
        // A sliver at a push's end says nothing about the peak.
        if (done.durationMicros() >= 400_000 || peak == 0) {
            peak = Math.max(peak, bits);
            framesPerSecond = done.frames() * 1e6 / done.durationMicros();
        }
        totalBits += done.length() * 8L;
        totalMicros += done.durationMicros();
    }

    /** Media bits a second as they came in, over the last seconds. */
    long bitrate() {
        return bitrate;
    }

    double framesPerSecond() {
        return framesPerSecond;
    }

    /** BANDWIDTH. */
    long peak() {
        return peak;
    }

    /** AVERAGE-BANDWIDTH. */
    long average() {
        return totalMicros == 0 ? 0 : (long) (totalBits * 1e6 / totalMicros);
    }
}
