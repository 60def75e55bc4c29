package io.millrace.kit.http;

import io.millrace.kit.door.Guest;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of large bodies out of a connection's pipeline, in the buffers that the socket
 * was read into: the library behind it would copy each to a new array. The library sees the head
 * and the end of such a request. Used on the event loop only.
 *
 * <p>A request that the library begins later than its head arrives (pipelined behind another) has
 * perhaps left bytes with the library already, so it keeps the library's way.
 */
final class BodyTap extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final Guest guest;
    private @Nullable StreamedBody body;
    private boolean beginning;

    private BodyTap(Channel channel, Guest guest) {
        this.channel = channel;
        this.guest = guest;
    }

    /** Puts a tap before the library's own handler. */
    static void install(HttpConnection connection, Guest guest) {
        Channel channel = ((ConnectionBase) connection).channel();
        channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(512, 2 << 10, HttpDoor.READ_BYTES));
        channel.pipeline().addBefore("handler", "bodyTap", new BodyTap(channel, guest));
    }

    static BodyTap of(HttpConnection connection) {
        ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
        return pipeline.get(BodyTap.class);
    }

    /**
     * Leads the content of the request that is being begun to a body.
     *
     * @return false when it has to come by the library
     */
    boolean open(StreamedBody to) {
        if (beginning) {
            body = to;
        }
        return beginning;
    }

    /** What still comes goes to the library again. */
    void close(StreamedBody from) {
        if (body == from) {
            body = null;
            channel.config().setAutoRead(true);
        }
    }

    /** Reads the socket, or leaves it: the client has to wait then. */
    void flow(StreamedBody of, boolean on) {
        if (body == of) {
            channel.config().setAutoRead(on);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        StreamedBody to = body;
        if (message instanceof HttpRequest) {
            beginning = true;
            try {
                context.fireChannelRead(message);
            } finally {
                beginning = false;
            }
        } else if (to != null
                && message instanceof HttpContent content
                && content.decoderResult().isSuccess()) {
            take(context, to, content);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** A client that waits for the server's work is silent by right. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof IdleStateEvent && guest.isServed())) {
            context.fireUserEventTriggered(event);
        }
    }

    private void take(ChannelHandlerContext context, StreamedBody to, HttpContent content) {
        to.arrive(content.content());
        if (content instanceof LastHttpContent last) {
            close(to);
            context.fireChannelRead(
                    new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, last.trailingHeaders()));
        }
    }
}
