package io.millrace.live.rtmp;

import io.millrace.kit.door.DoorBounds;
import java.time.Duration;

/**
 * The door's settings; see {@link io.millrace.live.LiveOptions}.
 *
 * @param bounds connections, and what the door holds for them
 * @param handshakeTimeout from the connection to the publish command
 * @param gather how long a publisher's bytes may gather in the kernel before they are read: fewer
 *     wake-ups for a little delay
 */
public record RtmpDoorOptions(
        String host,
        int port,
        DoorBounds bounds,
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration gather,
        long maxBitrateBitsPerSecond) {}
