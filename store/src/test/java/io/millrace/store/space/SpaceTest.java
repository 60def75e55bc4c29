package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SpaceTest {
    private static final byte[] KEY = {'k'};
    private static final Scan SCAN = Scan.prefix(KEY, 1);

    @Test
    void eachFailureOfTheKeySpaceIsOneOfTheStores() {
        for (KeySpaceException.Code code : KeySpaceException.Code.values()) {
            Space space = new Space(new StubKeySpace(code), true);
            calls(space)
                    .forEach(
                            (what, call) -> {
                                StoreException failure =
                                        assertThrows(StoreException.class, call, what);
                                assertEquals(expected(code), failure.code());
                                assertEquals(what + " failed", failure.getMessage());
                                assertInstanceOf(KeySpaceException.class, failure.getCause());
                            });
        }
    }

    private static Map<String, Executable> calls(Space space) {
        Map<String, Executable> calls = new LinkedHashMap<>();
        calls.put("get", () -> space.get(KEY));
        calls.put("multiGet", () -> space.multiGet(List.of(KEY)));
        calls.put("scan", () -> space.scan(SCAN));
        calls.put("scanDelimited", () -> space.scanDelimited(KEY, KEY, KEY, 1));
        calls.put("commit", () -> space.tryCommit(batch()));
        calls.put("storeNow", space::now);
        calls.put("idBlock", () -> space.idBlock("n", 1));
        calls.put("id", space::id);
        calls.put("giveBack", space::giveBack);
        return calls;
    }

    private static StoreException.Code expected(KeySpaceException.Code code) {
        return switch (code) {
            case LIMIT -> StoreException.Code.INVALID_ARGUMENT;
            case CLOSED -> StoreException.Code.CLOSED;
            case BUSY -> StoreException.Code.BUSY;
            case DISK_FULL -> StoreException.Code.DISK_FULL;
            case CORRUPT -> StoreException.Code.CORRUPT;
            case UNAVAILABLE -> StoreException.Code.UNAVAILABLE;
            case FAILED, LOCKED, FORMAT -> StoreException.Code.STORAGE_FAILED;
        };
    }

    @Test
    void readsAreTheKeySpacesOwn() {
        byte[] value = {1};
        List<byte @Nullable []> values = List.of(value);
        List<Entry> entries = List.of(new Entry(KEY, value));
        List<Listed> listed = List.of(new Listed.Key(KEY, value));
        UUID id = UUID.randomUUID();
        AtomicInteger givenBack = new AtomicInteger();
        Space space =
                new Space(
                        new StubKeySpace(KeySpaceException.Code.FAILED) {
                            @Override
                            public byte[] get(byte[] key) {
                                return value;
                            }

                            @Override
                            public List<byte @Nullable []> multiGet(List<byte[]> keys) {
                                return values;
                            }

                            @Override
                            public List<Entry> scan(Scan scan) {
                                return entries;
                            }

                            @Override
                            public List<Listed> scanDelimited(
                                    byte[] prefix, byte[] delimiter, byte[] after, int limit) {
                                return listed;
                            }

                            @Override
                            public Instant storeNow() {
                                return Instant.EPOCH;
                            }

                            @Override
                            public UUID id() {
                                return id;
                            }

                            @Override
                            public void giveBack() {
                                givenBack.incrementAndGet();
                            }
                        },
                        true);
        assertSame(value, space.get(KEY));
        assertSame(values, space.multiGet(List.of(KEY)));
        assertSame(entries, space.scan(SCAN));
        assertSame(listed, space.scanDelimited(KEY, KEY, KEY, 1));
        assertEquals(Instant.EPOCH, space.now());
        assertEquals(id, space.id());
        space.giveBack();
        assertEquals(1, givenBack.get());
    }

    @Test
    void commitsWaitForTheDiskUnlessTheStoreIsRelaxed() {
        for (boolean sync : List.of(true, false)) {
            Committing committing = new Committing(new CommitOutcome.Committed(List.of()));
            Space space = new Space(committing, sync);
            assertEquals(sync, space.strict());
            assertTrue(space.commit(batch(), () -> false));
            assertTrue(space.tryCommit(batch()));
            assertTrue(space.tryCommitDurably(batch()));
            assertEquals(List.of(sync, sync, true), committing.synced);
        }
    }

    @Test
    void aConflictIsFalseAndChangesNothing() {
        Space space = new Space(new Committing(new CommitOutcome.Conflict(0)), true);
        assertFalse(space.commit(batch(), () -> true));
        assertFalse(space.tryCommit(batch()));
        assertFalse(space.tryCommitDurably(batch()));
    }

    @Test
    void doubtIsAskedAboutAndCountsAsAConflictOnlyWhereItIsDoneAgain() {
        Space space = new Space(new Committing(new CommitOutcome.Unknown("a test")), true);
        assertTrue(space.commit(batch(), () -> true));
        AtomicInteger asked = new AtomicInteger();
        assertTrue(space.commit(batch(), () -> asked.incrementAndGet() == 2));
        assertEquals(2, asked.get());
        assertFalse(space.tryCommit(batch()));
        assertFalse(space.tryCommitDurably(batch()));
    }

    @Test
    void whatCantBeAskedAboutStaysInDoubt() {
        Space space = new Space(new Committing(new CommitOutcome.Unknown("a test")), true);
        StoreException unknown =
                assertThrows(
                        StoreException.class,
                        () ->
                                space.commit(
                                        batch(),
                                        () -> {
                                            throw new StoreException(
                                                    StoreException.Code.UNAVAILABLE, "gone");
                                        }));
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, unknown.code());
    }

    @Test
    void whoIsInterruptedWhileWaitingIsToldAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        StoreException closed =
                assertThrows(StoreException.class, () -> Space.pause(Duration.ofMinutes(1)));
        assertEquals(StoreException.Code.CLOSED, closed.code());
        assertTrue(Thread.interrupted());
        assertNotNull(closed.getCause());
    }

    private static Batch.Builder batch() {
        return Batch.builder().put(new byte[] {'K'}, new byte[] {1});
    }

    private static final class Committing extends StubKeySpace {
        private final CommitOutcome outcome;
        final List<Boolean> synced = new ArrayList<>();

        Committing(CommitOutcome outcome) {
            super(KeySpaceException.Code.FAILED);
            this.outcome = outcome;
        }

        @Override
        public CommitOutcome commit(Batch batch) {
            synced.add(batch.sync());
            return outcome;
        }
    }
}
