package io.millrace.edge;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.testkit.TestClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;

/** An edge before a test origin, and a client. */
final class EdgeFixture implements AutoCloseable {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    final TestOrigin origin = new TestOrigin();
    final TestClock clock = new TestClock(START);
    final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final EdgeOptions options;
    private SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private Edge edge;

    EdgeFixture(Path directory, java.util.function.UnaryOperator<EdgeOptions> change)
            throws IOException {
        options =
                change.apply(
                        EdgeOptions.of(origin.uri(), directory).bounded(16L << 20, 256L << 20, 2));
        edge = Edge.open(options, clock.clocks(), metrics);
    }

    EdgeFixture(Path directory) throws IOException {
        this(directory, o -> o);
    }

    Edge edge() {
        return edge;
    }

    void restart() {
        edge.close();
        metrics = new SimpleMeterRegistry();
        edge = Edge.open(options, clock.clocks(), metrics);
    }

    /** What {@code millrace.edge.NAME} counts. */
    double counter(String name) {
        return metrics.get("millrace.edge." + name).functionCounter().count();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + edge.port() + path);
    }

    HttpResponse<byte[]> get(String path, String... headers)
            throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    static String cacheStatus(HttpResponse<?> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("");
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        client.shutdownNow();
        origin.close();
        edge.close();
    }

    /** Both clocks run, many times faster than the machine's, until it is closed. */
    Passing timePasses() {
        Thread thread =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        while (true) {
                                            clock.advance(Duration.ofMillis(500));
                                            Thread.sleep(50);
                                        }
                                    } catch (InterruptedException e) {
                                        // closed
                                    }
                                });
        return thread::interrupt;
    }

    /** Time that passes. */
    interface Passing extends AutoCloseable {
        @Override
        void close();
    }
}
