package io.millrace.keyspace;

import static io.millrace.keyspace.KeySpaceConformance.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.files.LogCheck;
import io.millrace.keyspace.files.LogFile;
import io.millrace.keyspace.files.Watermark;
import io.millrace.kit.Damage;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged log is never taken for a torn tail: no commit disappears without a word. */
class DamagedLogTest {
    private static final int COMMITS = 130;

    @TempDir static Path shared;
    private static Path killed;
    private static Path beforeTheLast;

    @TempDir Path here;

    @BeforeAll
    static void aProcessIsKilled() throws IOException {
        Path live = shared.resolve("live");
        try (KeySpace keySpace = RocksKeySpace.open(live)) {
            for (int i = 0; i < COMMITS; i++) {
                if (i == COMMITS - 1) {
                    beforeTheLast = Directories.killed(live, shared.resolve("before"));
                }
                assertTrue(keySpace.commit(put(i)).committed());
            }
            killed = Directories.killed(live, shared.resolve("killed"));
        }
    }

    private static Batch put(int i) {
        return Batch.builder().put(key(i), value(i)).build();
    }

    private static byte[] key(int i) {
        return Keys.family(i % 3 == 0 ? 'X' : 'T').u32(i).done();
    }

    /** Some longer than a block of the log. */
    private static byte[] value(int i) {
        byte[] value = new byte[i % 7 == 0 ? 50_000 : 100 + i];
        new Random(i).nextBytes(value);
        return value;
    }

    private static void assertWhole(Path directory, int commits) {
        try (KeySpace keySpace = RocksKeySpace.open(directory)) {
            for (int i = 0; i < commits; i++) {
                assertArrayEquals(value(i), keySpace.get(key(i)), "commit " + i);
            }
        }
    }

    private static List<Damage> refused(Path directory) throws IOException {
        Map<String, Long> before = Directories.evidence(directory);
        KeySpaceException refused =
                assertThrows(KeySpaceException.class, () -> RocksKeySpace.open(directory));
        assertEquals(KeySpaceException.Code.CORRUPT, refused.code(), refused.getMessage());
        assertEquals(before, Directories.evidence(directory), "the evidence stays");
        return refused.damages();
    }

    private static List<LogFile.Entry> records(Path log) throws IOException {
        List<LogFile.Entry> entries = new ArrayList<>();
        LogFile.read(log, part -> entries.add((LogFile.Entry) part));
        return entries;
    }

    @Test
    void aKilledProcessLeavesEveryCommit() throws IOException {
        assertWhole(Directories.killed(killed, here.resolve("d")), COMMITS);
    }

    @Test
    void aFlippedBitAnywhereInTheLogIsRefusedAndNamed() throws IOException {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        Path log = Directories.newest(killed, ".log");
        List<LogFile.Entry> records = records(log);
        for (int i = 0; i < 40; i++) {
            Path directory = Directories.killed(killed, here.resolve("d" + i));
            LogFile.Entry hit = records.get(random.nextInt(records.size()));
            long bit = hit.offset() * 8 + random.nextInt((7 + hit.payload().length) * 8);
            Path file = directory.resolve(log.getFileName());
            Directories.flip(file, bit);
            Damage damage = refused(directory).getFirst();
            assertEquals(file.toString(), damage.file(), seed.toString());
            assertTrue(
                    damage.offset() >= hit.offset() && damage.offset() * 8 <= bit,
                    "bit " + bit + " reported as " + damage + "; " + seed);
        }
    }

