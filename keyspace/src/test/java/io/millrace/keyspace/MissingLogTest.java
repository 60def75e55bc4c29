package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.files.FileRepair;
import io.millrace.keyspace.files.LogCheck;
import io.millrace.keyspace.files.LogFile;
import io.millrace.keyspace.files.Watermark;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskReserve;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is cut at the end of a record, or gone as a whole file, is told: nothing in it is broken.
 */
class MissingLogTest {
    private static final int ROWS = 360;
    private static final RocksOptions SMALL =
            new RocksOptions(1 << 20, 1 << 20, 64, DiskReserve.standard());

    @TempDir static Path shared;
    private static Path killed;
    private static Path stopped;

    @TempDir Path here;

    /** Several logs, and a manifest with several tables. */
    @BeforeAll
    static void aProcessIsKilled() throws IOException {
        Path live = shared.resolve("live");
        try (KeySpace keySpace = open(live)) {
            fill(keySpace, 0, ROWS / 3);
        }
        try (KeySpace keySpace = open(live)) {
            fill(keySpace, ROWS / 3, ROWS / 3 + 20);
            // Writes all into tables, so that logs are deleted.
            keySpace.checkpoint(shared.resolve("copy"));
            fill(keySpace, ROWS / 3 + 20, ROWS);
            killed = Directories.killed(live, shared.resolve("killed"));
        }
        stopped = live;
        assertTrue(files(killed, ".log").size() > 2, "several logs");
    }

    private static KeySpace open(Path directory) {
        return RocksKeySpace.open(directory, SMALL, new Damages(), Clocks.system());
    }

    private static void fill(KeySpace keySpace, int from, int to) {
        for (int i = from; i < to; i++) {
            Batch batch =
                    Batch.builder().put(key('X', i), value(i)).put(key('T', i), utf8(i)).build();
            assertTrue(keySpace.commit(batch).committed());
        }
    }

    private static byte[] key(char family, int i) {
        return Keys.family(family).u32(i).done();
    }

    private static byte[] utf8(int i) {
        return KeySpaceConformance.utf8("row " + i);
    }

    private static byte[] value(int i) {
        byte[] value = new byte[15_000];
        new Random(i).nextBytes(value);
        return value;
    }

