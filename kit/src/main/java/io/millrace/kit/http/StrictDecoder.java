package io.millrace.kit.http;

import io.millrace.kit.door.Guest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;

/**
 * The library's decoder, minus what makes two readers see two requests: a length beside chunks (it
 * drops the length) and folded header lines (it joins them). RFC 9112, sections 5.2 and 6.3.
 */
final class StrictDecoder extends VertxHttpRequestDecoder {
    /** What the socket is read into at the least. */
    private static final int BUFFER_BYTES = 2 << 10;

    private final Guest guest;
    private boolean inHead = true;
    private boolean broken;
    private int parsedBytes;
    private int heldBytes;

    private StrictDecoder(Http1ServerConfig config, Guest guest) {
        super(config);
        this.guest = guest;
    }

    /** Puts the strict decoder into the connection's pipeline, before its first byte is read. */
    static void install(HttpConnection connection, HttpDoorOptions options, Guest guest) {
        ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
        Http1ServerConfig config =
                new Http1ServerConfig()
                        .setMaxHeaderSize(options.maxHeaderBytes())
                        .setMaxInitialLineLength(Math.min(32 << 10, options.maxHeaderBytes()))
                        .setMaxChunkSize(HttpDoor.READ_BYTES);
        pipeline.replace("httpDecoder", "httpDecoder", new StrictDecoder(config, guest));
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("Content-Length beside Transfer-Encoding");
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out)
            throws Exception {
        if (broken) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        if (inHead && folded(buffer)) {
            broken = true;
            HttpMessage invalid = createInvalidMessage();
            invalid.setDecoderResult(
                    DecoderResult.failure(new IllegalArgumentException("A folded header line")));
            out.add(invalid);
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        int before = out.size();
        int readable = buffer.readableBytes();
        super.decode(context, buffer, out);
        parsedBytes += readable - buffer.readableBytes();
        for (int i = before; i < out.size(); i++) {
            Object decoded = out.get(i);
            if (decoded instanceof LastHttpContent) {
                inHead = true;
                parsedBytes = 0;
            } else if (decoded instanceof HttpMessage message) {
                inHead = false;
                parsedBytes = 0;
                heedClose(message);
            }
        }
        keep(buffer);
    }

    /** The library knows "close" as the header's only value, not as one of several. */
    private static void heedClose(HttpMessage message) {
        boolean closes =
                message.headers()
                        .containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        if (closes) {
            message.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    /** Counts what a head that isn't whole yet occupies. */
    private void keep(ByteBuf buffer) {
        int inAll = inHead ? parsedBytes + buffer.readableBytes() : 0;
        if (inAll > 0) {
            if (heldBytes == 0) {
                guest.begins();
            }
            inAll = Math.max(BUFFER_BYTES, inAll);
        }
        if (inAll != heldBytes) {
            guest.hold(inAll - heldBytes);
            heldBytes = inAll;
        }
    }

    /**
     * Whether a line of the head starts with a blank. The decoder takes whole lines, so the buffer
     * always begins at the start of one.
     */
    private static boolean folded(ByteBuf buffer) {
        int at = buffer.readerIndex();
        int end = buffer.writerIndex();
        while (at < end) {
            byte first = buffer.getByte(at);
            if (first == ' ' || first == '\t') {
                return true;
            }
            int newline = buffer.indexOf(at, end, (byte) '\n');
            if (newline < 0) {
                return false;
            }
            boolean blank = newline == at || (newline == at + 1 && first == '\r');
            if (blank && at > buffer.readerIndex()) {
                return false;
            }
            at = newline + 1;
        }
        return false;
    }
}
