package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.registry.RegistryRows;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a start that meets another one, or is cut off from the key space. */
class StoreStartsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final byte[] BYTES = Fixture.bytes(1, 50_000);

    @TempDir Path root;
    private final TestClock clock = new TestClock(NOW);
    private KeySpace keySpace;

    @BeforeEach
    void open() {
        keySpace = Fixture.rocks(root);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private Path directory(String name) {
        return root.resolve(name).resolve("volumes");
    }

    private Store start(KeySpace over, Leases leases, Extents extents) {
        return Store.open(over, leases, extents, Fixture.quick(), clock.clocks());
    }

    /** Starts, writes and stops; what the start's epoch was. */
    private long started(KeySpace over, String name) {
        try (Leases leases = Fixture.leases(over, name);
                Extents extents = Fixture.extents(root.resolve(name));
                Store store = start(over, leases, extents)) {
            store.buckets().create(Fixture.BUCKET, "root", BucketAcl.PRIVATE);
            put(store, name);
            return extents.identity().epoch();
        }
    }

    private static void put(Store store, String key) {
        PutObject request = PutObject.of(Fixture.BUCKET, key, BYTES.length);
        assertInstanceOf(PutOutcome.Stored.class, store.objects().put(request, BYTES));
    }

    private Object storeOf(String name) {
        try (Extents extents = Fixture.extents(root.resolve(name))) {
            return extents.identity().store();
        }
    }

    private String placeOf(String name) {
        try (Extents extents = Fixture.extents(root.resolve(name))) {
            return extents.identity().place().address();
        }
    }

    private String refused(KeySpace over, String name) {
        StoreException refused = assertThrows(StoreException.class, () -> started(over, name));
        assertEquals(StoreException.Code.EXTENTS_REFUSED, refused.code(), refused.getMessage());
        return String.valueOf(refused.getMessage());
    }

    private static void assertSays(String text, Object... words) {
        for (Object word : words) {
            assertTrue(text.contains(word.toString()), word + " in: " + text);
        }
    }

    @Test
    void twoStoresOverTheSameOpenExtentsAreOneStart() {
        try (Leases leases = Fixture.leases(keySpace, "a");
                Extents extents = Fixture.extents(root.resolve("a"));
                Store one = start(keySpace, leases, extents)) {
            one.buckets().create(Fixture.BUCKET, "root", BucketAcl.PRIVATE);
            long epoch = extents.identity().epoch();
            try (Store other = start(keySpace, leases, extents)) {
                put(other, "k");
                assertEquals(epoch, extents.identity().epoch());
            }
            put(one, "l");
        }
        assertEquals(2, started(keySpace, "a"));
    }

    @Test
    void aStartWhoseAnswerGetsLostIsMadeOnce() {
        for (int commit = 0; ; commit++) {
            Steps steps = new Steps(keySpace);
            steps.insteadOfCommit(
                    commit,
                    (real, batch) -> {
                        real.commit(batch);
                        return new CommitOutcome.Unknown("the connection broke");
                    });
            long epoch = started(steps, "a");
            if (!steps.happened()) {
                assertTrue(commit > 2, "the start's own commit came too");
                return;
            }
            assertEquals(commit + 1, epoch);
        }
    }

    @Test
    void aStartThatIsLeftInDoubtIsNotTakenForMade() {
        started(keySpace, "a");
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, inDoubt(StoreStartsTest::breaks));
        // The answer comes: it was not made, as far as can be seen now.
        assertEquals(StoreException.Code.CLOSED, inDoubt(() -> Thread.currentThread().interrupt()));
        assertTrue(Thread.interrupted());
        assertEquals(2, started(keySpace, "a"), "the start that was not made is gone on with");
    }

    private StoreException.Code inDoubt(Runnable whenAsked) {
        Steps steps = new Steps(keySpace);
        Steps.Fate lost =
                new Steps.Fate() {
                    @Override
                    public CommitOutcome apply(KeySpace real, Batch batch) {
                        if (!BeforeCommit.puts(batch, StoreKeys.extentStores())) {
                            steps.insteadOfCommit(0, this);
                            return real.commit(batch);
                        }
                        steps.before(0, whenAsked);
                        return new CommitOutcome.Unknown("the connection broke");
                    }
                };
        steps.insteadOfCommit(0, lost);
        try (Leases leases = Fixture.leases(steps, "a");
                Extents extents = Fixture.extents(root.resolve("a"))) {
            StoreException doubt =
                    assertThrows(StoreException.class, () -> start(steps, leases, extents));
            assertTrue(steps.happened());
            return doubt.code();
        }
    }

    private static void breaks() {
        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "the connection broke");
    }

    private void cutOff(String name, Leases leases, Extents extents) {
        BeforeCommit cut = new BeforeCommit(keySpace);
        cut.ofPut(StoreKeys.extentStores(), StoreStartsTest::breaks);
        StoreException failed =
                assertThrows(StoreException.class, () -> start(cut, leases, extents), name);
        assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
    }

    @Test
    void theFirstStartOfADirectoryThatIsCutOffIsGoneOnWith() {
        started(keySpace, "a");
        try (Leases a = Fixture.leases(keySpace, "a");
                Leases b = Fixture.leases(keySpace, "b");
                Extents first = Fixture.extents(root.resolve("a"));
                Store running = start(keySpace, a, first);
                Extents second = Fixture.extents(root.resolve("b"))) {
            assertEquals(2, first.identity().epoch());
            cutOff("b", b, second);
            assertEquals(1, second.identity().epoch());
            try (Store again = start(keySpace, b, second)) {
                put(again, "k");
            }
            put(running, "l");
        }
        // Where it is the only one that starts: it was let in before.
        try (Leases leases = Fixture.leases(keySpace, "c");
                Leases a = Fixture.leases(keySpace, "a");
                Extents first = Fixture.extents(root.resolve("a"));
                Extents third = Fixture.extents(root.resolve("c"))) {
            start(keySpace, a, first).close();
            try (Store running = start(keySpace, a, first)) {
                cutOff("c", leases, third);
                put(running, "m");
            }
        }
        assertEquals(2, started(keySpace, "c"));
    }

    @Test
    void extentsThatAreStillOpenAreNotLetInWhenTheirStoreWasStartedElsewhereSince()
            throws Exception {
        Path copy = Files.createDirectories(directory("copy"));
        try (Leases leases = Fixture.leases(keySpace, "a");
                Extents extents = Fixture.extents(root.resolve("a"))) {
            start(keySpace, leases, extents).close();
            try (var files = Files.list(directory("a"))) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            Files.createFile(copy.resolve("store.adopt"));
            started(keySpace, "copy");
            StoreException refused =
                    assertThrows(StoreException.class, () -> start(keySpace, leases, extents));
            assertSays(String.valueOf(refused.getMessage()), "started since", copy.toRealPath());
        }
    }

    /** On many machines a second store is the rule, whoever runs at the time. */
    @Test
    void anEmptyDirectoryJoinsAKeySpaceOfManyMachinesAtAnyTime() {
        started(keySpace, "a");
        assertEquals(1, started(new Steps(keySpace), "b"));
    }

    @Test
    void ofTwoStartsAtOnceOneIsToldToTryAgainAndThenGoesOnAsTheNext() {
        started(keySpace, "a");
        byte[] row = keySpace.scan(Scan.prefix(StoreKeys.extentStores(), 1)).getFirst().key();
        byte[] before = keySpace.get(row);
        BeforeCommit between = new BeforeCommit(keySpace);
        between.ofPut(
                StoreKeys.extentStores(),
                () -> keySpace.commit(Batch.builder().delete(row).build()));
        StoreException busy = assertThrows(StoreException.class, () -> started(between, "a"));
        assertEquals(StoreException.Code.BUSY, busy.code());
        assertTrue(between.happened());
        keySpace.commit(Batch.builder().put(row, java.util.Objects.requireNonNull(before)).build());
        assertTrue(started(keySpace, "a") > 1, "above every start that may have written");
    }

    @Test
    void aRefusalSaysWhichStoreWhereAndWhenItStartedLastAndLetsTheNextTryInAtOnce()
            throws Exception {
        started(keySpace, "a");
        Object store = storeOf("a");
        Path copy = Files.createDirectories(directory("copy"));
        try (var files = Files.list(directory("a"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        started(keySpace, "a");
        try (Leases leases = Fixture.leases(keySpace, "copy");
                Leases others = Fixture.leases(keySpace, "another node")) {
            try (Extents extents = Fixture.extents(root.resolve("copy"))) {
                StoreException refused =
                        assertThrows(StoreException.class, () -> start(keySpace, leases, extents));
                assertSays(
                        String.valueOf(refused.getMessage()),
                        copy.toRealPath(),
                        store,
                        directory("a").toRealPath(),
                        "start 2, " + NOW,
                        "store.adopt");
            }
            Files.createFile(copy.resolve("store.adopt"));
            try (Extents extents = Fixture.extents(root.resolve("copy"));
                    Store adopted = start(keySpace, others, extents)) {
                put(adopted, "k");
                assertEquals(3, extents.identity().epoch());
            }
            // Closed, so that nobody has to wait until its run counts as dead.
            try (Extents extents = Fixture.extents(root.resolve("copy"));
                    Store again = start(keySpace, leases, extents)) {
                put(again, "k");
                assertEquals(4, extents.identity().epoch());
            }
        }
    }

    @Test
    void aRefusalOfAnEmptyDirectorySaysWhereTheStoreWas() throws Exception {
        started(keySpace, "a");
        String text = refused(keySpace, "b");
        assertSays(text, storeOf("a"));
        assertSays(
                text, directory("a").toRealPath(), directory("b").toRealPath(), "start 1, " + NOW);
        Files.move(directory("a"), root.resolve("unmounted"));
        String emptied = refused(keySpace, "a");
        assertSays(emptied, "start 1, " + NOW);
        assertTrue(emptied.startsWith(placeOf("a") + " is a new directory"), emptied);
    }

    @Test
    void aDirectoryOfAnotherKeySpaceIsRefusedByBothTheirIds() {
        UUID first = keySpace.id();
        started(keySpace, "a");
        try (KeySpace other = Fixture.rocks(root.resolve("other"))) {
            assertSays(refused(other, "a"), first, other.id());
        }
    }

    @Test
    void theVolumesOfVersionOneOfAKeySpaceAreOneStores() throws Exception {
        volumeOfVersionOne("a");
        volumeOfVersionOne("b");
        try (Leases leases = Fixture.leases(keySpace, "a");
                Extents extents = Fixture.extents(root.resolve("a"));
                Store store = start(keySpace, leases, extents)) {
            String text = refused(keySpace, "b");
            assertSays(
                    text, directory("b").toRealPath(), extents.identity().store(), "version 0.1");
            assertEquals(store.extentStore(), extents.identity().store().toString());
        }
        assertEquals(2, started(keySpace, "a"), "the one that came first goes on");
    }

    @Test
    void ofTwoWithVolumesOfVersionOneThatStartAtOnceOneIsTheStore() throws Exception {
        volumeOfVersionOne("a");
        volumeOfVersionOne("b");
        BeforeCommit between = new BeforeCommit(keySpace);
        between.ofPut(StoreKeys.unnamedStore(), () -> started(keySpace, "b"));
        StoreException busy = assertThrows(StoreException.class, () -> started(between, "a"));
        assertEquals(StoreException.Code.BUSY, busy.code());
        assertTrue(between.happened());
        assertSays(refused(keySpace, "a"), "version 0.1", storeOf("b"));
        assertEquals(2, started(keySpace, "b"));
    }

    @Test
    void theRowsOfStoresReadAndOthersAreTold() {
        volumeOfVersionOne("a");
        started(keySpace, "a");
        Scan all = Scan.prefix(new byte[] {'V'}, 100);
        List<Entry> rows =
                keySpace.scan(all).stream()
                        .filter(row -> row.key()[1] == 's' || row.key()[1] == 'u')
                        .toList();
        assertEquals(2, rows.size());
        for (Entry row : rows) {
            assertDoesNotThrow(() -> RegistryRows.check(row));
            byte[] cut = Arrays.copyOf(row.value(), row.value().length - 1);
            Entry broken = new Entry(row.key(), cut);
            assertThrows(StoreException.class, () -> RegistryRows.check(broken));
        }
        Entry other = new Entry(new byte[] {'V', 'z'}, rows.getFirst().value());
        assertThrows(KeySpaceException.class, () -> RegistryRows.check(other));
    }

    private void volumeOfVersionOne(String name) {
        ByteBuffer header = ByteBuffer.allocate(4096);
        header.put("MillVol\n".getBytes(StandardCharsets.US_ASCII)).putInt(1).putInt(1);
        header.putLong(1).putLong(NOW.toEpochMilli());
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, header.position());
        header.putInt((int) crc.getValue());
        try {
            Path directory = Files.createDirectories(directory(name));
            Files.write(directory.resolve("000000000001.volume"), header.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
