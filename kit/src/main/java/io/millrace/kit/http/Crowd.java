package io.millrace.kit.http;

import io.millrace.kit.door.Guests;
import io.netty.channel.Channel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * What the kernel may keep for each connection of a crowd. Its memory for TCP is the whole
 * machine's: some hundred clients who don't read could take all of it, up to 4 MiB each, and stop
 * everybody.
 */
public final class Crowd {
    private static final int CROWD = 64;

    /** tcp(7): what may wait beyond what the receiver has room for. */
    private static final IntegerUnixChannelOption NOT_SENT =
            new IntegerUnixChannelOption("TCP_NOTSENT_LOWAT", 6, 25);

    private static final int CROWD_BYTES = 128 << 10;
    private static final int LARGE_CROWD_BYTES = 16 << 10;

    /** What is read ahead for each connection of a crowd until it has shown that it takes it. */
    static final int FIRST_BYTES = 16 << 10;

    private Crowd() {}

    /** For a connection that has just come; nothing on other transports than epoll. */
    public static void join(Channel channel, Guests guests) {
        int connections = guests.connections();
        if (connections > CROWD) {
            channel.config()
                    .setOption(NOT_SENT, guests.isCrowded() ? LARGE_CROWD_BYTES : CROWD_BYTES);
        }
    }
}
