package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.files.FileRepair;
import io.millrace.keyspace.files.LogFile;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bits flip in every kind of file of a key space: each row reads back or is told to be damaged, and
 * repair puts every single bit right.
 */
class KeySpaceRepairTest {
    private static final int ROWS = 400;
    private static final int FLIPS_OF_A_KIND = 12;
    private static final long BEHIND_THE_ROWS = 1_500;
    private static final long FOOT = 53;

    @TempDir static Path shared;
    private static Path killed;

    @TempDir Path here;
    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();

    /** Tables, blob files and a log, as a killed process leaves them. */
    @BeforeAll
    static void aProcessIsKilled() throws IOException {
        Path live = shared.resolve("live");
        for (int life = 0; life < 3; life++) {
            try (KeySpace keySpace = RocksKeySpace.open(live)) {
                for (int i = life * ROWS / 4; i < (life + 1) * ROWS / 4; i++) {
                    assertTrue(keySpace.commit(put(i)).committed());
                }
            }
        }
        try (KeySpace keySpace = RocksKeySpace.open(live)) {
            for (int i = ROWS / 4 * 3; i < ROWS; i++) {
                assertTrue(keySpace.commit(put(i)).committed());
            }
            killed = Directories.killed(live, shared.resolve("killed"));
        }
    }

    private static Batch put(int i) {
        return Batch.builder().put(key(i), value(i)).build();
    }

    private static byte[] key(int i) {
        return Keys.family("MXL".charAt(i % 3)).u64(i).done();
    }

    private static byte[] value(int i) {
        byte[] value = new byte[i % 3 == 1 ? 1_024 + i * 10 : 50 + i];
        new Random(i).nextBytes(value);
        return value;
    }

    @Test
    void everyFlippedBitIsToldAndPutRight() throws IOException {
        int flips = 0;
        for (String suffix : List.of(".log", ".sst", ".blob", "MANIFEST", "CURRENT")) {
            for (int i = 0; i < FLIPS_OF_A_KIND; i++) {
                flip(suffix, here.resolve("d" + flips++));
            }
        }
    }

    /** Properties, filter, index and foot: what the engine reads when it opens a table. */
    @Test
    void everyFlippedBitBehindATablesRowsIsPutRight() throws IOException {
        for (int i = 0; i < FLIPS_OF_A_KIND; i++) {
            flip(".sst", here.resolve("t" + i), BEHIND_THE_ROWS);
            flip(".sst", here.resolve("f" + i), FOOT);
        }
    }

    private void flip(String kind, Path directory) throws IOException {
        flip(kind, directory, Long.MAX_VALUE);
    }

    /** Flips a bit in the last bytes of a file. */
    private void flip(String kind, Path directory, long last) throws IOException {
        Directories.killed(killed, directory);
        List<Path> files = files(directory, kind);
        Path file = files.get(random.nextInt(files.size()));
        long size = Files.size(file);
        long bit = (size - 1 - random.nextLong(Math.min(last, size))) * 8 + random.nextInt(8);
        Directories.flip(file, bit);
        String what = file.getFileName() + " bit " + bit + "; " + seed;
        read(directory, what);
        FileRepair.Report report =
                KeySpaceRepair.run(
                        directory, directory.resolve("evidence"), here.resolve("scratch"));
        assertEquals(List.of(), report.left(), what);
        assertEquals(List.of(), report.lostRows(), what);
        try (KeySpace keySpace = RocksKeySpace.open(directory)) {
            for (int row = 0; row < ROWS; row++) {
                assertArrayEquals(value(row), keySpace.get(key(row)), what);
            }
        }
    }

    private static List<Path> files(Path directory, String kind) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(f -> f.getFileName().toString().contains(kind))
                    .filter(f -> f.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
    }

    /** Never absent and never other bytes: right, or damaged by name. */
    private void read(Path directory, String what) throws IOException {
        Path copy = Directories.killed(directory, directory.resolve("copy"));
        int told = 0;
        try (KeySpace keySpace = RocksKeySpace.open(copy)) {
            for (int row = 0; row < ROWS; row++) {
                try {
                    assertArrayEquals(value(row), keySpace.get(key(row)), what);
                } catch (KeySpaceException e) {
                    assertEquals(KeySpaceException.Code.CORRUPT, e.code(), what);
                    told++;
                }
            }
            for (char family : "MXL".toCharArray()) {
                told += scan(keySpace, family, what);
            }
            told += multiGet(keySpace, what);
        } catch (KeySpaceException e) {
            assertEquals(KeySpaceException.Code.CORRUPT, e.code(), what);
        }
        assertTrue(told >= 0);
    }

    private static int scan(KeySpace keySpace, char family, String what) {
        try {
            List<Entry> rows = keySpace.scan(Scan.prefix(Keys.family(family).done(), ROWS));
            assertEquals((ROWS + 2 - "MXL".indexOf(family)) / 3, rows.size(), what);
            return 0;
        } catch (KeySpaceException e) {
            assertEquals(KeySpaceException.Code.CORRUPT, e.code(), what);
            return 1;
        }
    }

