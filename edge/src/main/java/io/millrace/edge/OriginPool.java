package io.millrace.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's connections to the origin: bounded, kept alive, the newest used first. Only its
 * event loop calls in.
 */
final class OriginPool {
    private static final int MOST_CONNECTIONS = 256;
    private static final int MOST_WAITING = 4096;
    private static final int CONNECT_MILLIS = 1000;

    /** An origin's machine that takes no byte and answers no probe for so long is gone. */
    private static final int DEAD_SECONDS = 5;

    private static final long IDLE_NANOS = 15_000_000_000L;

    private record Waiting(OriginCall call, long sinceNanos) {}

    private final Core core;
    private final EventLoop loop;
    private final Deque<OriginConnection> idle = new ArrayDeque<>();
    private final Set<OriginConnection> open = new HashSet<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int connecting;

    OriginPool(Core core, EventLoop loop) {
        this.core = core;
        this.loop = loop;
    }

    /** Sends a request as soon as a connection is free. */
    void send(OriginCall call) {
        place(core.originFigures().counted(call));
    }

    private void place(OriginCall call) {
        if (call.repeatable() && startOnKept(call)) {
            return;
        }
        // What must not be sent twice goes over a connection that was never at rest: a kept one may
        // have been closed at the other end, and nobody could tell what became of the request.
        if (open.size() + connecting < MOST_CONNECTIONS || giveUpOneAtRest()) {
            connect(call, 0);
        } else if (waiting.size() < MOST_WAITING) {
            waiting.add(new Waiting(call, core.nanos()));
        } else {
            call.failed(OriginCall.Failure.BUSY);
        }
    }

    private boolean startOnKept(OriginCall call) {
        OriginConnection kept;
        while ((kept = idle.pollFirst()) != null) {
            if (kept.alive()) {
                kept.start(call);
                return true;
            }
        }
        return false;
    }

    private boolean giveUpOneAtRest() {
        OriginConnection oldest = idle.pollLast();
        if (oldest == null) {
            return false;
        }
        open.remove(oldest);
        oldest.close();
        return true;
    }

    private void connect(OriginCall call, int attempt) {
        InetSocketAddress address = core.origin().pick();
        if (address == null) {
            call.failed(OriginCall.Failure.UNREACHABLE);
            return;
        }
        connecting++;
        OriginConnection connection = new OriginConnection(this);
        new Bootstrap()
                .group(loop)
                .channel(core.transport().client())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(initializer(connection))
                .connect(address)
                .addListener(
                        connected -> {
                            connecting--;
                            if (connected.isSuccess()) {
                                open.add(connection);
                                connection.start(call);
                            } else if (attempt == 0) {
                                core.origin().failed();
                                connect(call, 1);
                            } else {
                                call.failed(OriginCall.Failure.UNREACHABLE);
                                next();
                            }
                        });
    }

    private ChannelInitializer<Channel> initializer(OriginConnection connection) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                core.transport().noticeDeadPeers(channel, DEAD_SECONDS);
                if (core.origin().secure()) {
                    channel.pipeline().addLast(core.originTls(channel.alloc()));
                }
                HttpDecoderConfig config =
                        new HttpDecoderConfig()
                                .setMaxInitialLineLength(8192)
                                .setMaxHeaderSize(64 * 1024)
                                .setMaxChunkSize(256 * 1024);
                channel.pipeline()
                        .addLast(new HttpClientCodec(config, false, true))
                        .addLast(connection);
            }
        };
    }

    long nanos() {
        return core.nanos();
    }

    void idle(OriginConnection connection) {
        Waiting first = waiting.peekFirst();
        if (first == null) {
            idle.addFirst(connection);
        } else if (first.call.repeatable()) {
            waiting.removeFirst();
            connection.start(first.call);
        } else {
            connection.close();
        }
    }

    void closed(OriginConnection connection) {
        open.remove(connection);
        idle.remove(connection);
        next();
    }

    private void next() {
        Waiting first = waiting.pollFirst();
        if (first != null) {
            place(first.call);
        }
    }

    /**
     * A call broke off; one that went over a kept connection and heard nothing is sent once more.
     */
    void broken(
            OriginConnection connection,
            OriginCall call,
            boolean headSeen,
            OriginCall.Failure failure) {
        boolean again =
                connection.reused()
                        && !headSeen
                        && failure == OriginCall.Failure.BROKEN
                        && call.repeatable();
        if (again && open.size() + connecting <= MOST_CONNECTIONS) {
            connect(call, 0);
        } else {
            call.failed(failure);
        }
    }

    void sweep(long nowNanos) {
        long timeout = core.options().originTimeout().toNanos();
        for (OriginConnection connection : Set.copyOf(open)) {
            connection.sweep(nowNanos, timeout, IDLE_NANOS);
        }
        @Nullable Waiting oldest;
        while ((oldest = waiting.peekFirst()) != null && nowNanos - oldest.sinceNanos > timeout) {
            waiting.pollFirst();
            oldest.call.failed(OriginCall.Failure.BUSY);
        }
    }

    /** Connections to the origin now. */
    int size() {
        return open.size();
    }
}
