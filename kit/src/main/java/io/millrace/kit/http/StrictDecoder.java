package io.millrace.kit.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
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
    private boolean inHead = true;
    private boolean broken;

    private StrictDecoder(Http1ServerConfig config) {
        super(config);
    }

    /** Puts the strict decoder into the connection's pipeline, before its first byte is read. */
    static void install(HttpConnection connection, HttpDoorOptions options) {
        ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
        Http1ServerConfig config =
                new Http1ServerConfig()
                        .setMaxHeaderSize(options.maxHeaderBytes())
                        .setMaxInitialLineLength(Math.min(32 << 10, options.maxHeaderBytes()))
                        .setMaxChunkSize(HttpDoor.READ_BYTES);
        pipeline.replace("httpDecoder", "httpDecoder", new StrictDecoder(config));
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
        super.decode(context, buffer, out);
        for (int i = before; i < out.size(); i++) {
            Object decoded = out.get(i);
            if (decoded instanceof LastHttpContent) {
                inHead = true;
            } else if (decoded instanceof HttpMessage) {
                inHead = false;
            }
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
