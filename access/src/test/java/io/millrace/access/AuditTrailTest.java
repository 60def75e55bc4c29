package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Scan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The audit trail: a chain of bounded length, in which nothing is missing that it does not say. */
@Timeout(120)
class AuditTrailTest {
    private static final int KEEP = 1_000;

    @TempDir Path directory;
    private Parts parts;
    private StoredAudit audit;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        audit = new StoredAudit(parts.rows, parts.clock, KEEP);
    }

    @AfterEach
    void close() {
        audit.close();
        parts.close();
    }

    private static Audit.Event event(String resource) {
        return new Audit.Event("actor", "action", resource, "done", "detail", "R", "::1");
    }

    private List<String> resources(long below, int limit) {
        return audit.list(below, limit).stream().map(e -> e.event().resource()).toList();
    }

    private void put(long sequence, Records.AuditRow row) {
        parts.elsewhere(Rows.auditKey(sequence), row);
    }

    private Records.AuditRow row(long sequence) {
        return java.util.Objects.requireNonNull(
                parts.rows.get(Rows.auditKey(sequence), Records.AuditRow.class));
    }

    private Records.AuditHead head() {
        return java.util.Objects.requireNonNull(
                parts.rows.get(Rows.key("meta", "audit-head"), Records.AuditHead.class));
    }

    @Test
    void whatIsWrittenStandsThereWhenItReturnsTheNewestFirst() {
        assertEquals(-1, audit.verify(), "nothing yet");
        assertEquals(List.of(), audit.list(Long.MAX_VALUE, 9));
        audit.write(event("a"));
        parts.clock.advance(Duration.ofSeconds(1));
        audit.write(event("b"));
        audit.write(event("c"));
        List<Audit.Entry> all = audit.list(Long.MAX_VALUE, 9);
        assertEquals(List.of("c", "b", "a"), resources(Long.MAX_VALUE, 9));
        assertEquals(List.of("c", "b"), resources(Long.MAX_VALUE, 2));
        assertEquals(List.of("b", "a"), resources(3, 9));
        assertEquals(List.of("c"), resources(Long.MAX_VALUE, 0), "one at least");
        Audit.Entry oldest = all.getLast();
        assertEquals(new Audit.Entry(1, Parts.NOON, event("a"), row(1).hash()), oldest);
        assertEquals(Parts.NOON.plusSeconds(1), all.getFirst().time());
        assertEquals("0".repeat(64), row(1).before());
        assertEquals(row(1).hash(), row(2).before());
        assertEquals(new Records.AuditHead(3, 1, row(3).hash()), head());
        assertEquals(-1, audit.verify());
        assertTrue(parts.commits.seen.stream().allMatch(Batch::sync), "durable");
    }

    @Test
    void textsAreCutAtAThousandAndTwentyFourCharacters() {
        String most = "x".repeat(1_024);
        String more = most + "y";
        audit.write(new Audit.Event(more, more, more, more, more, more, more));
        assertEquals(
                new Audit.Event(most, most, most, most, most, most, most),
                audit.list(Long.MAX_VALUE, 1).getFirst().event());
        audit.write(new Audit.Event(most, "", "", "", "", "", ""));
        assertEquals(most, audit.list(Long.MAX_VALUE, 1).getFirst().event().actor());
        assertEquals(-1, audit.verify());
    }

    /** Whatever is changed, left out or put in its place shows. */
    @Test
    void theChainShowsWhatWasChanged() {
        for (int i = 1; i <= 5; i++) {
            audit.write(event("r" + i));
        }
        Records.AuditRow third = row(3);
        Records.AuditHead head = head();
        put(
                3,
                new Records.AuditRow(
                        third.time() + 1,
                        third.actor(),
                        third.action(),
                        third.resource(),
                        third.decision(),
                        third.detail(),
                        third.requestId(),
                        third.sourceAddress(),
                        third.before(),
                        third.hash()));
        assertEquals(3, audit.verify(), "another time");
        put(3, row(4));
        assertEquals(3, audit.verify(), "another's place");
        parts.elsewhereGone(Rows.auditKey(3));
        assertEquals(3, audit.verify(), "left out");
        put(3, third);
        assertEquals(-1, audit.verify());
        parts.elsewhereGone(Rows.auditKey(1));
        assertEquals(1, audit.verify(), "the first");
        put(1, row(2));
        parts.elsewhere(Rows.key("meta", "audit-head"), new Records.AuditHead(5, 2, head.hash()));
        assertEquals(-1, audit.verify(), "of what is kept");
        parts.elsewhereGone(Rows.auditKey(5));
        assertEquals(5, audit.verify(), "the last");
        parts.elsewhere(Rows.key("meta", "audit-head"), new Records.AuditHead(4, 2, head.hash()));
        assertEquals(4, audit.verify(), "the head knows of a later one");
        parts.elsewhere(Rows.key("meta", "audit-head"), new Records.AuditHead(7, 6, head.hash()));
        assertEquals(6, audit.verify(), "none at all");
        assertNotEquals(third.hash(), row(4).hash());
    }

    /** A run of rows that were cut out and the rest sealed anew would have another beginning. */
    @Test
    void aRowMustFollowTheOneBefore() {
        audit.write(event("a"));
        audit.write(event("b"));
        Path other = directory.resolve("other");
        try (Parts elsewhere = new Parts(other)) {
            StoredAudit foreign = new StoredAudit(elsewhere.rows, parts.clock, KEEP);
            foreign.write(event("x"));
            foreign.write(event("b"));
            byte[] key = Rows.auditKey(2);
            parts.keySpace.commit(
                    Batch.builder()
                            .put(key, java.util.Objects.requireNonNull(elsewhere.rows.raw(key)))
                            .build());
            foreign.close();
        }
        assertEquals(2, audit.verify());
    }

    @Test
    void pastItsBoundTheOldestGoATenthAtATime() {
        hold(() -> IntStream.range(1, 1_099).forEach(i -> audit.note(event("r" + i))));
        audit.write(event("flush"));
        assertEquals(1_100, head().newest());
        assertEquals(1, head().oldest());
        assertEquals(-1, audit.verify(), "over more than a page");
        audit.write(event("one more"));
        assertEquals(102, head().oldest());
        assertEquals(1_000, parts.keySpace.scan(Scan.prefix(Rows.key("audit"), 2_000)).size());
        assertEquals(102, audit.list(103, 1).getFirst().sequence());
        assertEquals(List.of(), audit.list(102, 9));
        assertEquals(-1, audit.verify());
        assertEquals(1_000, audit.list(Long.MAX_VALUE, 5_000).size());
    }

    /** Does that while the writer waits in a commit. */
    private void hold(Runnable meanwhile) {
        CompletableFuture<Void> there = new CompletableFuture<>();
        CompletableFuture<Void> go = new CompletableFuture<>();
        parts.commits.before(
                () -> {
                    there.complete(null);
                    go.join();
                });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Void> held =
                    CompletableFuture.runAsync(() -> audit.write(event("held")), threads);
            try {
                // Or it fails, and never comes to its commit.
                CompletableFuture.anyOf(there, held).join();
                meanwhile.run();
            } finally {
                go.complete(null);
            }
            held.join();
        }
    }

    @Test
    void manyNotesAreFewCommitsThatDoNotWaitForTheDisk() {
        hold(() -> IntStream.range(0, 150).forEach(i -> audit.note(event("r" + i))));
        audit.close();
        assertEquals(151, head().newest());
        List<Batch> commits = parts.commits.seen.subList(1, parts.commits.seen.size());
        assertEquals(3, commits.size());
        assertEquals(1 + 1 + 100, ops(commits.get(1)), "a hundred at once, and the head");
        assertTrue(commits.getFirst().sync(), "somebody waited for that one");
        assertTrue(commits.stream().skip(1).noneMatch(Batch::sync));
    }

    private static int ops(Batch batch) {
        return batch.guards().size() + batch.mutations().size();
    }

    @Test
    void aFullQueueDropsEventsAndSaysHowMany() {
        audit.close();
        audit = new StoredAudit(parts.rows, parts.clock, 20_000);
        hold(() -> IntStream.range(0, 10_003).forEach(i -> audit.note(event("r"))));
        audit.close();
        assertEquals(1 + 10_000 + 1, head().newest());
        assertEquals(
                new Audit.Event("system", "audit.dropped", "", "done", "3 events", "", ""),
                audit.list(103, 1).getFirst().event());
    }

    @Test
    void aRecordThatCannotBeWrittenIsSaid() {
        parts.commits.answer(1, new CommitOutcome.Unknown("the line broke"));
        AccessException e = assertThrows(AccessException.class, () -> audit.write(event("a")));
        assertEquals(AccessException.Code.STORAGE, e.code());
        assertEquals("The audit record could not be written.", e.getMessage());
        parts.commits.answer(20, new CommitOutcome.Conflict(0));
        assertThrows(AccessException.class, () -> audit.write(event("a")));
        parts.commits.answer(19, new CommitOutcome.Conflict(0));
        audit.write(event("b"));
        assertEquals(List.of("b"), resources(Long.MAX_VALUE, 9), "and the writer goes on");
    }

    @Test
    void anErrorInTheEngineIsToldAtOnceAndTheWriterGoesOn() {
        parts.commits.before(
                () -> {
                    throw new OutOfMemoryError("of this test");
                });
        AccessException e = assertThrows(AccessException.class, () -> audit.write(event("a")));
        assertInstanceOf(OutOfMemoryError.class, e.getCause().getCause());
        audit.write(event("b"));
        assertEquals(List.of("b"), resources(Long.MAX_VALUE, 9));
    }

    @Test
    void anotherNodesRecordsStandInTheSameChain() {
        audit.write(event("a"));
        StoredAudit other = new StoredAudit(new Rows(parts.keySpace), parts.clock, KEEP);
        parts.commits.before(() -> other.write(event("b")));
        audit.write(event("c"));
        assertEquals(List.of("c", "b", "a"), resources(Long.MAX_VALUE, 9));
        assertEquals(-1, audit.verify());
        other.close();
    }

    @Test
    void whoIsInterruptedOrTooLateIsTold() {
        Thread.currentThread().interrupt();
        AccessException e = assertThrows(AccessException.class, () -> audit.write(event("a")));
        assertEquals("Interrupted.", e.getMessage());
        assertTrue(Thread.interrupted());
        audit.close();
        AccessException late = assertThrows(AccessException.class, () -> audit.write(event("b")));
        assertEquals("The audit trail does not keep up.", late.getMessage());
        assertEquals(AccessException.Code.STORAGE, late.code());
    }

    @Test
    void whatWaitsIsWrittenBeforeTheTrailIsClosed() {
        hold(() -> audit.note(event("waits")));
        audit.close();
        assertEquals(List.of("waits", "held"), resources(Long.MAX_VALUE, 9));
        assertInstanceOf(AutoCloseable.class, audit);
    }
}