    private static int multiGet(KeySpace keySpace, String what) {
        List<byte[]> keys = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            keys.add(key(row));
        }
        try {
            List<byte[]> values = keySpace.multiGet(keys);
            for (int row = 0; row < ROWS; row++) {
                assertArrayEquals(value(row), values.get(row), what + " row " + row);
            }
            return 0;
        } catch (KeySpaceException e) {
            assertEquals(KeySpaceException.Code.CORRUPT, e.code(), what);
            return 1;
        }
    }

    @Test
    void aBlobFileThatIsGoneIsToldAtTheStartAndLeavesTheOtherRowsReadable() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("gone"));
        Path gone = files(directory, ".blob").getFirst();
        Files.delete(gone);
        read(directory, gone + " is gone");
        Damages damages = new Damages();
        Path copy = Directories.killed(directory, here.resolve("told"));
        RocksKeySpace.open(copy, RocksOptions.standard(), damages, Clocks.system()).close();
        assertEquals(
                List.of(copy.resolve(gone.getFileName()).toString()),
                damages.list().stream().map(Damage::file).toList());
        KeySpaceRepair.run(directory, directory.resolve("evidence"), here.resolve("scratch"));
        Path engine = Files.createDirectories(here.resolve("engine"));
        List<Entry> rows = new ArrayList<>();
        try (KeySpace whole = RocksKeySpace.openReadOnly(directory, engine, new Damages())) {
            assertNotNull(RowWalk.over(whole, Keys.family('X').done(), rows::add));
            assertNull(RowWalk.over(whole, Keys.family('M').done(), rows::add));
        }
        assertTrue(rows.size() > ROWS / 3, rows.size() + " rows");
    }

    @Test
    void aRecordThatIsGoneTakesNothingElseWithItAndIsNamed() throws IOException {
        Path log = Directories.newest(killed, ".log");
        List<LogFile.Entry> records = new ArrayList<>();
        LogFile.read(log, part -> records.add((LogFile.Entry) part));
        for (int i = 0; i < 10; i++) {
            Path directory = Directories.killed(killed, here.resolve("d" + i));
            int hit = i == 0 ? records.size() - 1 : random.nextInt(records.size());
            LogFile.Entry record = records.get(hit);
            try (RandomAccessFile file =
                    new RandomAccessFile(directory.resolve(log.getFileName()).toFile(), "rw")) {
                file.seek(record.offset() + 7 + 12 + 20);
                file.write(new byte[24]);
            }
            FileRepair.Report report =
                    KeySpaceRepair.run(
                            directory, directory.resolve("evidence"), here.resolve("scratch"));
            assertEquals(List.of(), report.left(), seed.toString());
            int row = ROWS / 4 * 3 + hit;
            assertTrue(Arrays.equals(key(row), report.lostRows().getFirst()), seed.toString());
            assertTrue(Files.exists(directory.resolve("evidence").resolve(log.getFileName())));
            Set<Integer> missing = new HashSet<>();
            try (KeySpace keySpace = RocksKeySpace.open(directory)) {
                for (int r = 0; r < ROWS; r++) {
                    if (keySpace.get(key(r)) == null) {
                        missing.add(r);
                    }
                }
                assertNull(keySpace.get(key(row)));
            }
            assertEquals(Set.of(row), missing, seed.toString());
        }
    }

    /** Some bits in the manifest make the engine itself read for ever. */
    @Test
    void aDamagedManifestNeverReachesTheEngine() throws IOException {
        Path scratch = here.resolve("scratch");
        for (int i = 0; i < 60; i++) {
            Path directory = Directories.killed(killed, here.resolve("d" + i));
            Path manifest = files(directory, "MANIFEST").getLast();
            long bit = random.nextLong(Files.size(manifest) * 8);
            Directories.flip(manifest, bit);
            KeySpaceException refused =
                    assertThrows(
                            KeySpaceException.class,
                            () -> RocksKeySpace.openReadOnly(directory, scratch, new Damages()));
            assertEquals(KeySpaceException.Code.CORRUPT, refused.code(), bit + "; " + seed);
            assertFalse(KeySpaceRepair.check(directory, scratch).isEmpty(), bit + "; " + seed);
        }
    }

    @Test
    void readingOnlyChangesNothing() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        var before = Directories.evidence(directory);
        Damages damages = new Damages();
        try (KeySpace keySpace =
                RocksKeySpace.openReadOnly(directory, here.resolve("scratch"), damages)) {
            for (int row = 0; row < ROWS; row++) {
                assertArrayEquals(value(row), keySpace.get(key(row)));
            }
        }
        assertEquals(before, Directories.evidence(directory));
        assertFalse(Files.exists(directory.resolve("LOCK.new")));
        assertEquals(List.of(), damages.list());
    }
}
