package io.millrace.live;

import io.millrace.kit.door.DoorBounds;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the live doors behave.
 *
 * @param host the address that the RTMP door listens on
 * @param rtmpPort 0 to 65,535; 0 takes any free port ({@link Live#rtmpPort}); -1 opens no door
 * @param spool the directory for segments that the store has not taken yet
 * @param spoolMaxBytes beyond it a segment is lost, counted and reported
 * @param segmentTarget the default length that segments aim at, 1 to 100 s
 * @param reconnectGrace how long a playlist waits for its publisher to come back
 * @param idleTimeout a publisher that sends nothing for so long is dead
 * @param bounds of the RTMP door: connections, and what it holds for them
 * @param maxBitrateBitsPerSecond a publisher above it for 10 s is cut off
 * @param memoryBytes finished segments kept in memory over all streams
 */
public record LiveOptions(
        String host,
        int rtmpPort,
        Path spool,
        long spoolMaxBytes,
        Duration segmentTarget,
        Duration reconnectGrace,
        Duration idleTimeout,
        DoorBounds bounds,
        long maxBitrateBitsPerSecond,
        long memoryBytes) {

    public LiveOptions {
        if (rtmpPort < -1 || rtmpPort > 65_535) {
            throw new IllegalArgumentException("rtmp port " + rtmpPort + " is not in -1..65535");
        }
        if (segmentTarget.toMillis() < 500 || segmentTarget.toSeconds() > 100) {
            throw new IllegalArgumentException("segment target must be 0.5 to 100 s");
        }
        if (maxBitrateBitsPerSecond < 1 || memoryBytes < 0) {
            throw new IllegalArgumentException("limits of the live doors must be positive");
        }
    }

    /** The defaults: port 1935, 2 s segments, 60 s of grace, spool up to 4 GiB. */
    public static LiveOptions defaults(Path dataDirectory) {
        return new LiveOptions(
                "0.0.0.0",
                1935,
                dataDirectory.resolve("spool"),
                4L << 30,
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                DoorBounds.ofMemory(10_000, 8),
                100_000_000L,
                96L << 20);
    }

    public LiveOptions withRtmpPort(int port) {
        return new LiveOptions(
                host,
                port,
                spool,
                spoolMaxBytes,
                segmentTarget,
                reconnectGrace,
                idleTimeout,
                bounds,
                maxBitrateBitsPerSecond,
                memoryBytes);
    }

    public LiveOptions withSegmentTarget(Duration target) {
        return new LiveOptions(
                host,
                rtmpPort,
                spool,
                spoolMaxBytes,
                target,
                reconnectGrace,
                idleTimeout,
                bounds,
                maxBitrateBitsPerSecond,
                memoryBytes);
    }

    public LiveOptions withReconnectGrace(Duration grace) {
        return new LiveOptions(
                host,
                rtmpPort,
                spool,
                spoolMaxBytes,
                segmentTarget,
                grace,
                idleTimeout,
                bounds,
                maxBitrateBitsPerSecond,
                memoryBytes);
    }

    /** The same within other bounds. */
    public LiveOptions within(DoorBounds other) {
        return new LiveOptions(
                host,
                rtmpPort,
                spool,
                spoolMaxBytes,
                segmentTarget,
                reconnectGrace,
                idleTimeout,
                other,
                maxBitrateBitsPerSecond,
                memoryBytes);
    }
}
