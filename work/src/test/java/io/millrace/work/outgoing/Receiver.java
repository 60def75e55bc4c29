package io.millrace.work.outgoing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A real HTTP server of somebody else, which keeps what it hears. */
final class Receiver implements AutoCloseable {
    /** One request. */
    record Heard(String path, String id, String signature, String authorization, byte[] body) {}

    /** Answers one request; the body is read already. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    final List<Heard> heard = new CopyOnWriteArrayList<>();
    volatile Answer answer = status(204);
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    Receiver() {
        this("127.0.0.1", 0);
    }

    Receiver(String address, int port) {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getByName(address), port), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        heard.add(
                new Heard(
                        exchange.getRequestURI().toString(),
                        header(exchange, "Millrace-Id"),
                        header(exchange, "Millrace-Signature"),
                        header(exchange, "Authorization"),
                        body));
        try {
            answer.to(exchange);
        } finally {
            exchange.close();
        }
    }

    private static String header(HttpExchange exchange, String name) {
        return String.valueOf(exchange.getRequestHeaders().getFirst(name));
    }

    static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static Answer redirect(int status, String location) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer body(int bytes) {
        return exchange -> {
            exchange.sendResponseHeaders(200, bytes);
            exchange.getResponseBody().write(new byte[bytes]);
        };
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
