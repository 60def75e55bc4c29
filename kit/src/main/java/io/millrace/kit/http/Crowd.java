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
    /** From so many connections on. */
    private static final int CONNECTIONS = 256;

    /** tcp(7): what may wait beyond what the receiver has room for. */
    private static final IntegerUnixChannelOption NOT_SENT =
            new IntegerUnixChannelOption("TCP_NOTSENT_LOWAT", 6, 25);

    private static final int NOT_SENT_BYTES = 128 << 10;

    private Crowd() {}

    /** For a connection that has just come; nothing on other transports than epoll. */
    public static void join(Channel channel, Guests guests) {
        if (guests.connections() > CONNECTIONS) {
            channel.config().setOption(NOT_SENT, NOT_SENT_BYTES);
        }
    }
}
