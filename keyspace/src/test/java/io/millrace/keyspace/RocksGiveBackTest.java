package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.Deadline;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes of deleted rows come back when they are asked for. */
class RocksGiveBackTest {
    private static final int ROWS = 2_000;

    /** So that the engine writes a file for each MiB or so. */
    private static final RocksOptions OFTEN =
            RocksOptions.standard().withReserve(DiskReserve.ofBytes(6 << 20)).forDisk(1L << 30);

    @TempDir Path directory;

    @Test
    void contentsOfWhichEveryOtherIsDeletedGiveBackHalf() throws IOException {
        try (RocksKeySpace keys = open()) {
            fill(keys, 8_000);
            long before = bytes(".blob");
            assertTrue(before > ROWS * 6_000L, "the values lie in blob files: " + before);
            deleteEveryOther(keys);
            givesBackUntilLeft(keys, ".blob", before * 6 / 10);
            theOthersAreThere(keys, 8_000);
        }
        try (RocksKeySpace keys = open()) {
            theOthersAreThere(keys, 8_000);
        }
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
            assertEquals(before, files(".blob"));
        }
    }

    private RocksKeySpace open() {
        return RocksKeySpace.open(directory, OFTEN, new Damages(), Clocks.system());
    }

    /**
     * Asked again and again, as the store does: a table that the engine is merging is left alone.
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
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < ROWS; i += 2) {
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
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
        }
    }
}