    private static List<Path> files(Path directory, String part) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(f -> f.getFileName().toString().contains(part)).sorted().toList();
        }
    }

    private static List<Long> ends(Path log) throws IOException {
        List<Long> offsets = new ArrayList<>();
        LogFile.read(log, part -> offsets.add(((LogFile.Entry) part).offset()));
        return offsets;
    }

    private static int rows(KeySpace keySpace) {
        int rows = 0;
        for (int i = 0; i < ROWS; i++) {
            byte[] value = keySpace.get(key('X', i));
            byte[] row = keySpace.get(key('T', i));
            if (value != null && row != null) {
                assertArrayEquals(value(i), value);
                assertArrayEquals(utf8(i), row);
                rows++;
            }
        }
        return rows;
    }

    private static List<Damage> refused(Path directory) throws IOException {
        Map<String, Long> before = Directories.evidence(directory);
        KeySpaceException refused = assertThrows(KeySpaceException.class, () -> open(directory));
        assertEquals(KeySpaceException.Code.CORRUPT, refused.code(), refused.getMessage());
        assertEquals(before, Directories.evidence(directory), "the evidence stays");
        return refused.damages();
    }

    /** Refused by the same words as verify tells it; after a repair what is there opens. */
    private void toldAndRepaired(Path directory) throws IOException {
        List<Damage> damages = refused(directory);
        Path scratch = here.resolve("scratch");
        assertEquals(damages, KeySpaceRepair.check(directory, scratch));
        Path evidence = directory.resolve("evidence");
        List<Path> logs = files(directory, ".log");
        FileRepair.Report report = KeySpaceRepair.run(directory, evidence, scratch);
        assertEquals(List.of(), report.left());
        assertTrue(report.done().getFirst().contains("missing"), report.done().toString());
        assertEquals(logs.size(), files(evidence, ".log").size());
        assertEquals(List.of(), KeySpaceRepair.check(directory, scratch));
        for (int start = 0; start < 2; start++) {
            try (KeySpace keySpace = open(directory)) {
                int rows = rows(keySpace);
                assertTrue(rows >= ROWS / 3 && rows < ROWS, rows + " rows");
                assertNotNull(keySpace.get(key('T', ROWS - 1)), "what the last log has");
            }
        }
    }

    @Test
    void aLogThatIsGoneBeforeALaterOneIsTold() throws IOException {
        List<Path> logs = files(killed, ".log");
        for (Path log : logs.subList(0, logs.size() - 1)) {
            Path directory = Directories.killed(killed, here.resolve("d" + log.getFileName()));
            Files.delete(directory.resolve(log.getFileName()));
            toldAndRepaired(directory);
        }
    }

    @Test
    void aLogThatEndsEarlyBeforeALaterOneIsTold() throws IOException {
        List<Path> logs = files(killed, ".log");
        for (int i = 0; i < logs.size() - 1; i++) {
            Path log = logs.get(i);
            List<Long> records = ends(log);
            Path directory = Directories.killed(killed, here.resolve("d" + i));
            long end = records.get(records.size() / 2);
            cut(directory.resolve(log.getFileName()), end, i % 2 == 0);
            toldAndRepaired(directory);
        }
    }

    private static void cut(Path file, long end, boolean zeros) throws IOException {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            long size = data.length();
            data.setLength(end);
            data.setLength(zeros ? size : end);
        }
    }

    /** Killed or stopped, with the note of its length or with the watermark of before it. */
    @Test
    void aManifestThatEndsEarlyIsToldOrLosesNothing() throws IOException {
        int n = 0;
        for (Path from : List.of(killed, stopped)) {
            Path manifest = from.resolve(Files.readString(from.resolve("CURRENT")).strip());
            List<Long> ends = ends(manifest);
            for (long end : ends.subList(Math.max(1, ends.size() - 6), ends.size())) {
                Path directory = Directories.killed(from, here.resolve("d" + n++));
                cut(directory.resolve(manifest.getFileName()), end, false);
                Damage damage = refused(directory).getFirst();
                assertEquals(Damage.Kind.MANIFEST, damage.kind());
                assertEquals(end, damage.offset());
                Path scratch = here.resolve("scratch");
                assertFalse(KeySpaceRepair.check(directory, scratch).isEmpty());
            }
        }
    }

    @Test
    void withAWatermarkOfVersion1ALogThatTheManifestStillNeedsIsTold() throws IOException {
        Path manifest = killed.resolve(Files.readString(killed.resolve("CURRENT")).strip());
        List<Long> ends = ends(manifest);
        int told = 0;
        for (long end : ends.subList(ends.size() - 12, ends.size() - 4)) {
            Path directory = Directories.killed(killed, here.resolve("d" + end));
            version1(directory);
            cut(directory.resolve(manifest.getFileName()), end, false);
            if (!LogCheck.of(directory).damages().isEmpty()) {
                refused(directory);
                told++;
            } else {
                try (KeySpace keySpace = open(directory)) {
                    assertEquals(ROWS, rows(keySpace), "cut at " + end);
                }
            }
        }
        assertTrue(told > 0);
        Path whole = Directories.killed(killed, here.resolve("whole"));
        version1(whole);
        try (KeySpace keySpace = open(whole)) {
            assertEquals(ROWS, rows(keySpace));
        }
    }

    private static void version1(Path directory) throws IOException {
        Watermark.State.Synced synced = (Watermark.State.Synced) Watermark.read(directory);
        ByteBuffer record = ByteBuffer.allocate(24);
        record.put(KeySpaceConformance.utf8("MillMark")).putInt(1).putLong(synced.sequence());
        CRC32C crc = new CRC32C();
        crc.update(record.array(), 0, 20);
        Files.write(directory.resolve(Watermark.FILE), record.putInt((int) crc.getValue()).array());
        assertEquals(
                new Watermark.State.Synced(synced.sequence(), 0, 0), Watermark.read(directory));
    }

    @Test
    void aListOfFilesThatWasSetBackIsTold() throws IOException {
        Path directory = Directories.killed(killed, here.resolve("d"));
        Path current = directory.resolve("CURRENT");
        Path manifest = directory.resolve(Files.readString(current).strip());
        Files.copy(manifest, directory.resolve("MANIFEST-000001"));
        Files.writeString(current, "MANIFEST-000001\n");
        assertEquals(current.toString(), refused(directory).getFirst().file());
    }

    @Test
    void aWholeStoreThatIsKilledAgainAndAgainIsNeverRefused() throws IOException {
        Path from = killed;
        for (int life = 0; life < 3; life++) {
            Path live = Directories.killed(from, here.resolve("live" + life));
            try (KeySpace keySpace = open(live)) {
                assertEquals(List.of(), LogCheck.of(live).damages());
                assertEquals(ROWS, rows(keySpace));
                fill(keySpace, ROWS, ROWS + life * 2);
                from = Directories.killed(live, here.resolve("killed" + life));
            }
            try (KeySpace keySpace = open(live)) {
                assertEquals(ROWS, rows(keySpace));
            }
        }
    }

    @Test
    void aCopyOpensAndIsHeldToWhatItHad() throws IOException {
        Path live = Directories.killed(killed, here.resolve("live"));
        Path copy = here.resolve("copy");
        try (KeySpace keySpace = open(live)) {
            keySpace.checkpoint(copy);
        }
        Path cut = Directories.killed(copy, here.resolve("cut"));
        try (KeySpace keySpace = open(copy)) {
            assertEquals(ROWS, rows(keySpace));
        }
        Path manifest = cut.resolve(Files.readString(cut.resolve("CURRENT")).strip());
        cut(manifest, ends(manifest).getLast(), false);
        refused(cut);
    }

    @Test
    void aFileThatTheEngineDeletesMeanwhileIsNotGone() throws IOException {
        Files.write(here.resolve("3.sst"), new byte[1]);
        Iterator<Set<String>> looks =
                List.of(Set.of("1.sst", "2.sst", "3.sst"), Set.of("2.sst", "3.sst")).iterator();
        assertEquals(List.of(here.resolve("2.sst")), RocksFiles.gone(here, looks::next));
    }

    /** A process that dies between the two leaves logs whose rows all are in tables. */
    @Test
    void aLogThatIsNeededNoMoreIsNotLookedAt() throws IOException {
        Path directory = Directories.killed(stopped, here.resolve("data"));
        Path old = files(killed, ".log").getFirst();
        Path left = Files.copy(old, directory.resolve(old.getFileName()));
        Directories.flip(left, 8 * Files.size(left) / 2);
        assertEquals(List.of(), KeySpaceRepair.check(directory, here.resolve("scratch")));
        try (KeySpace keySpace = open(directory)) {
            assertEquals(ROWS, rows(keySpace));
        }
    }
}
