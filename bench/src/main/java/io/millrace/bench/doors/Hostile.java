package io.millrace.bench.doors;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hostile clients, from 256 addresses of loopback: so many connections, opened again whenever the
 * server closes one, at a bounded pace. Runs until its standard input ends. Prints how many stand
 * each second.
 */
public final class Hostile {
    private static final int ADDRESSES = 256;

    /** New connections a second: more would measure who has the machine's two cores. */
    private static final int PACE = Integer.getInteger("pace", 2_000);

    private static final int STEP_MILLIS = 10;
    private static final int DRIP_SECONDS = 5;

    private final Attack attack;
    private final boolean rtmp;
    private final InetSocketAddress door;
    private final int connections;
    private final String largePath;
    private final @Nullable SslContext tls;
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Set<Channel> standing = new LinkedHashSet<>();
    private int open;
    private int opening;
    private long made;

    private Hostile(Attack attack, String door, int port, int connections, String largePath)
            throws Exception {
        this.attack = attack;
        this.rtmp = door.equals("rtmp");
        this.door = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        this.connections = connections;
        this.largePath = largePath;
        this.tls =
                door.equals("edge-tls")
                        ? SslContextBuilder.forClient()
                                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                .endpointIdentificationAlgorithm("")
                                .build()
                        : null;
    }

    /** Arguments: attack, door, port, connections, path of a large public answer. */
    public static void main(String[] arguments) throws Exception {
        Hostile hostile =
                new Hostile(
                        Attack.valueOf(arguments[0]),
                        arguments[1],
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        arguments[4]);
        var loop = hostile.loops.next();
        loop.scheduleAtFixedRate(hostile::step, 0, STEP_MILLIS, TimeUnit.MILLISECONDS);
        loop.scheduleAtFixedRate(hostile::drip, DRIP_SECONDS, DRIP_SECONDS, TimeUnit.SECONDS);
        loop.scheduleAtFixedRate(
                () -> System.out.println(hostile.open + " stand, " + hostile.made + " made"),
                1,
                1,
                TimeUnit.SECONDS);
        while (System.in.read() >= 0) {
            // until the other side ends
        }
        Runtime.getRuntime().halt(0);
    }

    private void step() {
        int most = PACE * STEP_MILLIS / 1000;
        for (int i = 0; i < most && open + opening < connections; i++) {
            connect();
        }
    }

    private void connect() {
        long number = made++;
        opening++;
        new Bootstrap()
                .group(loops)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.SO_RCVBUF, attack == Attack.SLOW_READER ? 4096 : 65_536)
                .option(ChannelOption.AUTO_READ, attack != Attack.SLOW_READER || tls != null)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                SslContext secure = tls;
                                // Half of what a stranger can do to TLS is done without it.
                                if (secure != null
                                        && attack != Attack.IDLE
                                        && attack != Attack.SLOW_HEADER) {
                                    channel.pipeline().addLast(secure.newHandler(channel.alloc()));
                                }
                                channel.pipeline().addLast(new Speaker());
                            }
                        })
                .connect(door, new InetSocketAddress("127.77." + number % ADDRESSES + ".1", 0))
                .addListener(
                        done -> {
                            opening--;
                            if (done.isSuccess()) {
                                open++;
                            }
                        });
    }

    private void drip() {
        for (Channel channel : standing) {
            if (channel.isActive()) {
                String more =
                        switch (attack) {
                            case SLOW_HEADER -> rtmp || tls != null ? "x" : "X-Slow: 1\r\n";
                            case SLOW_BODY -> "x";
                            case IDLE, SLOW_READER, FLOOD -> null;
                        };
                if (more != null) {
                    channel.writeAndFlush(Unpooled.copiedBuffer(more, StandardCharsets.ISO_8859_1));
                }
            }
        }
    }

    private byte @Nullable [] opening() {
        if (rtmp) {
            return switch (attack) {
                case IDLE -> null;
                case SLOW_HEADER -> new byte[] {3, 0, 0, 0};
                case SLOW_BODY, SLOW_READER, FLOOD -> handshake();
            };
        }
        String text =
                switch (attack) {
                    case IDLE -> "";
                    case SLOW_HEADER -> "GET / HTTP/1.1\r\nHost: localhost\r\nX-First: 1\r\n";
                    case SLOW_BODY ->
                            "POST /_device/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                    + " application/json\r\nContent-Length: 200000\r\n\r\n{";
                    case SLOW_READER -> "GET " + largePath + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
                    case FLOOD ->
                            "PUT /bench/flood HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Content-Length: 4\r\n\r\nabcd";
                };
        if (tls != null && attack == Attack.SLOW_HEADER) {
            return new byte[] {22, 3, 1, 2, 0, 1, 0, 1}; // a ClientHello that never ends
        }
        return text.isEmpty() ? null : text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** C0, C1 and C2, and where a body is to trickle in the first chunk of a long command. */
    private byte[] handshake() {
        byte[] all = new byte[1 + 1536 + 1536 + (attack == Attack.SLOW_BODY ? 13 : 0)];
        all[0] = 3;
        if (attack == Attack.SLOW_BODY) {
            byte[] chunk = {3, 0, 0, 0, 0, (byte) 0xF0, 0, 20, 0, 0, 0, 0, 2};
            System.arraycopy(chunk, 0, all, all.length - chunk.length, chunk.length);
        }
        return all;
    }

    private final class Speaker extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            byte[] bytes = opening();
            if (bytes != null) {
                context.writeAndFlush(Unpooled.wrappedBuffer(bytes));
            }
            standing.add(context.channel());
            if (attack == Attack.SLOW_READER && tls != null) {
                context.executor()
                        .schedule(
                                () -> context.channel().config().setAutoRead(false),
                                300,
                                TimeUnit.MILLISECONDS);
            }
            if (attack == Attack.FLOOD) {
                context.executor().schedule(() -> context.close(), 1, TimeUnit.SECONDS);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
            if (attack == Attack.FLOOD) {
                context.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            open--;
            standing.remove(context.channel());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
