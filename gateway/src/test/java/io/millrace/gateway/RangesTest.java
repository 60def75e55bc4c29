package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import io.millrace.testkit.RangeVector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ranges that the edge answers too, by the same vectors. */
class RangesTest {
    private static final String BODY = "0123456789";

    @TempDir Path directory;

    @Test
    void theDoorAnswersTheCommonVectors() throws Exception {
        try (InnerDoor door = new InnerDoor(directory)) {
            door.ask(Dialect.S3, "PUT", "/ranges", "");
            door.ask(Dialect.S3, "PUT", "/ranges/10", BODY);
            door.ask(Dialect.S3, "PUT", "/ranges/0", "");
            for (RangeVector vector : RangeVector.all()) {
                check(vector, get(door, Dialect.S3, vector, Map.of()), vector.status());
                check(
                        vector,
                        get(door, Dialect.OSS, vector, Map.of("x-oss-range-behavior", "standard")),
                        vector.status());
                // Without that header OSS gives the whole object for a range past its end.
                check(
                        vector,
                        get(door, Dialect.OSS, vector, Map.of()),
                        vector.status() == 416 ? 200 : vector.status());
            }
        }
    }

    private static FakeExchange get(
            InnerDoor door, Dialect dialect, RangeVector vector, Map<String, String> more)
            throws Exception {
        Map<String, String> headers = new java.util.TreeMap<>(more);
        headers.put("Range", vector.header());
        return door.ask(InnerDoor.ROOT, dialect, "GET", "/ranges/" + vector.size(), "", headers);
    }

    private static void check(RangeVector vector, FakeExchange answer, int status) {
        assertEquals(status, answer.status(), vector.header());
        byte[] body = BODY.substring(0, vector.size()).getBytes(StandardCharsets.UTF_8);
        if (status == 206) {
            assertEquals(vector.contentRange(), answer.answerHeader("Content-Range"));
            assertEquals(new String(vector.of(body), StandardCharsets.UTF_8), answer.answerText());
        } else if (status == 416) {
            assertEquals(vector.contentRange(), answer.answerHeader("Content-Range"));
        } else {
            assertEquals(
                    new String(body, StandardCharsets.UTF_8), answer.answerText(), vector.header());
        }
    }
}
