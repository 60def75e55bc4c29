package io.millrace.signing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A socket that writes down what a real client sends, byte for byte, and answers 200. */
final class RecordingServer implements AutoCloseable {
    record Recorded(SignedRequest request, byte[] body) {}

    private final HttpServer server;
    private final BlockingQueue<Recorded> seen = new LinkedBlockingQueue<>();
    volatile String answer = "";
    volatile Map<String, String> answerHeaders = Map.of();

    RecordingServer() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> values.forEach(v -> headers.add(Map.entry(name, v))));
        String query = exchange.getRequestURI().getRawQuery();
        SignedRequest request =
                new SignedRequest(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getRawPath(),
                        query == null ? "" : query,
                        headers);
        byte[] body = exchange.getRequestBody().readAllBytes();
        seen.add(new Recorded(request, body));
        exchange.getResponseHeaders().set("x-oss-request-id", "0123456789ABCDEF01234567");
        exchange.getResponseHeaders().set("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
        answerHeaders.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        byte[] out = answer.getBytes(StandardCharsets.UTF_8);
        boolean head = request.method().equals("HEAD");
        exchange.sendResponseHeaders(200, head || out.length == 0 ? -1 : out.length);
        if (!head && out.length > 0) {
            exchange.getResponseBody().write(out);
        }
        exchange.close();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String endpoint() {
        return "http://127.0.0.1:" + port();
    }

    Recorded take() {
        try {
            Recorded recorded = seen.poll(10, TimeUnit.SECONDS);
            if (recorded == null) {
                throw new AssertionError("the client sent nothing");
            }
            return recorded;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
