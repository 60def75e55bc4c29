package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.DiskSpace.Level;
import io.millrace.testkit.TestClock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** New bytes need room for their row and on one of the extents' disks. */
class RoomTest {
    private static final long GIB = 1L << 30;

    @Test
    void theKeySpacesDiskCountsByItselfAndOfTheExtentsTheRoomiest() {
        assertLevel(Level.PLENTY, room(Level.PLENTY, Level.PLENTY));
        assertLevel(Level.SHORT, room(Level.SHORT, Level.PLENTY));
        assertLevel(Level.FULL, room(Level.FULL, Level.PLENTY));
        assertLevel(Level.PLENTY, room(Level.PLENTY, Level.FULL, Level.PLENTY));
        assertLevel(Level.SHORT, room(Level.PLENTY, Level.FULL, Level.SHORT));
        assertLevel(Level.FULL, room(Level.SHORT, Level.FULL));
        assertLevel(Level.SHORT, new Room(Optional.empty(), List.of(disk("a", Level.SHORT))));
        assertLevel(Level.PLENTY, new Room(Optional.empty(), List.of()));
    }

    private static void assertLevel(Level level, Room room) {
        assertEquals(level, room.level());
        if (level == Level.FULL) {
            StoreException full = assertThrows(StoreException.class, room::refuseIfFull);
            assertEquals(StoreException.Code.DISK_FULL, full.code());
            assertTrue(full.getMessage().startsWith("the disk is full"));
        } else {
            assertDoesNotThrow(room::refuseIfFull);
        }
    }

    @Test
    void oneDiskThatIsShortHurriesTheReclaimer() {
        assertFalse(room(Level.PLENTY, Level.PLENTY).isShort());
        assertTrue(room(Level.SHORT, Level.PLENTY).isShort());
        assertTrue(room(Level.PLENTY, Level.PLENTY, Level.FULL).isShort());
    }

    @Test
    void eachFileSystemIsToldOnceTheKeySpacesFirst() {
        Room room =
                new Room(
                        Optional.of(disk("b", Level.SHORT)),
                        List.of(disk("a", Level.PLENTY), disk("b", Level.PLENTY)));
        assertEquals(
                List.of("b SHORT", "a PLENTY"),
                room.states().stream().map(s -> s.device() + " " + s.level()).toList());
    }

    private static Room room(Level rows, Level... extents) {
        List<Level> levels = List.of(extents);
        List<DiskSpace> disks = new java.util.ArrayList<>();
        for (int i = 0; i < levels.size(); i++) {
            disks.add(disk("x" + i, levels.get(i)));
        }
        return new Room(Optional.of(disk("rows", rows)), disks);
    }

    private static DiskSpace disk(String device, Level level) {
        long free =
                switch (level) {
                    case PLENTY -> 50 * GIB;
                    case SHORT -> 15 * GIB;
                    case FULL -> GIB;
                };
        DiskSpace.Meter meter =
                new DiskSpace.Meter() {
                    @Override
                    public String device() {
                        return device;
                    }

                    @Override
                    public long totalBytes() {
                        return 100 * GIB;
                    }

                    @Override
                    public long freeBytes() {
                        return free;
                    }
                };
        return new DiskSpace(
                meter, DiskReserve.ofBytes(10 * GIB), new TestClock(Instant.EPOCH).monotonic());
    }
}
