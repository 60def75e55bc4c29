package io.millrace.edge;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The network's other side: an HTTP/1.1 server whose answers a test writes byte by byte. */
final class TestOrigin implements AutoCloseable {

    /** A request as it came. */
    record Seen(String method, String target, Map<String, String> headers, byte[] body, int turn) {
        String header(String lowerCaseName) {
            return headers.get(lowerCaseName);
        }
    }

    /** Writes an answer; throwing breaks the connection off. */
    interface Answer {
        void write(Seen request, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<Seen> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    TestOrigin() throws IOException {
        server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** What answers requests for this path, whatever the query. */
    void on(String path, Answer answer) {
        answers.put(path, answer);
    }

    /** A whole answer with a length; headers as {@code "Name: value"}. */
    void on(String path, int status, byte[] body, String... headers) {
        on(path, (request, out) -> send(request, out, status, body, headers));
    }

    /** An object as a store serves it: strong ETag, ranges, conditions. */
    void object(String path, byte[] body, String etag, String... headers) {
        on(path, (request, out) -> sendObject(request, out, body, etag, headers));
    }

    static void send(Seen request, OutputStream out, int status, byte[] body, String... headers)
            throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (status != 304 && status != 204) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (!request.method().equals("HEAD") && status != 304 && status != 204) {
            out.write(body);
        }
        out.flush();
    }

    static void sendObject(
            Seen request, OutputStream out, byte[] body, String etag, String... headers)
            throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("ETag: " + etag);
        String match = request.header("if-match");
        if (match != null && !match.equals(etag)) {
            send(request, out, 412, new byte[0], all.toArray(String[]::new));
            return;
        }
        if (etag.equals(request.header("if-none-match"))) {
            send(request, out, 304, new byte[0], all.toArray(String[]::new));
            return;
        }
        String range = request.header("range");
        if (range == null) {
            send(request, out, 200, body, all.toArray(String[]::new));
            return;
        }
        String[] ends = range.substring("bytes=".length()).split("-", -1);
        int from =
                ends[0].isEmpty()
                        ? body.length - Integer.parseInt(ends[1])
                        : Integer.parseInt(ends[0]);
        int to =
                ends[0].isEmpty() || ends[1].isEmpty()
                        ? body.length
                        : Math.min(body.length, Integer.parseInt(ends[1]) + 1);
        if (from >= body.length) {
            all.add("Content-Range: bytes */" + body.length);
            send(request, out, 416, new byte[0], all.toArray(String[]::new));
            return;
        }
        all.add("Content-Range: bytes " + from + "-" + (to - 1) + "/" + body.length);
        send(
                request,
                out,
                206,
                java.util.Arrays.copyOfRange(body, from, to),
                all.toArray(String[]::new));
    }

    List<Seen> requests() {
        return requests;
    }

    long count(String path) {
        return requests.stream().filter(r -> r.target().split("\\?")[0].equals(path)).count();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            Seen request;
            int turn = 0;
            while ((request = read(in, ++turn)) != null) {
                requests.add(request);
                Answer answer = answers.get(request.target().split("\\?")[0]);
                if (answer == null) {
                    send(request, out, 404, "nothing here".getBytes(StandardCharsets.UTF_8));
                } else {
                    answer.write(request, out);
                }
            }
        } catch (IOException | InterruptedException e) {
            // The connection ends here, as the test meant it to, or because the edge left.
        }
    }

    private static Seen read(InputStream in, int turn) throws IOException {
        String line = line(in);
        if (line == null) {
            return null;
        }
        String[] first = line.split(" ");
        Map<String, String> headers = new HashMap<>();
        while ((line = line(in)) != null && !line.isEmpty()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Seen(first[0], first[1], headers, in.readNBytes(length), turn);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) >= 0) {
            if (b == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(b);
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
