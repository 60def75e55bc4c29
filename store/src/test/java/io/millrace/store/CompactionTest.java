package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.VolumeInfo;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.uploads.CompleteOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every volume has its turn, and nobody who reads loses what is moved or deleted meanwhile. */
class CompactionTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Tag("slow")
    @Test
    void anExtentWithMoreOwnersThanACommitTakesIsMoved() {
        try (Fixture fixture = Fixture.open(directory)) {
            String tail = "n".repeat(1_000);
            byte[] bytes = Fixture.bytes(1, 300_000);
            fixture.put("original", bytes);
            for (int i = 0; i < 450; i++) {
                fixture.objects()
                        .copy(CopyObject.of(BUCKET, "original", BUCKET, "copy" + i + tail));
            }
            fill(fixture, 0);
            Set<Long> volumes = sealed(fixture);
            empty(fixture, 0);
            settle(fixture);
            for (int i = 0; i < 450; i++) {
                assertArrayEquals(bytes, fixture.get("copy" + i + tail));
            }
            assertGivenBack(fixture, volumes);
            fixture.reopen();
            assertArrayEquals(bytes, fixture.get("copy449" + tail));
        }
    }

    @Tag("slow")
    @Test
    void volumesFromWhichNothingCanMoveKeepNoOtherFromItsTurn() {
        try (Fixture fixture = Fixture.open(directory)) {
            int last = 7;
            for (int i = 0; i <= last; i++) {
                fixture.put("x" + i, Fixture.bytes(i, 300_000));
                fill(fixture, i);
                sealed(fixture);
                empty(fixture, i);
            }
            fixture.clock.advance(Duration.ofMinutes(11));
            for (int i = 0; i < last; i++) {
                // On its way out, but not before its grace is over.
                fixture.objects().delete(BUCKET, "x" + i);
            }
            assertEquals(1, fixture.store.maintain().extentsMoved());
            assertArrayEquals(Fixture.bytes(last, 300_000), fixture.get("x" + last));
        }
    }

    @Test
    void aDownloadOutlastsGraceCompactionAndTheObjectsDeletion() throws IOException {
        try (Fixture fixture = Fixture.open(directory)) {
            List<byte[]> contents = objectsOfEachKind(fixture);
            fill(fixture, 0);
            Set<Long> volumes = sealed(fixture);
            List<ObjectReader> readers = new ArrayList<>();
            List<InputStream> downloads = new ArrayList<>();
            for (int i = 0; i < contents.size(); i++) {
                ObjectReader reader = fixture.objects().open(BUCKET, "o" + i).orElseThrow();
                readers.add(reader);
                downloads.add(reader.stream());
                assertArrayEquals(head(contents.get(i)), downloads.get(i).readNBytes(100_000));
            }
            empty(fixture, 0);
            settle(fixture);
            for (int i = 0; i < contents.size(); i++) {
                fixture.objects().delete(BUCKET, "o" + i);
            }
            settle(fixture);
            for (int i = 0; i < contents.size(); i++) {
                assertArrayEquals(tail(contents.get(i)), downloads.get(i).readAllBytes(), "o" + i);
            }
            readers.forEach(ObjectReader::close);
            settle(fixture);
            assertGivenBack(fixture, volumes);
        }
    }

    @Test
    void aDownloadFollowsWhatCompactionMoves() throws IOException {
        try (Fixture fixture = Fixture.open(directory)) {
            List<byte[]> contents = objectsOfEachKind(fixture);
            fill(fixture, 0);
            sealed(fixture);
            List<InputStream> downloads = new ArrayList<>();
            for (int i = 0; i < contents.size(); i++) {
                downloads.add(fixture.objects().open(BUCKET, "o" + i).orElseThrow().stream());
                assertArrayEquals(head(contents.get(i)), downloads.get(i).readNBytes(100_000));
            }
            empty(fixture, 0);
            settle(fixture);
            for (int i = 0; i < contents.size(); i++) {
                assertArrayEquals(tail(contents.get(i)), downloads.get(i).readAllBytes(), "o" + i);
            }
        }
    }

    /** Put whole, grown in 60 appends, and made of two parts. */
    private static List<byte[]> objectsOfEachKind(Fixture fixture) {
        byte[] put = Fixture.bytes(1, 400_000);
        fixture.put("o0", put);
        byte[] grown = Fixture.bytes(2, 60 * 20_000);
        for (int at = 0; at < grown.length; at += 20_000) {
            byte[] piece = java.util.Arrays.copyOfRange(grown, at, at + 20_000);
            assertInstanceOf(AppendOutcome.Appended.class, fixture.append("o1", at, piece));
        }
        byte[] parts = Fixture.bytes(3, 500_000);
        String id = fixture.store.uploads().initiate(BUCKET, "o2", ObjectMetadata.NONE).uploadId();
        CompleteOutcome completed =
                UploadsTest.complete(
                        fixture,
                        "o2",
                        id,
                        List.of(
                                UploadsTest.part(
                                        fixture,
                                        "o2",
                                        id,
                                        1,
                                        java.util.Arrays.copyOf(parts, 300_000)),
                                UploadsTest.part(
                                        fixture,
                                        "o2",
                                        id,
                                        2,
                                        java.util.Arrays.copyOfRange(parts, 300_000, 500_000))));
        assertInstanceOf(CompleteOutcome.Completed.class, completed);
        return List.of(put, grown, parts);
    }

    private static byte[] head(byte[] bytes) {
        return java.util.Arrays.copyOf(bytes, 100_000);
    }

    private static byte[] tail(byte[] bytes) {
        return java.util.Arrays.copyOfRange(bytes, 100_000, bytes.length);
    }

    /** Puts objects into every open volume, more than half of what a volume holds. */
    private static void fill(Fixture fixture, int round) {
        for (int i = 0; i < 9; i++) {
            fixture.put("filler" + round + "/" + i, Fixture.bytes(i, 900_000));
        }
    }

    private static void empty(Fixture fixture, int round) {
        for (int i = 0; i < 9; i++) {
            fixture.objects().delete(BUCKET, "filler" + round + "/" + i);
        }
    }

    /** Seals the open volumes; answers all. */
    private static Set<Long> sealed(Fixture fixture) {
        Set<Long> numbers = new HashSet<>();
        for (VolumeInfo volume : fixture.extents.list()) {
            fixture.extents.seal(volume.volume());
            numbers.add(volume.volume());
        }
        return numbers;
    }

    private static void assertGivenBack(Fixture fixture, Set<Long> volumes) {
        assertTrue(!volumes.isEmpty());
        for (VolumeInfo volume : fixture.extents.list()) {
            assertTrue(!volumes.contains(volume.volume()), volume + " is still there");
        }
    }

    private static void settle(Fixture fixture) {
        for (int pass = 0; pass < 8; pass++) {
            fixture.clock.advance(Duration.ofMinutes(11));
            fixture.store.maintain();
        }
    }
}
