package io.millrace.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.signing.AccessKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a store says of one piece is told apart from a store that is away or full. */
class S3TargetTest {
    private static final byte[] BYTES = Source.bytes(1_000, 1);

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final Set<String> paths = ConcurrentHashMap.newKeySet();
    private HttpServer server;
    private Target target;

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private volatile Answer get = exchange -> exchange.sendResponseHeaders(404, -1);
    private volatile int head = 200;
    private volatile int put = 200;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    heard.add(exchange.getRequestMethod());
                    paths.add(exchange.getRequestURI().getPath());
                    try (exchange) {
                        exchange.getRequestBody().readAllBytes();
                        switch (exchange.getRequestMethod()) {
                            case "GET" -> get.to(exchange);
                            case "HEAD" -> exchange.sendResponseHeaders(head, -1);
                            default -> exchange.sendResponseHeaders(put, -1);
                        }
                    }
                });
        server.start();
        target =
                new S3Target(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                        "local",
                        "backups",
                        "nightly",
                        new AccessKey("KEY", "secret"),
                        InstantSource.system(),
                        Duration.ofMillis(1));
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private static BackupException refused(BackupException.Code code, Executable what) {
        BackupException e = assertThrows(BackupException.class, what);
        assertEquals(code, e.code(), e.getMessage());
        return e;
    }

    private static void whole(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, BYTES.length);
        exchange.getResponseBody().write(BYTES);
    }

    /** As a store does that meets damage behind the first block. */
    private static void cutOff(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, BYTES.length);
        exchange.getResponseBody().write(BYTES, 0, 500);
        exchange.getResponseBody().flush();
    }

    private static void failed(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(500, -1);
    }

    @Test
    void aPieceIsThereOrNot() {
        assertEquals(Optional.empty(), target.get("pieces/ab/x"));
        get = S3TargetTest::whole;
        assertArrayEquals(BYTES, target.get("pieces/ab/x").orElseThrow());
        assertEquals(List.of("GET", "GET"), heard);
    }

    @Test
    void aPieceThatIsThereAndIsNotGivenWholeIsDamaged() {
        for (Answer answer : List.<Answer>of(S3TargetTest::cutOff, S3TargetTest::failed)) {
            get = answer;
            BackupException e =
                    refused(BackupException.Code.DAMAGED, () -> target.get("pieces/ab/x"));
            assertTrue(e.getMessage().contains("pieces/ab/x"), e.getMessage());
        }
        assertEquals(4 + 1 + 4 + 1, heard.size(), "tried again, then asked for");
        assertEquals(Set.of("/backups/nightly/pieces/ab/x"), paths);
    }

    @Test
    void aStoreThatAnswersForNothingIsAway() {
        get = S3TargetTest::failed;
        for (int status : List.of(404, 403)) {
            head = status;
            refused(BackupException.Code.UNAVAILABLE, () -> target.get("pieces/ab/x"));
        }
        head = 503;
        refused(BackupException.Code.UNAVAILABLE, () -> target.get("pieces/ab/x"));
        server.stop(0);
        refused(BackupException.Code.UNAVAILABLE, () -> target.get("pieces/ab/x"));
    }

    @Test
    void aStoreThatIsFullSaysSo() {
        put = 507;
        refused(BackupException.Code.FULL, () -> target.put("pieces/ab/x", BYTES));
        put = 403;
        refused(BackupException.Code.UNAVAILABLE, () -> target.put("pieces/ab/x", BYTES));
    }
}
