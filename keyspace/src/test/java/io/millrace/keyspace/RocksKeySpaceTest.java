package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskReserve;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RocksKeySpaceTest extends KeySpaceConformance {
    @TempDir static Path shared;
    private KeySpace keySpace;

    @BeforeAll
    void open() {
        keySpace = RocksKeySpace.open(shared.resolve("ks"));
    }

    @AfterAll
    void close() {
        keySpace.close();
    }

    @Override
    KeySpace keySpace() {
        return keySpace;
    }

    @Test
    void whatWasCommittedIsThereAfterReopening(@TempDir Path directory) {
        byte[] counter = k("c");
        try (KeySpace first = RocksKeySpace.open(directory)) {
            for (int i = 0; i < 50; i++) {
                assertCommitted(
                        first.commit(
                                Batch.builder()
                                        .put(k("k" + i), utf8("v" + i))
                                        .appendStamped(counter, k("log"), utf8("x"))
                                        .build()));
            }
            assertEquals(1, first.idBlock("ids", 10));
            first.commit(Batch.builder().deleteRange(k("k0"), k("k1")).build());
        }
        try (KeySpace second = RocksKeySpace.open(directory)) {
            assertNull(second.get(k("k0")));
            assertArrayEquals(utf8("v49"), second.get(k("k49")));
            assertEquals(
                    List.of(51L),
                    assertCommitted(
                            second.commit(
                                    Batch.builder()
                                            .appendStamped(counter, k("log"), utf8("x"))
                                            .build())));
            assertEquals(11, second.idBlock("ids", 1));
        }
    }

    @Test
    void aSecondOpenerIsToldWhoIsInside() {
        KeySpaceException e =
                assertThrows(
                        KeySpaceException.class, () -> RocksKeySpace.open(shared.resolve("ks")));
        assertEquals(KeySpaceException.Code.LOCKED, e.code());
        assertTrue(e.getMessage().contains(Long.toString(ProcessHandle.current().pid())));
    }

    @Test
    void anUnknownFormatIsRefused(@TempDir Path directory) throws Exception {
        RocksKeySpace.open(directory).close();
        List<org.rocksdb.ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (String name : Families.NAMES) {
            descriptors.add(new org.rocksdb.ColumnFamilyDescriptor(utf8(name)));
        }
        try (RocksDB db = RocksDB.open(directory.toString(), descriptors, new ArrayList<>())) {
            db.put(new byte[] {0, 'f'}, new byte[] {0, 0, 0, 99});
        }
        KeySpaceException e =
                assertThrows(KeySpaceException.class, () -> RocksKeySpace.open(directory));
        assertEquals(KeySpaceException.Code.FORMAT, e.code());
        assertTrue(e.getMessage().contains("99"), e.getMessage());
    }

    @Test
    void aForeignDatabaseIsRefused(@TempDir Path directory) throws Exception {
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB db = RocksDB.open(options, directory.toString())) {
            db.put(utf8("mine"), utf8("1"));
        }
        assertCode(KeySpaceException.Code.FORMAT, () -> RocksKeySpace.open(directory));
    }

    @Test
    void aClosedKeySpaceRefusesEverything(@TempDir Path directory) {
        KeySpace closed = RocksKeySpace.open(directory);
        closed.close();
        closed.close();
        assertCode(KeySpaceException.Code.CLOSED, () -> closed.get(k("a")));
        assertCode(
                KeySpaceException.Code.CLOSED,
                () -> closed.commit(Batch.builder().put(k("a"), utf8("1")).build()));
        assertCode(KeySpaceException.Code.CLOSED, () -> closed.scan(Scan.prefix(k("a"), 1)));
    }

    @Test
    void closingWhileManyWriteAnswersEveryone(@TempDir Path directory) throws Exception {
        KeySpace busy = RocksKeySpace.open(directory);
        Thread closer = Thread.ofPlatform().start(() -> pauseThenClose(busy));
        List<Integer> written =
                together(
                        16,
                        writer -> {
                            int n = 0;
                            try {
                                while (true) {
                                    assertCommitted(
                                            busy.commit(
                                                    Batch.builder()
                                                            .put(k(writer + "/" + n), utf8("1"))
                                                            .build()));
                                    n++;
                                }
                            } catch (KeySpaceException e) {
                                assertEquals(KeySpaceException.Code.CLOSED, e.code());
                                return n;
                            }
                        });
        closer.join();
        try (KeySpace again = RocksKeySpace.open(directory)) {
            for (int writer = 0; writer < written.size(); writer++) {
                for (int n = 0; n < written.get(writer); n++) {
                    assertArrayEquals(utf8("1"), again.get(k(writer + "/" + n)));
                }
            }
        }
    }

    private static void pauseThenClose(KeySpace keySpace) {
        try {
            Thread.sleep(150);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        keySpace.close();
    }

    @Test
    void anInterruptDoesNotLoseTheAnswer(@TempDir Path directory) throws Exception {
        try (KeySpace own = RocksKeySpace.open(directory)) {
            Thread.currentThread().interrupt();
            CommitOutcome outcome = own.commit(Batch.builder().put(k("a"), utf8("1")).build());
            assertTrue(Thread.interrupted());
            assertCommitted(outcome);
            assertArrayEquals(utf8("1"), own.get(k("a")));
        }
    }

    @Test
    void belowTheReserveOnlyDeletesPass(@TempDir Path directory) {
        try (KeySpace filler = RocksKeySpace.open(directory)) {
            filler.commit(Batch.builder().put(k("a"), utf8("1")).build());
        }
        RocksOptions standard = RocksOptions.standard();
        RocksOptions full =
                new RocksOptions(
                        standard.blockCacheBytes(),
                        standard.writeBufferBytes(),
                        standard.queuedCommits(),
                        DiskReserve.ofBytes(Long.MAX_VALUE / 2));
        try (KeySpace crowded =
                RocksKeySpace.open(directory, full, new Damages(), Clocks.system())) {
            assertCode(
                    KeySpaceException.Code.DISK_FULL,
                    () -> crowded.commit(Batch.builder().put(k("b"), utf8("1")).build()));
            assertArrayEquals(utf8("1"), crowded.get(k("a")));
            assertCommitted(
                    crowded.commit(Batch.builder().delete(k("a")).put(k("d"), utf8("1")).build()));
            assertNull(crowded.get(k("a")));
        }
        assertTrue(Files.exists(directory.resolve("CURRENT")));
    }
}
