package io.millrace.gateway.op;

import io.millrace.kit.MonotonicClock;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;

/**
 * Holds a body to a rate: the request's thread waits after each piece for as long as the piece may
 * take. Who is late catches up by half a second at most. One thread's own.
 */
final class Pace {
    /** Bodies pass in pieces of this size, so that no pause is long. */
    static final int PIECE_BYTES = 16 << 10;

    private static final long CATCH_UP_NANOS = Duration.ofMillis(500).toNanos();

    private final MonotonicClock clock;
    private final long bitsPerSecond;
    private final Pause pause;
    private long dueNanos;

    /** How to wait. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    Pace(MonotonicClock clock, long bitsPerSecond, Pause pause) {
        this.pause = pause;
        this.clock = clock;
        this.bitsPerSecond = bitsPerSecond;
        this.dueNanos = clock.nanos();
    }

    /** How long to wait after so many bytes more. */
    Duration pause(long bytes) {
        long now = clock.nanos();
        long late = now - dueNanos;
        long nanos = (long) (bytes * 8e9 / bitsPerSecond);
        dueNanos = (late > CATCH_UP_NANOS ? now - CATCH_UP_NANOS : dueNanos) + nanos;
        return Duration.ofNanos(Math.max(0, dueNanos - now));
    }

    /** Waits until so many bytes more may have passed. */
    void passed(long bytes) throws IOException {
        try {
            pause.of(pause(bytes));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while a body waited for its rate");
        }
    }

    /** The same bytes at this rate. */
    InputStream hold(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int b = super.read();
                if (b >= 0) {
                    passed(1);
                }
                return b;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = super.read(into, offset, Math.min(length, PIECE_BYTES));
                if (count > 0) {
                    passed(count);
                }
                return count;
            }
        };
    }
}
