package io.millrace.media.video;

import io.millrace.store.objects.ObjectReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One object behind an HTTP address that only this machine reaches and that only its one reader
 * knows: so a child reads what it needs of a large object, by Range, without a copy on the disk and
 * without access to anything else. It is gone when this is closed. HTTP/1.1 in the part that ffmpeg
 * uses: GET and HEAD, one range, a connection for each request.
 */
final class LoopbackObject implements AutoCloseable {
    private static final int MAX_HEADER_CHARS = 8192;
    private static final int IDLE_MILLIS = 20_000;
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-([0-9]{0,18})");

    private final ObjectReader object;
    private final String path;
    private final ServerSocket socket;
    private final AtomicLong bytesLeft;

    /**
     * Opens an address for {@code object}.
     *
     * @param maxBytes how many bytes may be read through it in all
     */
    LoopbackObject(ObjectReader object, long maxBytes) throws IOException {
        this.object = object;
        this.path = "/" + io.millrace.kit.Ids.secret(32);
        this.bytesLeft = new AtomicLong(maxBytes);
        this.socket = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("loopback-object").start(this::accept);
    }

    /** The address, such as {@code http://127.0.0.1:40123/…}. */
    String url() {
        String host = socket.getInetAddress().getHostAddress();
        return "http://"
                + (host.contains(":") ? "[" + host + "]" : host)
                + ":"
                + socket.getLocalPort()
                + path;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It accepts nothing any more either way.
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().name("loopback-object-reader").start(() -> serve(connection));
            } catch (IOException e) {
                return; // Closed.
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(IDLE_MILLIS);
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(
                                    connection.getInputStream(), StandardCharsets.ISO_8859_1),
                            1024);
            String request = readLine(in);
            String range = "";
            for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
                if (line.toLowerCase(Locale.ROOT).startsWith("range:")) {
                    range = line.substring("range:".length()).strip();
                }
            }
            answer(connection.getOutputStream(), request, range);
        } catch (IOException e) {
            // The reader went away, as it does after a seek.
        }
    }

    private void answer(OutputStream out, String request, String range) throws IOException {
        boolean get = request.startsWith("GET " + path + " ");
        if (!get && !request.startsWith("HEAD " + path + " ")) {
            head(out, "404 Not Found", 0, "");
            return;
        }
        long size = object.info().sizeBytes();
        Matcher matcher = RANGE.matcher(range);
        boolean part = matcher.matches();
        long from = part ? Long.parseLong(matcher.group(1)) : 0;
        long last =
                part && !matcher.group(2).isEmpty()
                        ? Math.min(Long.parseLong(matcher.group(2)), size - 1)
                        : size - 1;
        if (part && (from >= size || last < from)) {
            head(out, "416 Range Not Satisfiable", 0, "Content-Range: bytes */" + size + "\r\n");
            return;
        }
        long length = last - from + 1;
        String contentRange =
                part ? "Content-Range: bytes " + from + "-" + last + "/" + size + "\r\n" : "";
        head(out, part ? "206 Partial Content" : "200 OK", length, contentRange);
        if (get) {
            copy(out, from, length);
        }
    }

    private void copy(OutputStream out, long from, long length) throws IOException {
        byte[] buffer = new byte[64 << 10];
        long at = from;
        long end = from + length;
        while (at < end) {
            int n = object.read(at, buffer, 0, (int) Math.min(buffer.length, end - at));
            if (n <= 0 || bytesLeft.addAndGet(-n) < 0) {
                throw new IOException("no more bytes");
            }
            out.write(buffer, 0, n);
            at += n;
        }
        out.flush();
    }

    private static void head(OutputStream out, String status, long length, String more)
            throws IOException {
        String text =
                "HTTP/1.1 "
                        + status
                        + "\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream"
                        + "\r\nConnection: close\r\nContent-Length: "
                        + length
                        + "\r\n"
                        + more
                        + "\r\n";
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String readLine(BufferedReader in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() >= MAX_HEADER_CHARS) {
                throw new IOException("no request");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
