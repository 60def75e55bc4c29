package io.millrace.bench.doors;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One honest client: a connection that it keeps, and opens once more when the server has closed it
 * meanwhile, as browsers and SDKs do. Not thread-safe.
 */
final class Honest implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final InetSocketAddress door;
    private final @Nullable SSLSocketFactory tls;
    private final @Nullable String from;
    private @Nullable Socket socket;
    private @Nullable InputStream in;

    /**
     * @param from the address to connect from; null for any
     */
    Honest(int port, @Nullable SSLSocketFactory tls, @Nullable String from) {
        this.door = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        this.tls = tls;
        this.from = from;
    }

    /**
     * One request and its whole answer.
     *
     * @return the status; 200 for an RTMP handshake
     */
    int request(byte[] bytes) throws IOException {
        boolean kept = socket != null;
        try {
            return once(bytes);
        } catch (IOException e) {
            close();
            if (!kept) {
                throw e;
            }
            return once(bytes);
        }
    }

    private int once(byte[] bytes) throws IOException {
        Socket connected = socket;
        if (connected == null) {
            connected = connect();
        }
        connected.getOutputStream().write(bytes);
        connected.getOutputStream().flush();
        InputStream answer = in;
        if (answer == null) {
            throw new IOException("not connected");
        }
        if (bytes[0] == 3) {
            if (answer.readNBytes(1 + 1536 + 1536).length != 1 + 1536 + 1536) {
                throw new IOException("no whole handshake");
            }
            close();
            return 200;
        }
        int status = answer(answer);
        return status;
    }

    private Socket connect() throws IOException {
        Socket plain = new Socket();
        plain.setTcpNoDelay(true);
        plain.setSoTimeout(PATIENCE_MILLIS);
        if (from != null) {
            plain.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        }
        plain.connect(door, PATIENCE_MILLIS);
        Socket made =
                tls == null ? plain : tls.createSocket(plain, "localhost", door.getPort(), true);
        socket = made;
        in = new BufferedInputStream(made.getInputStream(), 64 << 10);
        return made;
    }

    private int answer(InputStream from) throws IOException {
        String line = line(from);
        int status = Integer.parseInt(line.substring(9, 12));
        long length = 0;
        boolean chunked = false;
        boolean ends = false;
        for (String header = line(from); !header.isEmpty(); header = line(from)) {
            String lower = header.toLowerCase(java.util.Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring(15).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:");
            ends |= lower.equals("connection: close");
        }
        if (chunked) {
            for (long size = size(from); size > 0; size = size(from)) {
                from.skipNBytes(size + 2);
            }
            line(from);
        } else if (status != 204 && status != 304) {
            from.skipNBytes(length);
        }
        if (ends) {
            close();
        }
        return status;
    }

    private static long size(InputStream from) throws IOException {
        return Long.parseLong(line(from).strip(), 16);
    }

    private static String line(InputStream from) throws IOException {
        StringBuilder text = new StringBuilder();
        while (true) {
            int b = from.read();
            if (b < 0) {
                throw new IOException("the server closed the connection");
            }
            if (b == '\n') {
                return text.toString();
            }
            if (b != '\r') {
                text.append((char) b);
            }
        }
    }

    static byte[] get(String target) {
        return ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        Socket before = socket;
        socket = null;
        in = null;
        if (before != null) {
            try {
                before.close();
            } catch (IOException e) {
                // It had broken already.
            }
        }
    }
}
