package io.millrace.edge;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** The console's two addresses that an edge calls, as the contract has them. */
final class TestConsole implements AutoCloseable {
    private final HttpServer server;
    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private volatile String json;
    private volatile long revision;

    TestConsole() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/api/edge/settings", this::settings);
        server.createContext("/api/edge/report", this::report);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** New settings; {@code body} without the revision: {@code "default":…,"domains":[…]}. */
    synchronized void set(String body) {
        revision++;
        json = "{\"revision\":" + revision + "," + body + "}";
        notifyAll();
    }

    List<String> reports() {
        return reports;
    }

    List<String> authorizations() {
        return authorizations;
    }

    private void settings(HttpExchange exchange) throws IOException {
        authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
        String query = exchange.getRequestURI().getQuery();
        long since = Long.parseLong(query.replaceAll(".*since=(-?\\d+).*", "$1"));
        String answer;
        synchronized (this) {
            long end = System.currentTimeMillis() + 5000;
            while (revision <= since && System.currentTimeMillis() < end) {
                try {
                    wait(100);
                } catch (InterruptedException e) {
                    return;
                }
            }
            answer = json;
        }
        send(exchange, answer);
    }

    private void report(HttpExchange exchange) throws IOException {
        reports.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        send(exchange, "{}");
    }

    private static void send(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
