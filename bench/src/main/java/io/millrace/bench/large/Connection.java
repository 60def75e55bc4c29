package io.millrace.bench.large;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One keep-alive connection of a client that does as little as it can. */
final class Connection implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 20);

    Connection(int port) throws IOException {
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Sends a request and reads the answer's end; fails on any status but 200. */
    long exchange(byte[] head, ByteBuffer body) throws IOException {
        send(ByteBuffer.wrap(head));
        send(body.duplicate());
        return answer(null);
    }

    /** The same for a request without a body whose answer is compared. */
    void expect(byte[] head, byte[] object) throws IOException {
        send(ByteBuffer.wrap(head));
        byte[] got = new byte[object.length];
        if (answer(got) != object.length || !Arrays.equals(got, object)) {
            throw new IOException("the server answers other bytes");
        }
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private long answer(byte @Nullable [] into) throws IOException {
        in.clear();
        String head = "";
        int end = -1;
        while (end < 0) {
            more();
            byte[] start = new byte[Math.min(in.position(), 8192)];
            in.get(0, start);
            head = new String(start, StandardCharsets.ISO_8859_1);
            end = head.indexOf("\r\n\r\n");
        }
        head = head.substring(0, end);
        in.flip().position(end + 4);
        long length = length(head);
        if (!head.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(head + "\n" + StandardCharsets.UTF_8.decode(in));
        }
        for (long at = 0; ; ) {
            int n = in.remaining();
            if (into != null) {
                in.get(into, (int) at, n);
            }
            at += n;
            if (at == length) {
                return length;
            }
            in.clear();
            more();
            in.flip();
        }
    }

    private void more() throws IOException {
        if (channel.read(in) < 0) {
            throw new IOException("the server closed the connection");
        }
    }

    private static long length(String head) {
        return head.lines()
                .filter(l -> l.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToLong(l -> Long.parseLong(l.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