    @Test
    void aBitInTheVeryLastRecordIsTold() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Path log = Directories.newest(directory, ".log");
        LogFile.Entry last = records(log).getLast();
        Directories.flip(log, (last.offset() + 20) * 8);
        Damage damage = refused(directory).getFirst();
        assertEquals(last.offset(), damage.offset());
    }

    @Test
    void aBadEndOfAnOlderLogIsNoTornTailWhenRecordsFollowInALaterOne() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Path log = Directories.newest(directory, ".log");
        Path older = Files.copy(log, directory.resolve("000001.log"));
        LogFile.Entry last = records(older).getLast();
        Directories.flip(older, (last.offset() + 20) * 8);
        Damage damage = LogCheck.of(directory).damages().getFirst();
        assertEquals(older.toString(), damage.file());
        assertEquals(last.offset(), damage.offset());
    }

    @Test
    void aLogThatEndsEarlyIsTold() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Path log = Directories.newest(directory, ".log");
        cut(log, records(log).getLast().offset());
        refused(directory);
        Files.delete(log);
        refused(directory);
    }

    @Test
    void aTornTailOfWhatWasNeverAcknowledgedIsTolerated() throws IOException {
        Path log = Directories.newest(killed, ".log");
        LogFile.Entry last = records(log).getLast();
        for (int keep : new int[] {1, 6, 7, 20, 7 + last.payload().length - 1}) {
            Path directory = Directories.killed(killed, here.resolve("d" + keep));
            cut(directory.resolve(log.getFileName()), last.offset() + keep);
            Files.delete(directory.resolve(Watermark.FILE));
            Files.copy(beforeTheLast.resolve(Watermark.FILE), directory.resolve(Watermark.FILE));
            assertWhole(directory, COMMITS - 1);
        }
    }

    private static void cut(Path file, long size) throws IOException {
        try (var channel =
                java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    @Test
    void aLostListOfFilesIsNoNewDatabase() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Files.delete(directory.resolve("CURRENT"));
        refused(directory);
        Files.writeString(directory.resolve("CURRENT"), "MANIFEST-999999\n");
        refused(directory);
    }

    @Test
    void aBitInTheManifestIsRefusedAndNamed() throws IOException {
        String name = Files.readString(killed.resolve("CURRENT")).strip();
        for (LogFile.Entry record : records(killed.resolve(name))) {
            Path directory = Directories.killed(killed, here.resolve("d" + record.offset()));
            Directories.flip(directory.resolve(name), (record.offset() + 6) * 8);
            assertEquals(record.offset(), refused(directory).getFirst().offset());
        }
    }

    @Test
    void oneBrokenPlaceOfTheWatermarkIsToleratedAndBothAreNot() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Path both = Directories.killed(killed, here.resolve("both"));
        Directories.flip(directory.resolve(Watermark.FILE), 100);
        assertWhole(directory, COMMITS);
        Directories.flip(both.resolve(Watermark.FILE), 100);
        Directories.flip(both.resolve(Watermark.FILE), 512 * 8 + 100);
        assertEquals(Damage.Kind.WATERMARK, refused(both).getFirst().kind());
    }

    @Test
    void aDirectoryOfBeforeTheWatermarkOpens() throws Exception {
        Path directory = Directories.killed(killed, here.resolve("d"));
        try (RocksDatabase database = RocksDatabase.open(directory, RocksOptions.standard())) {
            database.db().delete(new byte[] {0, 'w'});
        }
        Files.delete(directory.resolve(Watermark.FILE));
        assertWhole(directory, COMMITS);
        assertWhole(directory, COMMITS);
    }

    @Test
    void aWatermarkThatIsLostIsRefusedUntilItIsRepaired() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Files.delete(directory.resolve(Watermark.FILE));
        assertEquals(Damage.Kind.WATERMARK, refused(directory).getFirst().kind());
        Path scratch = here.resolve("scratch");
        assertEquals(refused(directory), KeySpaceRepair.check(directory, scratch));
        KeySpaceRepair.run(directory, here.resolve("evidence"), scratch);
        assertEquals(List.of(), KeySpaceRepair.check(directory, scratch));
        assertWhole(directory, COMMITS);
    }

    @Test
    void aCleanStopLeavesAnEmptyLogAndOpensAgain() throws IOException {
        Path directory = here.resolve("d");
        for (int life = 0; life < 4; life++) {
            try (KeySpace keySpace = RocksKeySpace.open(directory)) {
                for (int i = 0; i < 5; i++) {
                    byte[] key = Keys.family("XLTB".charAt(life)).u32(i).done();
                    assertTrue(
                            keySpace.commit(Batch.builder().put(key, utf8("v")).build())
                                    .committed());
                    assertTrue(keySpace.commit(Batch.builder().delete(key).build()).committed());
                }
                byte[] from = Keys.family('X').u32(0).done();
                byte[] to = Keys.family('X').u32(9).done();
                keySpace.commit(Batch.builder().deleteRange(from, to).build());
            }
            assertTrue(records(Directories.newest(directory, ".log")).isEmpty());
        }
        try (KeySpace keySpace = RocksKeySpace.open(directory)) {
            assertNotNull(keySpace);
        }
    }
}
