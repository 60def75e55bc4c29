package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code x-oss-traffic-limit}; how long the pauses are, {@code PaceTest} tells. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrafficLimitTest {
    /** 0.3 s at the lowest limit. */
    private static final String BODY = "x".repeat(30 << 10);

    private static final long LEAST_NANOS = 300_000_000;

    private InnerDoor door;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        door = new InnerDoor(directory);
        door.ask(Dialect.OSS, "PUT", "/bucket", "");
        door.ask(Dialect.OSS, "PUT", "/bucket/key", BODY);
        door.ask(Dialect.OSS, "POST", "/bucket/log?append&position=0", "");
    }

    @AfterAll
    void close() {
        door.close();
    }

    private long nanos(String method, String target, String body, Map<String, String> headers)
            throws Exception {
        long began = System.nanoTime();
        FakeExchange answer = door.ask(InnerDoor.ROOT, Dialect.OSS, method, target, body, headers);
        assertEquals(200, answer.status(), answer.answerText());
        return System.nanoTime() - began;
    }

    /** A lower bound alone: a slow machine passes, a limit that is passed over doesn't. */
    @Test
    void aBodyTakesAsLongAsItsLimitSays() throws Exception {
        var limit = Map.of("x-oss-traffic-limit", "819200");
        String begun = door.ask(Dialect.OSS, "POST", "/bucket/part?uploads", "").answerText();
        String id = begun.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
        assertTrue(nanos("PUT", "/bucket/new", BODY, limit) >= LEAST_NANOS);
        assertTrue(nanos("GET", "/bucket/key", "", limit) >= LEAST_NANOS);
        assertTrue(nanos("POST", "/bucket/log?append&position=0", BODY, limit) >= LEAST_NANOS);
        String part = "/bucket/part?partNumber=1&uploadId=" + id;
        assertTrue(nanos("PUT", part, BODY, limit) >= LEAST_NANOS);
        String url = "/bucket/key?x-oss-traffic-limit=819200";
        assertTrue(nanos("GET", url, "", Map.of()) >= LEAST_NANOS);
        assertEquals(BODY, door.ask(Dialect.OSS, "GET", url, "").answerText());
        assertEquals(BODY, door.ask(Dialect.OSS, "GET", "/bucket/new", "").answerText());
        assertEquals(BODY, door.ask(Dialect.OSS, "GET", "/bucket/log", "").answerText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "819199", "838860801", "819200.5", "1e6", "100KB"})
    void aLimitThatIsNoneIsRefused(String value) throws Exception {
        var limit = Map.of("x-oss-traffic-limit", value);
        for (String method : new String[] {"GET", "HEAD", "PUT"}) {
            FakeExchange answer =
                    door.ask(InnerDoor.ROOT, Dialect.OSS, method, "/bucket/key", "new", limit);
            assertEquals(400, answer.status());
            String url = "/bucket/key?x-oss-traffic-limit=" + value;
            assertEquals(400, door.ask(Dialect.OSS, method, url, "new").status());
        }
        assertEquals(BODY, door.ask(Dialect.OSS, "GET", "/bucket/key", "").answerText());
    }

    @Test
    void whereNoLimitIsKeptItIsRefused() throws Exception {
        var limit = Map.of("x-oss-traffic-limit", "819200");
        for (String target : new String[] {"/bucket/", "/bucket/key?x-oss-process=image/info"}) {
            FakeExchange answer = door.ask(InnerDoor.ROOT, Dialect.OSS, "GET", target, "", limit);
            assertEquals(501, answer.status());
        }
    }
}
