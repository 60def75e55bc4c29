package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.Audit;
import io.millrace.keyspace.Batch;
import io.millrace.work.outgoing.Event;
import io.millrace.work.outgoing.Sender;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the console shows of outgoing calls, who may change it, and what it never says. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutgoingApiTest {
    @TempDir Path directory;
    private ConsoleFixture f;

    @BeforeEach
    void open() {
        f = new ConsoleFixture(directory);
        f.signIn();
    }

    @AfterEach
    void close() throws Exception {
        f.close();
    }

    private record Nothing() {}

    private JsonNode events() {
        return f.get("/api/outgoing").json().path("targets").path(0);
    }

    @Test
    void failuresAreSeenAndPasswordsAreNot() throws Exception {
        assertEquals("new", events().path("state").asText());
        assertEquals(200, f.post("/api/outgoing/events/test", Map.of()).status());
        for (int i = 0; i < 1_000 && !events().path("state").asText().equals("failing"); i++) {
            Thread.sleep(20);
        }
        JsonNode seen = events();
        assertEquals("failing", seen.path("state").asText());
        assertEquals("the connection was refused", seen.path("reason").asText());
        assertEquals(1, seen.path("waiting").asInt());
        assertEquals("http://127.0.0.1:1/…", seen.path("address").asText());
        assertEquals("queue", seen.path("kind").asText());
        assertFalse(f.get("/api/outgoing").text().contains("hunter2"));

        String hook = "https://u:hunter2@hook.example/hunter2?k=hunter2";
        assertEquals(200, f.call("PUT", "/api/device-hook", Map.of("url", hook)).status());
        String devices = f.get("/api/devices").text();
        assertTrue(devices.contains("https://hook.example/…"), devices);
        JsonNode asked = f.get("/api/outgoing").json().path("targets").path(1);
        assertEquals("question", asked.path("kind").asText());
        for (String wrong :
                List.of("http://u:hunter2@10.0.0.1/", "ftp://hunter2", "http:// hunter2")) {
            ConsoleFixture.Answer no = f.call("PUT", "/api/device-hook", Map.of("url", wrong));
            assertEquals(400, no.status());
            assertFalse(no.text().contains("hunter2"), no.text());
        }
        String all = devices + f.get("/api/outgoing").text();
        assertFalse(all.contains("hunter2"), all);
        assertFalse(f.access.audit().list(Long.MAX_VALUE, 100).toString().contains("hunter2"));
    }

    @Test
    void whoMayLookMayNotSendOrDiscard() {
        Batch.Builder batch = Batch.builder();
        f.sender.add(batch, new Event("io.millrace.x", "x", new Nothing()));
        assertTrue(f.keySpace.commit(batch.build()).committed());
        f.access.users().create("viewer", "a-long-password", List.of("ReadOnlyAccess")).orThrow();
        f.cookie = null;
        f.keep(f.post("/api/session", Map.of("user", "viewer", "password", "a-long-password")));
        assertEquals(200, f.get("/api/outgoing").status());
        assertEquals(200, f.get("/api/outgoing/events/dead").status());
        for (String path :
                List.of("/api/outgoing/events/test", "/api/outgoing/events/dead/1/retry")) {
            assertEquals(403, f.post(path, Map.of()).status(), path);
        }
        assertEquals(403, f.call("DELETE", "/api/outgoing/events/dead/1", null).status());
        assertEquals(403, f.call("DELETE", "/api/outgoing/events", null).status());
        assertEquals(1, f.sender.waiting(Sender.EVENTS));
    }

    @Test
    void whatIsNotThereIsA404AndWhatIsDoneStandsInTheAudit() {
        assertEquals(404, f.post("/api/outgoing/others/test", Map.of()).status());
        assertEquals(404, f.post("/api/outgoing/events/dead/77/retry", Map.of()).status());
        assertEquals(400, f.post("/api/outgoing/events/dead/x/retry", Map.of()).status());
        assertEquals(404, f.call("DELETE", "/api/outgoing/events/dead/77", null).status());
        assertEquals(200, f.call("DELETE", "/api/outgoing/events", null).status());
        Audit.Event last = f.access.audit().list(Long.MAX_VALUE, 1).getFirst().event();
        assertEquals("admin:Outgoing", last.action());
        assertEquals("DELETE /api/outgoing/events", last.detail());
    }
}
