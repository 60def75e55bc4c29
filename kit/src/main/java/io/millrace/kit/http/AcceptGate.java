package io.millrace.kit.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accepts no faster than event loops take connections up. Accepting has a thread of its own: in a
 * flood it would pile up sockets before loops that are behind, more than there are descriptors, and
 * then nothing of the process can open a file. What is not accepted waits in the kernel's backlog.
 */
public final class AcceptGate extends ChannelInboundHandlerAdapter {
    /** Accepted and not yet taken up by an event loop. */
    static final int MOST = 128;

    private final AtomicInteger accepted = new AtomicInteger();

    /** Of the listening channel's own event loop. */
    private boolean shut;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        boolean full = message instanceof Channel && accepted.incrementAndGet() >= MOST;
        if (full && !shut) {
            shut = true;
            context.channel().config().setAutoRead(false);
        }
        context.fireChannelRead(message); // which queues the registration at the connection's loop
        if (message instanceof Channel connection) {
            takenUp(context, connection);
        }
    }

    private void takenUp(ChannelHandlerContext context, Channel connection) {
        Runnable behindIt =
                () -> {
                    if (accepted.decrementAndGet() == MOST / 2) {
                        context.executor().execute(() -> open(context));
                    }
                };
        if (connection.isOpen()) {
            connection.eventLoop().execute(behindIt);
        } else {
            behindIt.run();
        }
    }

    private void open(ChannelHandlerContext context) {
        if (shut && accepted.get() <= MOST / 2) {
            shut = false;
            context.channel().config().setAutoRead(true);
        }
    }
}
