package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** On a full disk there is room for what frees space, and for nothing else. */
class DiskSpaceTest {
    private static final long RESERVE = 800 << 20;
    private static final long TOTAL = 40L << 30;

    private long free;
    private long nanos;

    private DiskSpace disk(long freeBytes) {
        free = freeBytes;
        DiskSpace.Meter meter =
                new DiskSpace.Meter() {
                    @Override
                    public String device() {
                        return "disk";
                    }

                    @Override
                    public long totalBytes() {
                        return TOTAL;
                    }

                    @Override
                    public long freeBytes() {
                        return free;
                    }
                };
        return new DiskSpace(meter, DiskReserve.ofBytes(RESERVE), () -> nanos);
    }

    @Test
    void newBytesLeaveTheReserveMovedOnesHalfOfItAndUpkeepAnEighth() {
        assertLeaves(DiskSpace.Use.NEW, RESERVE);
        assertLeaves(DiskSpace.Use.MOVED, RESERVE / 2);
        assertLeaves(DiskSpace.Use.UPKEEP, RESERVE / 8);
    }

    private void assertLeaves(DiskSpace.Use use, long left) {
        assertTrue(disk(left + 10).take(use, 10), use + " down to its limit");
        assertFalse(disk(left + 10).take(use, 11), use + " one byte below its limit");
    }

    @Test
    void whatIsTakenCountsBeforeTheDiskIsAskedAgain() {
        DiskSpace disk = disk(RESERVE + 10);
        assertTrue(disk.take(DiskSpace.Use.NEW, 6));
        assertFalse(disk.take(DiskSpace.Use.NEW, 6));
        assertTrue(disk.take(DiskSpace.Use.NEW, 4));
        free += 6;
        nanos += Duration.ofSeconds(1).toNanos();
        assertTrue(disk.take(DiskSpace.Use.NEW, 6), "room that came back is seen");
    }

    @Test
    void itIsFullJustAboveTheReserveAndShortBelowTwiceIt() {
        long margin = 16 << 20;
        assertEquals(DiskSpace.Level.FULL, disk(RESERVE + margin - 1).state().level());
        assertEquals(DiskSpace.Level.SHORT, disk(RESERVE + margin).state().level());
        assertEquals(DiskSpace.Level.SHORT, disk(2 * RESERVE - 1).state().level());
        assertEquals(DiskSpace.Level.PLENTY, disk(2 * RESERVE).state().level());
    }

    @Test
    void aDiskThatFilledUpOrWasClearedIsKnownAQuarterOfASecondLater() {
        DiskSpace disk = disk(2 * RESERVE);
        long[] left = {RESERVE, 2 * RESERVE};
        DiskSpace.Level[] levels = {DiskSpace.Level.FULL, DiskSpace.Level.PLENTY};
        for (int i = 0; i < 2; i++) {
            DiskSpace.Level before = disk.level();
            free = left[i];
            nanos += Duration.ofMillis(249).toNanos();
            assertEquals(before, disk.level());
            nanos += Duration.ofMillis(1).toNanos();
            assertEquals(levels[i], disk.level());
            assertEquals(levels[i], disk.state().level());
        }
    }

    @Test
    void theStandardReserveIsAFiftiethWithinItsBounds() {
        DiskReserve standard = DiskReserve.standard();
        assertEquals(25 << 20, standard.bytes(100 << 20), "a quarter of a tiny disk");
        assertEquals(256 << 20, standard.bytes(8L << 30));
        assertEquals(2L << 30, standard.bytes(100L << 30));
        assertEquals(20L << 30, standard.bytes(100L << 40));
    }

    @Test
    void aDiskThatTellsNothingIsLeftToTheWrites() {
        DiskSpace.Meter silent =
                new DiskSpace.Meter() {
                    @Override
                    public String device() {
                        return "silent";
                    }

                    @Override
                    public long totalBytes() throws IOException {
                        throw new IOException("not told");
                    }

                    @Override
                    public long freeBytes() {
                        return 0;
                    }
                };
        DiskSpace disk = new DiskSpace(silent, DiskReserve.standard(), () -> nanos);
        assertTrue(disk.take(DiskSpace.Use.NEW, 1));
        assertEquals(DiskSpace.Level.PLENTY, disk.state().level());
    }
}
