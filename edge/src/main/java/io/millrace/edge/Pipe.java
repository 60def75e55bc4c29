package io.millrace.edge;

import io.millrace.edge.http.Headers;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * An origin's answer on its way to one viewer without being kept; both connections are on one event
 * loop, and the origin is read no faster than the viewer takes.
 */
final class Pipe {
    private final Exchange exchange;
    private final OriginConnection origin;
    private boolean chunked;
    private boolean keepAlive;
    private boolean over;

    Pipe(Exchange exchange, OriginConnection origin) {
        this.exchange = exchange;
        this.origin = origin;
        exchange.onGone(this::viewerGone);
        exchange.onWritable(origin::resume);
    }

    /**
     * @param headers end-to-end fields
     * @param length of the body, -1 when unknown
     */
    void head(int status, Headers headers, long length, String note) {
        boolean bodyless = status == 204 || status == 304;
        long framed = bodyless ? 0 : length;
        StringBuilder text = exchange.core().heads().ofOrigin(status, headers, exchange.website());
        keepAlive = exchange.keepAlive(framed);
        if (bodyless) {
            exchange.beginBodyless(text, note);
        } else {
            chunked = exchange.beginPassed(text, framed, note);
        }
        exchange.connection().flush();
    }

    void data(ByteBuf bytes) {
        if (over) {
            return;
        }
        Connection viewer = exchange.connection();
        int count = bytes.readableBytes();
        ByteBuf out = viewer.alloc().directBuffer(count + 16);
        if (chunked) {
            out.writeCharSequence(Integer.toHexString(count) + "\r\n", StandardCharsets.US_ASCII);
        }
        out.writeBytes(bytes);
        if (chunked) {
            out.writeByte('\r').writeByte('\n');
        }
        viewer.write(out);
        viewer.flush();
        exchange.sent(count);
        if (!viewer.writable()) {
            origin.pause();
        }
    }

    void end() {
        if (over) {
            return;
        }
        over = true;
        if (chunked) {
            Connection viewer = exchange.connection();
            viewer.write(viewer.alloc().directBuffer(8).writeBytes(Heads.bytes("0\r\n\r\n")));
        }
        exchange.end(keepAlive);
    }

    void failed() {
        if (!over) {
            over = true;
            exchange.connection().reset();
        }
    }

    private void viewerGone() {
        if (!over) {
            over = true;
            origin.abort();
        }
    }
}
