package io.millrace.store.reclaim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.DiskSpace.Level;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The grace is kept while there is room, and never longer or shorter than it must be without. */
class UrgencyTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void withRoomTheWholeGraceIsKept() {
        Urgency calm = Urgency.of(Level.PLENTY, false, true, HOUR);
        assertFalse(calm.atOnce());
        assertFalse(calm.full());
        assertEquals(HOUR, calm.grace());
    }

    @Test
    void aShortDiskHurriesAndAFullOneMore() {
        Urgency hurried = Urgency.of(Level.SHORT, true, true, HOUR);
        Urgency full = Urgency.of(Level.FULL, true, true, HOUR);
        assertTrue(hurried.atOnce() && full.atOnce());
        assertTrue(full.full() && !hurried.full());
        assertEquals(Duration.ZERO, hurried.grace());
        assertEquals(50, Urgency.of(Level.PLENTY, false, true, HOUR).mostlyDead());
        assertEquals(30, hurried.mostlyDead());
        assertEquals(5, full.mostlyDead());
    }

    @Test
    void whereAnswersDontWaitForTheDiskAVolumeStaysUntilItsSuccessorsBytesAreOnIt() {
        assertEquals(Duration.ofSeconds(10), Urgency.of(Level.FULL, true, false, HOUR).grace());
        Duration shorter = Duration.ofSeconds(2);
        assertEquals(shorter, Urgency.of(Level.FULL, true, false, shorter).grace());
    }
}
