package io.millrace.edge;

import io.millrace.edge.http.HeadParser;
import io.millrace.edge.http.MalformedRequest;
import io.millrace.edge.http.RequestHead;
import io.millrace.kit.door.Guest;
import io.millrace.kit.http.Crowd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A viewer's connection: bytes to requests, one exchange at a time, in order.
 *
 * <p>Everything runs on the channel's event loop. It is bounded in what it keeps: a head of 16 KiB,
 * a small request body, and no second request before the first one's bytes are nearly sent.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final int MAX_BUFFERED_BYTES = 64 * 1024;
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final ThreadLocal<byte[]> HEAD =
            ThreadLocal.withInitial(() -> new byte[HeadParser.MAX_HEAD_BYTES]);

    /** How much of an answer may wait for its viewer; more is not read before it has gone. */
    private static final WriteBufferWaterMark WIDE =
            new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    /** The same when the door holds much already, or for many. */
    private static final WriteBufferWaterMark NARROW =
            new WriteBufferWaterMark(16 * 1024, 32 * 1024);

    private static final int WIDE_PIECE_BYTES = 64 * 1024;
    private static final int NARROW_PIECE_BYTES = 16 * 1024;

    private final Core core;
    private final Loop loop;
    private final Channel channel;
    private final boolean secure;
    private @Nullable Guest guest;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf buffered;
    private @Nullable Exchange current;
    private @Nullable RequestHead waitingForBody;
    private @Nullable DefaultFileRegion region;
    private int scanned;
    private boolean reading;
    private boolean closing;
    private long sinceNanos;
    private long progress;
    private boolean narrow;
    private boolean resting;
    private long queuedBytes;
    private long takenBytes;
    private long heldBytes;

    private Connection(Core core, Loop loop, Channel channel, boolean secure) {
        this.core = core;
        this.loop = loop;
        this.channel = channel;
        this.secure = secure;
        this.sinceNanos = core.nanos();
    }

    /** A viewer who has come; null when their address has too many connections already. */
    static @Nullable Connection enter(Core core, Loop loop, Channel channel, boolean secure) {
        Connection connection = new Connection(core, loop, channel, secure);
        Guest guest = loop.guests().enter(connection.peer(), () -> loop.run(connection::reset));
        if (guest == null) {
            connection.reset();
            return null;
        }
        connection.guest = guest;
        channel.closeFuture().addListener(ignored -> guest.leaves());
        connection.narrow = loop.guests().isCrowded();
        channel.config().setWriteBufferWaterMark(connection.narrow ? NARROW : WIDE);
        Crowd.join(channel, loop.guests());
        return connection;
    }

    /** Null for one of the proxies, behind which are many. */
    private @Nullable InetAddress peer() {
        return channel.remoteAddress() instanceof InetSocketAddress socket
                        && !core.options().proxies().trust(socket.getAddress())
                ? socket.getAddress()
                : null;
    }

    Loop loop() {
        return loop;
    }

    boolean secure() {
        return secure;
    }

    Channel channel() {
        return channel;
    }

    ByteBufAllocator alloc() {
        return context().alloc();
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("not connected");
        }
        return known;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        loop.add(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (closing) {
            in.release();
            return;
        }
        ByteBuf before = buffered;
        if (before == null) {
            buffered = in;
            if (current == null) {
                sinceNanos = core.nanos();
            }
        } else {
            before.discardSomeReadBytes();
            before.writeBytes(in);
            in.release();
        }
        reading = true;
        process();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        ctx.flush();
        account();
    }

    /** Tells the door what it holds for this viewer, and what it waits for. */
    private void account() {
        Guest here = guest;
        if (here == null || !channel.isOpen()) {
            return;
        }
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        ByteBuf rest = buffered;
        DefaultFileRegion file = region;
        long waiting = out == null ? 0 : out.totalPendingWriteBytes();
        long taken = queuedBytes - waiting + (file == null ? 0 : file.transferred());
        if (taken > takenBytes) {
            here.moved(taken - takenBytes);
            takenBytes = taken;
            resting = false;
        }
        if (waiting > 0 || file != null || (current == null && rest != null)) {
            here.awaited();
            resting = false;
        } else if (current != null) {
            here.served();
            resting = false;
        } else if (!resting) {
            here.rests();
            resting = true;
        }
        long held = waiting + (rest == null ? 0 : rest.capacity());
        if (held != heldBytes) {
            heldBytes = held;
            here.holding(held);
            boolean tight = loop.guests().isCrowded() || (held > 0 && loop.guests().isShort());
            if (tight != narrow) {
                narrow = tight;
                channel.config().setWriteBufferWaterMark(tight ? NARROW : WIDE);
            }
        }
    }

    /** How much of an answer is copied for the viewer at a time. */
    int pieceBytes() {
        return narrow ? NARROW_PIECE_BYTES : WIDE_PIECE_BYTES;
    }

    /** Serves the requests that are here, as long as the viewer takes the answers. */
    private void process() {
        while (current == null && !closing && region == null && channel().isWritable()) {
            ByteBuf in = buffered;
            if (in == null || !next(in)) {
                break;
            }
        }
        ByteBuf rest = buffered;
        if (rest == null) {
            return;
        }
        if (!rest.isReadable()) {
            rest.release();
            buffered = null;
        } else {
            keep(rest);
        }
    }

    /** Keeps an incomplete head without pinning the large buffer that it was read into. */
    private void keep(ByteBuf rest) {
        if (rest.readableBytes() > MAX_BUFFERED_BYTES && waitingForBody == null) {
            channel().config().setAutoRead(false);
        }
        if (rest.capacity() > 2048 && rest.readableBytes() < 512) {
            ByteBuf small = alloc().buffer(1024).writeBytes(rest);
            rest.release();
            buffered = small;
        }
    }

    private boolean next(ByteBuf in) {
        try {
            RequestHead head = waitingForBody;
            if (head == null) {
                head = head(in);
                if (head == null) {
                    return false;
                }
            }
            if (!head.hasBody()) {
                start(head, null);
                return true;
            }
            return withBody(head, in);
        } catch (MalformedRequest e) {
            refuse(e.status(), e.getMessage());
            return false;
        }
    }

    private boolean withBody(RequestHead head, ByteBuf in) {
        if (head.contentLength() < 0) {
            throw new MalformedRequest(411, "send the body with a Content-Length");
        }
        if (head.contentLength() > MAX_BODY_BYTES) {
            throw new MalformedRequest(
                    413, "the edge passes bodies up to 1 MiB; send it to the origin");
        }
        if (in.readableBytes() < head.contentLength()) {
            if (waitingForBody == null && head.headers().hasToken("expect", "100-continue")) {
                context()
                        .writeAndFlush(
                                alloc().buffer(32)
                                        .writeBytes(Heads.bytes("HTTP/1.1 100 Continue\r\n\r\n")));
            }
            waitingForBody = head;
            return false;
        }
        waitingForBody = null;
        byte[] body = new byte[(int) head.contentLength()];
        in.readBytes(body);
        start(head, body);
        return true;
    }

    private void start(RequestHead head, byte @Nullable [] body) {
        Exchange exchange = new Exchange(core, this, head, body);
        current = exchange;
        core.router().handle(exchange);
    }

    private @Nullable RequestHead head(ByteBuf in) {
        while (scanned == 0
                && in.isReadable()
                && (in.getByte(in.readerIndex()) == '\r' || in.getByte(in.readerIndex()) == '\n')) {
            in.skipBytes(1);
        }
        int start = in.readerIndex();
        int end = endOfHead(in, start + Math.max(0, scanned - 3), in.writerIndex());
        if (end < 0) {
            scanned = in.readableBytes();
            if (scanned > HeadParser.MAX_HEAD_BYTES) {
                throw new MalformedRequest(431, "the request's head is longer than 16 KiB");
            }
            return null;
        }
        scanned = 0;
        int length = end - start;
        if (length > HeadParser.MAX_HEAD_BYTES) {
            throw new MalformedRequest(431, "the request's head is longer than 16 KiB");
        }
        byte[] bytes = HEAD.get();
        in.readBytes(bytes, 0, length);
        return HeadParser.parse(bytes, 0, length);
    }

    private static int endOfHead(ByteBuf in, int from, int to) {
        int at = from;
        while (true) {
            int lf = in.indexOf(at, to, (byte) '\n');
            if (lf < 0) {
                return -1;
            }
            if (lf - 3 >= in.readerIndex()
                    && in.getByte(lf - 1) == '\r'
                    && in.getByte(lf - 2) == '\n'
                    && in.getByte(lf - 3) == '\r') {
                return lf + 1;
            }
            if (lf == in.readerIndex() || in.getByte(lf - 1) != '\r') {
                throw new MalformedRequest(400, "a line ends with a bare line feed");
            }
            at = lf + 1;
        }
    }

    private void refuse(int status, @Nullable String reason) {
        closing = true;
        String text = (reason == null ? "bad request" : reason) + "\n";
        StringBuilder head =
                core.heads().own(status, "text/plain; charset=utf-8", text.length(), core.wall());
        head.append("Connection: close\r\n\r\n").append(text);
        core.refused();
        context()
                .writeAndFlush(alloc().buffer().writeBytes(Heads.bytes(head)))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** Queues bytes; {@link #flush} sends them. */
    void write(ByteBuf bytes) {
        queuedBytes += bytes.readableBytes();
        context().write(bytes, context().voidPromise());
    }

    /** Queues a stretch of a file; {@code done} runs when it is sent, not when that fails. */
    void write(DefaultFileRegion file, Runnable done) {
        region = file;
        context()
                .write(file)
                .addListener(
                        sent -> {
                            region = null;
                            queuedBytes += file.count();
                            if (!sent.isSuccess()) {
                                reset();
                                return;
                            }
                            done.run();
                            if (current == null && !closing) {
                                channel().config().setAutoRead(true);
                                process();
                                flush();
                            }
                        });
    }

    /** Sends what is queued, now or at the end of this read. */
    void flush() {
        if (!reading) {
            context().flush();
            account();
        }
    }

    boolean writable() {
        return channel().isWritable();
    }

    boolean open() {
        return channel().isActive() && !closing;
    }

    /** The exchange's last byte is queued. */
    void finished(Exchange exchange, boolean keepAlive) {
        if (current != exchange) {
            return;
        }
        current = null;
        sinceNanos = core.nanos();
        if (!keepAlive || core.stopping()) {
            closing = true;
            context()
                    .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        if (reading) {
            return;
        }
        context().flush();
        channel().config().setAutoRead(true);
        process();
        context().flush();
        account();
    }

    /** Breaks the connection off so that the viewer cannot take what it has for the whole. */
    void reset() {
        closing = true;
        if (channel.isOpen()) {
            if (!secure) {
                channel.config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
            }
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls != null) {
                tls.setCloseNotifyFlushTimeoutMillis(0);
                channel.config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
                channel.unsafe().close(channel.voidPromise());
                return;
            }
            channel.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!ctx.channel().isWritable()) {
            return;
        }
        Exchange exchange = current;
        if (exchange != null) {
            exchange.writable();
        } else if (!reading) {
            ctx.channel().config().setAutoRead(true);
            process();
            ctx.flush();
        }
        account();
    }

    /** Closes what is too slow: a head or body that does not come, an answer that is not taken. */
    void sweep(long nowNanos) {
        if (context == null || !channel().isOpen()) {
            return;
        }
        account();
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        DefaultFileRegion file = region;
        long queued = out == null ? 0 : out.totalPendingWriteBytes();
        long idle = nowNanos - sinceNanos;
        if (queued > 0 || file != null) {
            long now = queued + (file == null ? 0 : file.transferred() << 1 | 1);
            if (now != progress) {
                progress = now;
                sinceNanos = nowNanos;
            } else if (idle > core.options().clientTimeout().toNanos()) {
                reset();
            }
        } else if (current == null && buffered != null && idle > headTimeout()) {
            refuse(408, "the request did not arrive in time");
        } else if (current == null && idle > core.options().clientTimeout().toNanos()) {
            channel().close();
        } else if (current == null && core.stopping()) {
            channel().close();
        }
    }

    private long headTimeout() {
        return Math.min(Core.HEAD_TIMEOUT_NANOS, core.options().clientTimeout().toNanos());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        loop.remove(this);
        ByteBuf rest = buffered;
        buffered = null;
        if (rest != null) {
            rest.release();
        }
        Exchange exchange = current;
        current = null;
        if (exchange != null) {
            exchange.viewerGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)
                && !(cause instanceof io.netty.handler.codec.DecoderException)) {
            org.slf4j.LoggerFactory.getLogger(Connection.class).warn("a connection failed", cause);
        }
        reset();
    }
}
