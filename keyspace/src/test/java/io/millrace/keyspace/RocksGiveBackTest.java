package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.Deadline;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDBException;

/** Bytes of deleted rows come back when they are asked for. */
class RocksGiveBackTest {
    private static final int ROWS = 2_000;

    /** So that the engine writes a file for each MiB or so. */
    private static final RocksOptions OFTEN =
            RocksOptions.standard().withReserve(DiskReserve.ofBytes(6 << 20)).forDisk(1L << 30);

    private static final Pattern SHARE =
            Pattern.compile("blob_garbage_collection_age_cutoff=([0-9.]+)");

    @TempDir Path directory;

    @Test
    void contentsOfWhichEveryOtherIsDeletedGiveBackHalf() throws IOException {
        try (RocksKeySpace keys = open()) {
            fill(keys, 8_000);
            long before = bytes(".blob");
            assertTrue(before > ROWS * 6_000L, "the values lie in blob files: " + before);
            deleteEveryOther(keys);
            givesBackUntilLeft(keys, ".blob", ROWS * 8_000L * 6 / 10);
            theOthersAreThere(keys, 8_000);
        }
        try (RocksKeySpace keys = open()) {
            theOthersAreThere(keys, 8_000);
        }
    }

    /** Long keys make many tables of a few rows. */
    @Test
    void theValuesOfEachOfManyTablesHaveTheirTurn() throws IOException {
        int rows = 9_000;
        try (RocksKeySpace keys = open()) {
            for (int i = 0; i < rows; ) {
                Batch.Builder batch = Batch.builder().relaxed();
                for (int end = i + 100; i < end; i++) {
                    batch.put(longKey(i), value(i, 1_200));
                }
                keys.commit(batch.build());
            }
            for (int i = 0; i < rows; ) {
                Batch.Builder batch = Batch.builder().relaxed();
                for (int end = i + 300; i < end; i += 3) {
                    batch.delete(longKey(i));
                }
                keys.commit(batch.build());
            }
            long all = rows * (1_200L + Limits.KEY_BYTES);
            givesBackUntilLeft(keys, ".blob", all * 78 / 100);
        }
    }

    private static byte[] longKey(int i) {
        byte[] random = value(i, Limits.KEY_BYTES - 9);
        return Keys.under(Keys.family('X').u64(i).done()).raw(random).done();
    }

    @Test
    void onAFullDiskNoValueIsMovedThatHasNoRoom() throws IOException, RocksDBException {
        try (RocksKeySpace keys = open()) {
            fill(keys, 8_000);
            deleteEvery(3, keys); // with half of them gone the engine would begin by itself
        }
        try (RocksDatabase database = RocksDatabase.open(directory, OFTEN)) {
            ColumnFamilyHandle contents = database.families().get(Families.CONTENTS);
            database.db().compactRange(contents); // now the engine knows what nobody needs
            List<Path> before = files(".blob");
            long all = bytes(".blob");
            RocksBlobs blobs = new RocksBlobs(database.db(), contents);
            Deadline end = MonotonicClock.system().deadline(Duration.ofMinutes(1));
            while (!blobs.moveOne(tables(database), 0, 10)) {
                assertFalse(end.hasPassed());
                Thread.onSpinWait(); // the engine merges the table
            }
            List<Path> written = new ArrayList<>(files(".blob"));
            written.removeAll(before);
            long moved = written.stream().mapToLong(f -> f.toFile().length()).sum();
            assertTrue(moved < all / 3, moved + " of " + all);
        }
    }

    private static List<LiveFileMetaData> tables(RocksDatabase database) {
        byte[] contents = Families.NAMES.get(Families.CONTENTS).getBytes(StandardCharsets.UTF_8);
        return database.db().getLiveFilesMetaData().stream()
                .filter(t -> Arrays.equals(t.columnFamilyName(), contents))
                .toList();
    }

