package io.millrace.work.outgoing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Sender.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What must arrive: kept, tried again, delivered once by its id, or kept as a dead letter. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeliveryTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final SenderOptions OPTIONS =
            SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.1")));

    private record Opened(String device, int number) {}

    private static final Event EVENT =
            new Event("io.millrace.door.opened", "doors/1", new Opened("gate", 7));

    @TempDir Path directory;
    private final TestClock clock = TestClock.running();
    private KeySpace keySpace;
    private Leases leases;
    private Receiver receiver;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keyspace"));
        leases =
                Leases.open(
                        keySpace,
                        "node at 1a2b3c4d",
                        Leases.Options.standard(),
                        MonotonicClock.system());
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        receiver.close();
        leases.close();
        keySpace.close();
    }

    private Sender sender(SenderOptions options) {
        Target target = Target.of(Sender.EVENTS, receiver.url("/events"));
        return Sender.open(keySpace, leases, options, List.of(target), clock.clocks());
    }

    private static void await(String what, Callable<Boolean> come) throws Exception {
        for (int i = 0; i < 2_000; i++) {
            if (come.call()) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("not in time: " + what);
    }

    private static TargetStatus events(Sender sender) {
        return sender.queues().getFirst();
    }

    @Test
    void anEventArrivesAsACloudEvent() throws Exception {
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            await("the event", () -> !receiver.heard.isEmpty());
            Receiver.Heard heard = receiver.heard.getFirst();
            JsonNode json = new ObjectMapper().readTree(heard.body());
            assertEquals("1.0", json.path("specversion").asText());
            assertEquals(heard.id(), json.path("id").asText());
            assertEquals("urn:millrace:node:node", json.path("source").asText());
            assertEquals("io.millrace.door.opened", json.path("type").asText());
            assertEquals("doors/1", json.path("subject").asText());
            assertEquals("{\"device\":\"gate\",\"number\":7}", json.path("data").toString());
            await("its end", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
            assertEquals(
                    0,
                    keySpace.scan(
                                    io.millrace.keyspace.Scan.prefix(
                                            OutgoingRows.waiting(Sender.EVENTS), 10))
                            .size());
            assertTrue(!events(sender).failing());
        }
    }

    @Test
    void anEventIsInTheCommitThatMakesItTrueOrNowhere() {
        receiver.answer = Receiver.status(503);
        byte[] key = Keys.family('M').text("fact").done();
        try (Sender sender = sender(OPTIONS)) {
            Batch.Builder lost = Batch.builder().holds(key, new byte[] {1}).put(key, new byte[2]);
            sender.add(lost, EVENT);
            assertTrue(!keySpace.commit(lost.build()).committed());
            Batch.Builder kept = Batch.builder().absent(key).put(key, new byte[2]);
            sender.add(kept, EVENT);
            assertTrue(keySpace.commit(kept.build()).committed());
        }
        assertEquals(1, waitingRows());
    }

    private int waitingRows() {
        return keySpace.scan(
                        io.millrace.keyspace.Scan.prefix(OutgoingRows.waiting(Sender.EVENTS), 100))
                .size();
    }

    @Test
    void whatFailsIsTriedAgainLaterEachTimeUntilItArrivesUnderOneId() throws Exception {
        receiver.answer = Receiver.status(503);
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            long posted = clock.instant().toEpochMilli();
            for (int attempt = 1; attempt <= 3; attempt++) {
                int heard = attempt;
                await("attempt " + heard, () -> receiver.heard.size() == heard);
                await("its row", () -> sender.count(Outcome.FAILED, Sender.EVENTS) == heard);
                OutgoingRows.Place place = place();
                long least = Duration.ofSeconds(5L << (attempt - 1)).toMillis() / 2;
                long wait = place.dueMillis() - clock.instant().toEpochMilli();
                assertTrue(wait <= 2 * least, attempt + ": " + wait);
                assertTrue(wait > least - 30_000, attempt + ": " + wait);
                assertTrue(place.createdMillis() <= posted, "its age counts from its beginning");
                if (attempt == 3) {
                    receiver.answer = Receiver.status(200);
                }
                clock.advance(Duration.ofMillis(2 * least));
            }
            await("success", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
            clock.advance(HOUR);
            sender.post(EVENT); // what follows arrives too, and nothing between
            await("the next", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 2);
            assertEquals(5, receiver.heard.size());
            assertEquals(2, receiver.heard.stream().map(Receiver.Heard::id).distinct().count());
        }
    }

    private OutgoingRows.Place place() {
        byte[] key =
                keySpace.scan(
                                io.millrace.keyspace.Scan.prefix(
                                        OutgoingRows.waiting(Sender.EVENTS), 1))
                        .getFirst()
                        .key();
        return OutgoingRows.place(Sender.EVENTS, key);
    }

    @Test
    void theHostMaySayWhenWithinTheLongestPause() throws Exception {
        for (String[] asked : new String[][] {{"600", "600"}, {"99999999", "3600"}}) {
            receiver.answer =
                    exchange -> {
                        exchange.getResponseHeaders().set("Retry-After", asked[0]);
                        exchange.sendResponseHeaders(429, -1);
                    };
            try (Sender sender = sender(OPTIONS)) {
                sender.post(EVENT);
                await("a failure", () -> sender.count(Outcome.FAILED, Sender.EVENTS) == 1);
                long wait = place().dueMillis() - events(sender).failed().toEpochMilli();
                assertEquals(Long.parseLong(asked[1]) * 1_000, wait);
                sender.discardAll(Sender.EVENTS);
            }
        }
    }

    @Test
    void aNoIsADeadLetterThatIsSentAgainOrDiscarded() throws Exception {
        receiver.answer = Receiver.status(404);
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            sender.post(EVENT);
            await("two letters", () -> sender.dead(Sender.EVENTS) == 2);
            List<DeadLetter> dead = sender.deadLetters(Sender.EVENTS, 0, 10);
            assertEquals("status 404", dead.getFirst().reason());
            assertEquals(1, dead.getFirst().attempts());
            assertEquals("io.millrace.door.opened", dead.getFirst().type());
            assertEquals("doors/1", dead.getFirst().subject());
            assertTrue(events(sender).failing());
            receiver.answer = Receiver.status(200);
            assertTrue(sender.retry(Sender.EVENTS, dead.get(0).number()));
            await("delivery", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
            assertEquals(dead.get(0).id(), receiver.heard.getLast().id());
            assertTrue(sender.discard(Sender.EVENTS, dead.get(1).number()));
            assertTrue(!sender.discard(Sender.EVENTS, dead.get(1).number()));
            assertTrue(!sender.retry(Sender.EVENTS, dead.get(0).number()));
            assertEquals(0, sender.dead(Sender.EVENTS));
            assertEquals(3, receiver.heard.size());
        }
    }

    @Test
    void whatMayPassIsTriedAgainAndWhatStaysIsNot() throws Exception {
        int failed = 0;
        try (Sender sender = sender(OPTIONS)) {
            for (int status : List.of(408, 409, 425, 429, 500, 503)) {
                receiver.answer = Receiver.status(status);
                sender.post(EVENT);
                int expected = ++failed;
                await("" + status, () -> sender.count(Outcome.FAILED, Sender.EVENTS) == expected);
                assertEquals(0, sender.dead(Sender.EVENTS), "status " + status);
                assertEquals(1, waitingRows());
                sender.discardAll(Sender.EVENTS);
            }
            for (int status : List.of(400, 401, 410)) {
                receiver.answer = Receiver.status(status);
                sender.post(EVENT);
                int expected = ++failed;
                await("" + status, () -> sender.count(Outcome.FAILED, Sender.EVENTS) == expected);
                assertEquals(1, sender.dead(Sender.EVENTS), "status " + status);
                sender.discardAll(Sender.EVENTS);
            }
        }
    }

    @Test
    void aLetterThatIsSentAgainHasAllItsAttempts() throws Exception {
        receiver.answer = Receiver.status(500);
        SenderOptions two = OPTIONS.withAttempts(2, Duration.ofMillis(1), Duration.ofMillis(2));
        try (Sender sender = sender(two)) {
            sender.post(EVENT);
            await("a letter", () -> sender.count(Outcome.DEAD, Sender.EVENTS) == 1);
            long number = sender.deadLetters(Sender.EVENTS, 0, 10).getFirst().number();
            assertTrue(sender.retry(Sender.EVENTS, number));
            await("the letter again", () -> sender.count(Outcome.DEAD, Sender.EVENTS) == 2);
            assertEquals(4, sender.count(Outcome.FAILED, Sender.EVENTS));
        }
    }

    @Test
    void whatIsDiscardedDuringItsCallStaysDiscarded() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        receiver.answer =
                exchange -> {
                    awaitOpen(go);
                    Receiver.status(503).to(exchange);
                };
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            await("the call", () -> receiver.heard.size() == 1);
            sender.discardAll(Sender.EVENTS);
            receiver.answer = Receiver.status(204);
            go.countDown();
            sender.post(EVENT); // is looked at once the first one's call has been noted
            await("the other", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
            assertEquals(0, waitingRows());
            assertEquals(0, sender.count(Outcome.FAILED, Sender.EVENTS));
        }
    }

    private static void awaitOpen(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aCallThatTheStoppingServerBreaksOffIsNoAttempt() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        receiver.answer = exchange -> awaitOpen(go);
        SenderOptions one = OPTIONS.withAttempts(1, Duration.ofMillis(1), Duration.ofMillis(2));
        try (Sender sender = sender(one)) {
            sender.post(EVENT);
            await("the call", () -> receiver.heard.size() == 1);
        }
        go.countDown();
        assertEquals(1, waitingRows(), "it is no dead letter");
        receiver.answer = Receiver.status(204);
        try (Sender sender = sender(one)) {
            await("delivery", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
        }
        assertEquals(receiver.heard.get(0).id(), receiver.heard.get(1).id());
    }

    @Test
    void messagesThatTwoNodesAddInOneMillisecondAreAllKept() {
        Outbox one = new Outbox(keySpace, OPTIONS, clock.clocks().monotonic());
        Outbox other = new Outbox(keySpace, OPTIONS, clock.clocks().monotonic());
        Message message = new Message("id", "type", "x/y", 1_000, 0, 0, "", new byte[1]);
        int each = 150; // takes several blocks of numbers
        for (int i = 0; i < each; i++) {
            for (Outbox outbox : List.of(one, other)) {
                Batch.Builder batch = Batch.builder();
                assertTrue(outbox.add(batch, "t", message));
                assertTrue(outbox.commit(batch.build()));
            }
        }
        assertEquals(
                2 * each,
                keySpace.scan(io.millrace.keyspace.Scan.prefix(OutgoingRows.waiting("t"), 4 * each))
                        .size());
    }

    @Test
    void attemptsEndAndDeadLettersAreBounded() throws Exception {
        receiver.answer = Receiver.status(500);
        SenderOptions few =
                OPTIONS.withAttempts(3, Duration.ofMillis(1), Duration.ofMillis(2))
                        .withQueue(10, 2);
        try (Sender sender = sender(few)) {
            for (int i = 1; i <= 3; i++) {
                sender.post(EVENT);
                int letters = i;
                await("a letter", () -> sender.count(Outcome.DEAD, Sender.EVENTS) == letters);
            }
            assertEquals(9, receiver.heard.size());
            assertEquals(2, sender.dead(Sender.EVENTS), "the oldest made room");
            assertEquals(1, sender.count(Outcome.DROPPED, Sender.EVENTS));
        }
    }

    @Test
    void aFullQueueTakesNoMoreAndSaysSo() throws Exception {
        receiver.answer = Receiver.status(503);
        try (Sender sender = sender(OPTIONS.withQueue(3, 2))) {
            for (int i = 0; i < 5; i++) {
                sender.post(EVENT);
            }
            assertEquals(2, sender.count(Outcome.DROPPED, Sender.EVENTS));
            assertEquals(3, sender.waiting(Sender.EVENTS));
            assertNotNull(events(sender).oldest());
            OutgoingException full =
                    assertThrows(OutgoingException.class, () -> sender.test(Sender.EVENTS));
            assertEquals(OutgoingException.Code.FULL, full.code());
            assertThrows(OutgoingException.class, () -> sender.test("others"));
        }
    }

    @Test
    void whatWaitsOutlivesTheServerAndAClockThatIsSetBack() throws Exception {
        receiver.answer = Receiver.status(503);
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            await("a failure", () -> sender.count(Outcome.FAILED, Sender.EVENTS) == 1);
        }
        clock.stepWall(Duration.ofDays(-30));
        receiver.answer = Receiver.status(200);
        try (Sender sender = sender(OPTIONS)) {
            await("delivery", () -> sender.count(Outcome.DELIVERED, Sender.EVENTS) == 1);
        }
        assertEquals(2, receiver.heard.size());
        assertEquals(receiver.heard.get(0).id(), receiver.heard.get(1).id());
    }

    @Test
    void rowsOfATargetThatIsSetNoMoreAreSeenAndDiscarded() throws Exception {
        receiver.answer = Receiver.status(404);
        try (Sender sender = sender(OPTIONS)) {
            sender.post(EVENT);
            await("a letter", () -> sender.dead(Sender.EVENTS) == 1);
        }
        try (Sender none = Sender.open(keySpace, leases, OPTIONS, List.of(), clock.clocks())) {
            assertEquals(1, events(none).dead());
            assertEquals(null, events(none).address());
            none.post(EVENT);
            none.discardAll(Sender.EVENTS);
            assertEquals(List.of(), none.queues());
        }
        assertEquals(0, waitingRows());
    }

    /** By openssl, which nobody here wrote; both secrets while a receiver changes over. */
    @Test
    void theSignatureIsVerifiedByOpenssl() throws Exception {
        SenderOptions signed =
                OPTIONS.withSecrets(Sender.EVENTS, List.of("new-secret-0123", "old-secret-0123"));
        try (Sender sender = sender(signed)) {
            sender.post(EVENT);
            await("the event", () -> !receiver.heard.isEmpty());
        }
        Receiver.Heard heard = receiver.heard.getFirst();
        String[] parts = heard.signature().split(",");
        assertEquals(3, parts.length, heard.signature());
        String seconds = parts[0].replace("t=", "");
        long skew = clock.instant().getEpochSecond() - Long.parseLong(seconds);
        assertTrue(Math.abs(skew) < 600, heard.signature());
        Path body = Files.write(directory.resolve("body"), heard.body());
        assertEquals(parts[1], "v1=" + openssl(seconds, body, "new-secret-0123"));
        assertEquals(parts[2], "v1=" + openssl(seconds, body, "old-secret-0123"));
    }

    private static String openssl(String seconds, Path body, String secret) throws Exception {
        // As in docs/guide/hooks.md.
        String script =
                "{ printf '%s.' \"$1\"; cat \"$2\"; } | openssl dgst -sha256 -hmac \"$3\" -r"
                        + " | cut -d' ' -f1";
        Process process =
                new ProcessBuilder("sh", "-c", script, "sh", seconds, body.toString(), secret)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return said.strip();
    }
}
