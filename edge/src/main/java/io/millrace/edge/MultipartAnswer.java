package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.kit.http.ByteRange;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The body of an answer to several ranges (RFC 9110 section 14.6), part after part. */
final class MultipartAnswer {
    /** A request for more gets the whole. */
    static final int MOST_RANGES = 16;

    private final Exchange exchange;
    private final Entry entry;
    private final List<ByteRange.Part> parts;
    private final String boundary;
    private final boolean keepAlive;
    private int next;

    MultipartAnswer(Exchange exchange, Entry entry, List<ByteRange.Part> parts, boolean keepAlive) {
        this.exchange = exchange;
        this.entry = entry;
        this.parts = parts;
        this.keepAlive = keepAlive;
        // No body holds it but by an accident of 128 bits.
        ThreadLocalRandom random = ThreadLocalRandom.current();
        this.boundary = "%016x%016x".formatted(random.nextLong(), random.nextLong());
    }

    String contentType() {
        return "multipart/byteranges; boundary=" + boundary;
    }

    /** Bytes of the whole body, with what stands between the parts. */
    long length() {
        long sum = end().length();
        for (int i = 0; i < parts.size(); i++) {
            sum += head(i).length() + parts.get(i).length();
        }
        return sum;
    }

    private String head(int index) {
        String type = entry.headers().get("content-type");
        return (index == 0 ? "--" : "\r\n--")
                + boundary
                + (type == null ? "" : "\r\nContent-Type: " + type)
                + "\r\nContent-Range: "
                + parts.get(index).contentRange(entry.body().length())
                + "\r\n\r\n";
    }

    private String end() {
        return "\r\n--" + boundary + "--\r\n";
    }

    /** Sends the next part, and the end after the last. */
    void send() {
        if (exchange.gone()) {
            return;
        }
        if (next == parts.size()) {
            write(end());
            exchange.end(keepAlive);
            return;
        }
        ByteRange.Part part = parts.get(next);
        write(head(next++));
        BodySender sender = new BodySender(exchange, entry, null, part.from(), part.to(), false);
        if (!sender.enter()) {
            exchange.connection().reset();
            return;
        }
        sender.then(this::send);
        exchange.stream(sender, keepAlive);
    }

    private void write(String text) {
        byte[] bytes = Heads.bytes(text);
        Connection connection = exchange.connection();
        connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
        exchange.sent(bytes.length);
    }
}