    /** Else each merging of the engine's own would write all values anew. */
    @Test
    @Timeout(60)
    void afterGivingBackTheEngineMovesItsOwnShareOfValuesAgain() throws IOException {
        try (RocksKeySpace keys = open()) {
            do { // until it had to move more than the engine's merging did at the same time
                fill(keys, 8_000);
                deleteEveryOther(keys);
                giveBack(keys);
                assertEquals(RocksBlobs.OWN_TIME, shares().getLast());
            } while (!shares().contains(1.0));
        }
    }

    /** The shares that the engine was told to move values out of, from its open on. */
    private List<Double> shares() throws IOException {
        List<Double> shares = new ArrayList<>();
        for (Path file : files(f -> f.startsWith("OPTIONS-"))) {
            String contents = Files.readString(file).split("CFOptions \"contents\"")[1];
            Matcher share = SHARE.matcher(contents);
            assertTrue(share.find(), contents);
            shares.add(Double.valueOf(share.group(1)));
        }
        return shares;
    }

    @Test
    void smallRowsOfWhichEveryOtherIsDeletedGiveBackHalf() throws IOException {
        try (RocksKeySpace keys = open()) {
            for (int i = 0; i < 8; i++) {
                fill(keys, 900);
            }
            giveBack(keys);
            long before = bytes(".sst");
            deleteEveryOther(keys);
            givesBackUntilLeft(keys, ".sst", before * 6 / 10);
            theOthersAreThere(keys, 900);
        }
    }

    @Test
    void whereNothingIsDeletedNothingIsMoved() throws IOException {
        try (RocksKeySpace keys = open()) {
            fill(keys, 8_000);
            giveBack(keys);
            List<Path> before = files(".blob");
            giveBack(keys);
            assertTrue(files(".blob").containsAll(before));
        }
    }

    private RocksKeySpace open() {
        return RocksKeySpace.open(directory, OFTEN, new Damages(), Clocks.system());
    }

    /**
     * Asked again and again, as the store does: a table that the engine is merging is left alone.
     *
     * @param wanted a share of what was written, not of what lies in files: the last of it waits in
     *     memory for its file
     */
    private void givesBackUntilLeft(KeySpace keys, String suffix, long wanted) throws IOException {
        Deadline end = MonotonicClock.system().deadline(Duration.ofMinutes(1));
        do {
            keys.giveBack();
            if (bytes(suffix) < wanted) {
                return;
            }
        } while (!end.hasPassed());
        fail(bytes(suffix) + " bytes are left where " + wanted + " were to be");
    }

    private static void giveBack(KeySpace keys) {
        for (int i = 0; i < 4; i++) {
            keys.giveBack();
        }
    }

    private static void fill(KeySpace keys, int length) {
        for (int i = 0; i < ROWS; i++) {
            keys.commit(Batch.builder().put(key(i), value(i, length)).relaxed().build());
        }
    }

    private static void deleteEveryOther(KeySpace keys) {
        deleteEvery(2, keys);
    }

    private static void deleteEvery(int which, KeySpace keys) {
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < ROWS; i += which) {
            batch.delete(key(i));
        }
        keys.commit(batch.build());
    }

    private static void theOthersAreThere(KeySpace keys, int length) {
        for (int i = 1; i < ROWS; i += 2) {
            assertArrayEquals(value(i, length), keys.get(key(i)));
        }
        assertEquals(ROWS / 2, keys.scan(Scan.prefix(new byte[] {'X'}, ROWS)).size());
    }

    private static byte[] key(int i) {
        return Keys.family('X').u64(i).u64(0).done();
    }

    private static byte[] value(int i, int length) {
        byte[] value = new byte[length];
        new Random(i).nextBytes(value);
        return value;
    }

    private long bytes(String suffix) throws IOException {
        long sum = 0;
        for (Path file : files(suffix)) {
            sum += file.toFile().length(); // 0 once it is gone
        }
        return sum;
    }

    private List<Path> files(String suffix) throws IOException {
        return files(name -> name.endsWith(suffix));
    }

    private List<Path> files(Predicate<String> which) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> which.test(f.getFileName().toString())).sorted().toList();
        }
    }
}
