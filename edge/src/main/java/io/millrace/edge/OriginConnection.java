package io.millrace.edge;

import io.millrace.edge.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection to the origin: one call at a time, kept for the next where the origin agrees. */
final class OriginConnection extends ChannelInboundHandlerAdapter {
    /** Answers before the answer to one request; more is no way to keep a request waiting. */
    private static final int MOST_INTERIM = 16;

    private final OriginPool pool;
    private @Nullable Channel channel;
    private @Nullable OriginCall call;
    private boolean headSeen;
    private int interims;
    private boolean keepAlive;
    private boolean reused;
    private boolean paused;
    private long sinceNanos;

    OriginConnection(OriginPool pool) {
        this.pool = pool;
        this.sinceNanos = pool.nanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = ctx.channel();
    }

    boolean reused() {
        return reused;
    }

    boolean alive() {
        Channel known = channel;
        return known != null && known.isActive();
    }

    /** Sends a request; the connection is this call's until it ends. */
    void start(OriginCall next) {
        Channel known = channel;
        if (known == null) {
            throw new IllegalStateException("not connected");
        }
        reused = call != null || headSeen;
        call = next;
        headSeen = false;
        interims = 0;
        paused = false;
        sinceNanos = pool.nanos();
        FullHttpRequest request = next.request();
        known.config().setAutoRead(true);
        known.writeAndFlush(request)
                .addListener(
                        sent -> {
                            if (!sent.isSuccess()) {
                                broken(OriginCall.Failure.BROKEN);
                            }
                        });
    }

    /** Stops reading: whoever takes the bytes cannot take more now. */
    void pause() {
        paused = true;
        autoRead(false);
    }

    void resume() {
        if (paused) {
            paused = false;
            sinceNanos = pool.nanos();
            autoRead(true);
        }
    }

    private void autoRead(boolean on) {
        Channel known = channel;
        if (known != null) {
            known.config().setAutoRead(on);
        }
    }

    /** Gives the call up; it hears no more. */
    void abort() {
        call = null;
        close();
    }

    void close() {
        Channel known = channel;
        if (known != null) {
            known.close();
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // whether it is still this very call
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            sinceNanos = pool.nanos();
            OriginCall running = call;
            if (running == null || ((HttpObject) message).decoderResult().isFailure()) {
                broken(OriginCall.Failure.BROKEN);
                return;
            }
            if (message instanceof HttpResponse response) {
                if (response.status().code() < 200) {
                    interim(running, response);
                    return;
                }
                head(running, response);
            }
            // The call may have given up on seeing the head.
            if (message instanceof HttpContent content && call == running && headSeen) {
                ByteBuf bytes = content.content();
                if (bytes.isReadable()) {
                    running.data(bytes);
                }
                if (content instanceof LastHttpContent && call == running) {
                    ended(running);
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** What comes before the answer goes on to whoever waits (RFC 9110 section 15.2). */
    private void interim(OriginCall running, HttpResponse response) {
        int status = response.status().code();
        if (++interims > MOST_INTERIM || status == 101) {
            broken(OriginCall.Failure.BROKEN);
        } else if (status != 100) {
            // Nobody here asked to go on with a body; a cookie is for one viewer alone.
            running.interim(status, Heads.endToEnd(headers(response)).remove("set-cookie"));
        }
    }

    private static Headers headers(HttpResponse response) {
        Headers headers = new Headers();
        for (Map.Entry<String, String> field : response.headers()) {
            headers.add(field.getKey(), field.getValue());
        }
        return headers;
    }

    private void head(OriginCall running, HttpResponse response) {
        headSeen = true;
        keepAlive = HttpUtil.isKeepAlive(response);
        running.head(response.status().code(), headers(response), this);
    }

    private void ended(OriginCall running) {
        call = null;
        resume();
        running.end();
        if (keepAlive && alive() && call == null) {
            sinceNanos = pool.nanos();
            pool.idle(this);
        } else if (call == null) {
            close();
        }
    }

    private void broken(OriginCall.Failure failure) {
        OriginCall running = call;
        call = null;
        close();
        if (running != null) {
            pool.broken(this, running, headSeen, failure);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        broken(OriginCall.Failure.BROKEN);
        pool.closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken(OriginCall.Failure.BROKEN);
    }

    /** Ends a call whose origin is silent, and a connection that nobody used for a while. */
    void sweep(long nowNanos, long timeoutNanos, long idleNanos) {
        if (call == null) {
            if (nowNanos - sinceNanos > idleNanos) {
                close();
            }
        } else if (!paused && nowNanos - sinceNanos > timeoutNanos) {
            broken(OriginCall.Failure.TIMEOUT);
        }
    }
}
