package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is held stays until it is released, and no longer. */
class HeldVolumesTest {
    private static final ExtentsOptions OPTIONS =
            ExtentsOptions.standard().withReserveBytes(0).withVolumeBytes(1 << 20);

    @TempDir Path directory;

    private static ExtentRef append(Extents extents, int length) {
        return extents.append(new byte[length], 0, length);
    }

    private Path held(HeldVolumes one, ExtentRef ref) {
        return one.directory().resolve(Volume.fileName(ref.volume()));
    }

    @Test
    void aDeletedVolumeKeepsItsBytesUnderTheSecondName() throws Exception {
        try (LocalExtents extents = LocalExtents.open(List.of(directory), OPTIONS)) {
            ExtentRef before = append(extents, 100_000);
            ExtentRef meanwhile = append(extents, 9_000);
            List<HeldVolumes> held = extents.hold("a", () -> extents.delete(meanwhile.volume()));
            byte[] bytes = Files.readAllBytes(held(held.getFirst(), before));
            extents.delete(before.volume());
            assertArrayEquals(bytes, Files.readAllBytes(held(held.getFirst(), before)));
            assertTrue(Files.exists(held(held.getFirst(), meanwhile)), "deleted while it was made");
            assertTrue(extents.isHeld("a"));
            extents.release("a");
            assertFalse(extents.isHeld("a"));
            assertFalse(Files.exists(held.getFirst().directory()));
        }
    }

    @Test
    void whatWasPromisedButNotWrittenYetIsNoReasonToFail() throws Exception {
        try (LocalExtents extents = LocalExtents.open(List.of(directory), OPTIONS);
                ExtentWriter writer = extents.open(300_000_000)) {
            writer.write(new byte[200_000], 0, 200_000);
            HeldVolumes held = extents.hold("a", () -> {}).getFirst();
            for (HeldVolumes.Held volume : held.volumes()) {
                Path file = held.directory().resolve(volume.file());
                assertTrue(Files.exists(file) && !volume.sealed());
            }
        }
    }

    @Test
    void volumesThatAreDeletedAtTheSameTimeNeverBreakAHold() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Throwable> failures = new ArrayList<>();
        try (LocalExtents extents = LocalExtents.open(List.of(directory), OPTIONS)) {
            Thread deleting =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            while (!over.get()) {
                                                extents.delete(append(extents, 50_000).volume());
                                            }
                                        } catch (RuntimeException e) {
                                            failures.add(e);
                                        }
                                    });
            for (int i = 0; i < 200; i++) {
                HeldVolumes held = extents.hold("h" + i, () -> {}).getFirst();
                for (HeldVolumes.Held volume : held.volumes()) {
                    assertTrue(Files.exists(held.directory().resolve(volume.file())));
                }
                extents.release("h" + i);
            }
            over.set(true);
            deleting.join();
        }
        assertEquals(List.of(), failures);
    }

    @Test
    void aFullDiskTakesBackWhatAHoldKeepsOfTheDeleted() throws Exception {
        FaultyDisk disk = new FaultyDisk(Seed.fresh().random());
        try (LocalExtents extents = LocalExtents.openDisks(List.of(disk), OPTIONS)) {
            ExtentRef big = append(extents, 900_000);
            extents.hold("a", () -> {});
            extents.delete(big.volume());
            assertTrue(extents.isHeld("a"), "there is room");
            disk.capacity(disk.used() + 100_000);
            append(extents, 500_000);
            assertFalse(extents.isHeld("a"), "the write goes before the copy");
        }
    }

    @Test
    void aFullDiskLeavesAHoldAloneThatKeepsNothingBack() throws Exception {
        FaultyDisk disk = new FaultyDisk(Seed.fresh().random());
        try (LocalExtents extents = LocalExtents.openDisks(List.of(disk), OPTIONS)) {
            append(extents, 900_000);
            extents.hold("a", () -> {});
            disk.capacity(disk.used() + 100_000);
            assertThrows(ExtentsException.class, () -> append(extents, 500_000));
            assertTrue(extents.isHeld("a"));
        }
    }

    @Test
    void whatAnEarlierRunHeldEndsAtTheStart() throws Exception {
        Path hold;
        try (LocalExtents extents = LocalExtents.open(List.of(directory), OPTIONS)) {
            append(extents, 1_000);
            hold = extents.hold("a", () -> {}).getFirst().directory();
        }
        assertTrue(Files.exists(hold));
        LocalExtents.open(List.of(directory), OPTIONS).close();
        assertFalse(Files.exists(hold));
    }
}
