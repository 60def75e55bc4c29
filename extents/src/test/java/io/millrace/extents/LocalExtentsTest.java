package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalExtentsTest {
    private static final ExtentsOptions OPTIONS =
            ExtentsOptions.standard().withVolumeBytes(4 << 20).withReserveBytes(1 << 20);

    @TempDir Path directory;

    private LocalExtents open() {
        return LocalExtents.open(List.of(directory), OPTIONS);
    }

    private static ExtentRef append(Extents extents, byte[] bytes) {
        return extents.append(bytes, 0, bytes.length);
    }

    @Test
    void everySizeIsReadBackAfterReopening() {
        int[] sizes = {
            1, 4_096, 16_384, 16_385, 65_535, 65_536, 65_537, 131_072, 1_000_000, 3_000_000
        };
        List<ExtentRef> refs = new ArrayList<>();
        try (LocalExtents extents = open()) {
            for (int size : sizes) {
                refs.add(append(extents, Payload.of(size, size)));
                refs.add(stream(extents, Payload.of(size, size), size));
                refs.add(stream(extents, Payload.of(size, size), -1));
            }
            refs.forEach(ref -> verify(extents, ref));
        }
        try (LocalExtents extents = open()) {
            refs.forEach(ref -> verify(extents, ref));
            refs.add(append(extents, Payload.of(77, 77)));
            assertEquals(refs.size(), new HashSet<>(refs).size());
        }
    }

    private static void verify(Extents extents, ExtentRef ref) {
        assertArrayEquals(Payload.of(ref.length(), (int) ref.length()), Payload.read(extents, ref));
        assertEquals(ref, ExtentRef.decode(ref.encode()));
    }

    private static ExtentRef stream(Extents extents, byte[] bytes, long hint) {
        try (ExtentWriter writer = extents.open(hint)) {
            for (int at = 0; at < bytes.length; at += 100_000) {
                writer.write(bytes, at, Math.min(100_000, bytes.length - at));
            }
            return writer.finish();
        }
    }

    @Test
    void whatIsLentIsWrittenAsItWasAndTheArrayIsFreeAfterwards() {
        int[] sizes = {1, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 3_000_001, 7 << 20, 9_000_000};
        ExtentsOptions options = OPTIONS.withVolumeBytes(64 << 20);
        List<ExtentRef> refs = new ArrayList<>();
        try (LocalExtents extents = LocalExtents.open(List.of(directory), options)) {
            for (int size : sizes) {
                for (int written : new int[] {0, 1, 65_536}) {
                    refs.add(lend(extents, size, Math.min(written, size), size));
                    refs.add(append(extents, Payload.of(77, 77)));
                    refs.add(lend(extents, size, Math.min(written, size), -1));
                }
            }
        }
        try (LocalExtents extents = LocalExtents.open(List.of(directory), options)) {
            refs.forEach(ref -> verify(extents, ref));
        }
    }

    /** The first bytes are written, the others lent, each time in one of two arrays. */
    private static ExtentRef lend(Extents extents, int size, int written, long hint) {
        byte[] bytes = Payload.of(size, size);
        byte[][] arrays = new byte[2][512 << 10];
        ExtentWriter.Lent[] lent = {ExtentWriter.Lent.WRITTEN, ExtentWriter.Lent.WRITTEN};
        try (ExtentWriter writer = extents.open(hint)) {
            writer.write(bytes, 0, written);
            int turn = 0;
            for (int at = written; at < size; turn ^= 1) {
                int count = Math.min(arrays[turn].length, size - at);
                lent[turn].await();
                System.arraycopy(bytes, at, arrays[turn], 0, count);
                lent[turn] = writer.lend(arrays[turn], count);
                at += count;
            }
            return writer.finish();
        }
    }

    @Test
    void rangesAreReadFromAnyPlace() {
        Random random = Seed.fresh().random();
        byte[] bytes = Payload.of(5, 700_001);
        try (LocalExtents extents = open()) {
            ExtentRef ref = append(extents, bytes);
            byte[] into = new byte[400_000];
            for (int i = 0; i < 200; i++) {
                int offset = random.nextInt(bytes.length);
                int length = random.nextInt(300_000) + 1;
                int n = extents.read(ref, offset, into, 7, length);
                assertEquals(Math.min(length, bytes.length - offset), n);
                assertArrayEquals(
                        java.util.Arrays.copyOfRange(bytes, offset, offset + n),
                        java.util.Arrays.copyOfRange(into, 7, 7 + n));
            }
            assertEquals(-1, extents.read(ref, bytes.length, into, 0, 1));
            assertEquals(0, extents.read(ref, 3, into, 0, 0));
        }
    }

    @Test
    void directBuffersAreFilledFromAnyPlaceWithAndWithoutScratch() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        byte[] bytes = Payload.of(6, 700_001);
        try (LocalExtents extents = open()) {
            ExtentRef ref = append(extents, bytes);
            for (int i = 0; i < 300; i++) {
                int block = random.nextBoolean() ? 1 : VolumeFormat.BLOCK_BYTES;
                int offset = random.nextInt(bytes.length) / block * block;
                int length = random.nextInt(300_000) + 1;
                int before = random.nextInt(9);
                ByteBuffer into =
                        ByteBuffer.allocateDirect(before + length + random.nextInt(6))
                                .limit(before + length)
                                .position(before);
                int n = extents.read(ref, offset, into);
                assertEquals(Math.min(length, bytes.length - offset), n, seed::toString);
                assertEquals(before + n, into.position(), seed::toString);
                assertEquals(before + length, into.limit(), seed::toString);
                byte[] got = new byte[n];
                into.get(before, got);
                assertArrayEquals(
                        java.util.Arrays.copyOfRange(bytes, offset, offset + n),
                        got,
                        seed::toString);
            }
        }
    }

    @Test
    void aFlippedBitIsFoundByAReadIntoADirectBuffer() throws Exception {
        byte[] bytes = Payload.of(8, 200_000);
        try (LocalExtents extents = open()) {
            ExtentRef ref = append(extents, bytes);
            flip(extents, ref.volume(), ref.offset() + 70_000);
            ByteBuffer into = ByteBuffer.allocateDirect(200_004).limit(65_536);
            assertEquals(65_536, extents.read(ref, 0, into));
            assertEquals(65_536, extents.read(ref, 131_072, into.clear().limit(65_536)));
            for (int limit : new int[] {65_536, 200_000}) {
                assertCode(
                        ExtentsException.Code.CORRUPT,
                        () -> extents.read(ref, 65_536, into.clear().limit(limit)));
            }
        }
    }

    @Test
    void aFlippedBitIsFoundAndItsNeighboursStayReadable() throws Exception {
        byte[] bytes = Payload.of(8, 200_000);
        try (LocalExtents extents = open()) {
            ExtentRef ref = append(extents, bytes);
            flip(extents, ref.volume(), ref.offset() + 70_000);
            byte[] into = new byte[10];
            assertEquals(10, extents.read(ref, 0, into, 0, 10));
            assertEquals(10, extents.read(ref, 140_000, into, 0, 10));
            assertCode(ExtentsException.Code.CORRUPT, () -> extents.read(ref, 66_000, into, 0, 10));
            assertCode(
                    ExtentsException.Code.CORRUPT,
                    () -> extents.read(ref, 0, new byte[200_000], 0, 200_000));
        }
    }

    private void flip(Extents extents, long volume, long position) throws Exception {
        try (FileChannel channel =
                FileChannel.open(
                        directory.resolve(Volume.fileName(volume)),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.flip();
            one.put(0, (byte) (one.get(0) ^ 1));
            channel.write(one, position);
        }
    }

    @Test
    void aReferenceToAnotherPlaceIsRefused() {
        byte[] same = new byte[100];
        try (LocalExtents extents = open()) {
            ExtentRef first = append(extents, same);
            ExtentRef second = append(extents, same);
            ExtentRef forged =
                    new ExtentRef(
                            first.store(),
                            first.epoch(),
                            first.volume(),
                            first.offset() + 1,
                            first.length());
            assertNotEquals(first, second);
            assertCode(ExtentsException.Code.CORRUPT, () -> Payload.read(extents, forged));
            assertCode(
                    ExtentsException.Code.NOT_FOUND,
                    () -> Payload.read(extents, new ExtentRef(first.store(), 1, 999, 4_096, 1)));
        }
    }

    @Test
    void sealedVolumesTakeNoMoreAndDeletedOnesAreGoneForGood() {
        ExtentRef first;
        try (LocalExtents extents = open()) {
            first = append(extents, Payload.of(1, 100));
            extents.seal(first.volume());
            ExtentRef second = append(extents, Payload.of(2, 100));
            assertNotEquals(first.volume(), second.volume());
            assertTrue(info(extents, first.volume()).sealed());
            assertFalse(info(extents, second.volume()).sealed());
            assertArrayEquals(Payload.of(1, 100), Payload.read(extents, first));
            extents.delete(second.volume());
            extents.delete(second.volume());
            assertCode(ExtentsException.Code.NOT_FOUND, () -> Payload.read(extents, second));
            ExtentRef third = append(extents, Payload.of(3, 100));
            assertTrue(third.volume() > second.volume());
            extents.delete(third.volume());
        }
        try (LocalExtents extents = open()) {
            assertTrue(info(extents, first.volume()).sealed());
            ExtentRef fourth = append(extents, Payload.of(4, 100));
            assertTrue(fourth.volume() > 3, "volume numbers never come again");
        }
    }

    private static VolumeInfo info(Extents extents, long volume) {
        return extents.list().stream().filter(i -> i.volume() == volume).findFirst().orElseThrow();
    }

    @Test
    void volumesRotateAndKeepEverything() throws Exception {
        try (LocalExtents extents = open()) {
            Set<ExtentRef> refs = java.util.concurrent.ConcurrentHashMap.newKeySet();
            try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int w = 0; w < 8; w++) {
                    running.add(
                            writers.submit(
                                    () -> {
                                        for (int i = 1; i <= 25; i++) {
                                            int size = 100_000 + i;
                                            refs.add(append(extents, Payload.of(size, size)));
                                        }
                                    }));
                }
                for (Future<?> f : running) {
                    f.get();
                }
            }
            assertEquals(200, refs.size());
            refs.forEach(ref -> verify(extents, ref));
            assertTrue(extents.list().size() >= 5);
            assertTrue(extents.list().stream().filter(VolumeInfo::sealed).count() >= 2);
        }
    }

    @Test
    void aWriterThatGivesUpLeavesTheVolumeUsable() {
        try (LocalExtents extents = open()) {
            byte[] bytes = Payload.of(1, 1_500_000);
            try (ExtentWriter writer = extents.open(bytes.length)) {
                writer.write(bytes, 0, 1_400_000);
            }
            try (ExtentWriter writer = extents.open(-1)) {
                writer.write(bytes, 0, bytes.length);
                writer.abort();
            }
            ExtentWriter tooMuch = extents.open(10);
            assertCode(ExtentsException.Code.LIMIT, () -> tooMuch.write(bytes, 0, 11));
            assertCode(ExtentsException.Code.LIMIT, tooMuch::finish);
            for (int i = 0; i < 10; i++) {
                ExtentRef ref = append(extents, Payload.of(600_000, 600_000));
                verify(extents, ref);
            }
        }
    }

    @Test
    void interruptedReadersDisturbNobody() throws Exception {
        byte[] bytes = Payload.of(9, 2_000_000);
        try (LocalExtents extents = open();
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            ExtentRef ref = append(extents, bytes);
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean interrupts = i % 2 == 0;
                running.add(
                        readers.submit(
                                () -> {
                                    int reads = 0;
                                    while (reads == 0 || !stop.get()) {
                                        if (interrupts) {
                                            Thread.currentThread().interrupt();
                                        }
                                        assertArrayEquals(bytes, Payload.read(extents, ref));
                                        assertEquals(interrupts, Thread.interrupted());
                                        reads++;
                                    }
                                    return reads;
                                }));
            }
            for (int i = 0; i < 20; i++) {
                append(extents, Payload.of(i, 50_000));
                Thread.sleep(5);
            }
            stop.set(true);
            for (Future<Integer> f : running) {
                assertTrue(f.get() > 0);
            }
        }
    }

    @Test
    void aFullDiskRefusesAppendsAndStaysReadable() throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(1));
        disk.capacity(20 << 20);
        try (LocalExtents extents =
                LocalExtents.openDisks(List.of(disk), OPTIONS.withReserveBytes(2 << 20))) {
            List<ExtentRef> refs = new ArrayList<>();
            ExtentsException full =
                    assertThrows(
                            ExtentsException.class,
                            () -> {
                                while (true) {
                                    refs.add(append(extents, Payload.of(300_000, 300_000)));
                                }
                            });
            assertEquals(ExtentsException.Code.DISK_FULL, full.code());
            assertTrue(refs.size() >= 2, "" + refs.size());
            refs.forEach(ref -> verify(extents, ref));
            refs.stream().map(ExtentRef::volume).distinct().forEach(extents::delete);
            verify(extents, append(extents, Payload.of(300_000, 300_000)));
        }
    }

    @Test
    void afterAFailedSyncNothingIsAcknowledged() throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(1));
        LocalExtents extents = LocalExtents.openDisks(List.of(disk), OPTIONS);
        ExtentRef before = append(extents, Payload.of(100, 100));
        disk.failSyncs(1);
        assertCode(ExtentsException.Code.FAILED, () -> append(extents, Payload.of(2, 100)));
        disk.failSyncs(0);
        assertCode(ExtentsException.Code.FAILED, () -> append(extents, Payload.of(3, 100_000)));
        verify(extents, before);
        extents.close();
    }

    @Test
    void severalDirectoriesShareTheVolumesAndTheirNumbers(@TempDir Path other) throws Exception {
        FaultyDisk roomy = new FaultyDisk(new Random(1));
        FaultyDisk tight = new FaultyDisk(new Random(2));
        roomy.capacity(64 << 20);
        tight.capacity(60 << 20);
        try (LocalExtents extents = LocalExtents.openDisks(List.of(tight, roomy), OPTIONS)) {
            List<ExtentRef> refs = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                refs.add(append(extents, Payload.of(400_000, 400_000)));
            }
            refs.forEach(ref -> verify(extents, ref));
            assertFalse(roomy.volumes().isEmpty());
            assertFalse(tight.volumes().isEmpty());
        }
        ExtentRef first;
        try (LocalExtents extents = LocalExtents.open(List.of(directory, other), OPTIONS)) {
            first = append(extents, Payload.of(1, 1));
        }
        try (LocalExtents extents = LocalExtents.open(List.of(other, directory), OPTIONS)) {
            verify(extents, first);
            extents.delete(first.volume());
            assertTrue(append(extents, new byte[1]).volume() > first.volume());
        }
    }

    @Test
    void aVolumeOfRelaxedDurabilityIsNotAppendedToAgain() {
        ExtentsOptions relaxed = OPTIONS.withDurability(Durability.RELAXED);
        ExtentRef early;
        try (LocalExtents extents = LocalExtents.open(List.of(directory), relaxed)) {
            early = append(extents, Payload.of(50, 50));
        }
        try (LocalExtents extents = open()) {
            verify(extents, early);
            assertTrue(info(extents, early.volume()).sealed());
            ExtentRef later = append(extents, Payload.of(50, 50));
            assertNotEquals(early.volume(), later.volume());
        }
    }

    @Test
    void aSecondOpenerIsToldWhoIsInside() {
        try (LocalExtents extents = open()) {
            append(extents, new byte[] {1});
            ExtentsException e = assertThrows(ExtentsException.class, this::open);
            assertEquals(ExtentsException.Code.LOCKED, e.code());
            assertTrue(e.getMessage().contains("" + ProcessHandle.current().pid()));
        }
    }

    @Test
    void anUnknownFormatIsRefused() throws Exception {
        ExtentRef ref;
        try (LocalExtents extents = open()) {
            ref = append(extents, new byte[] {1});
        }
        Path file = directory.resolve(Volume.fileName(ref.volume()));
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes)
                .putInt(8, 9)
                .putInt(56, VolumeFormat.crcOf(putVersion(bytes), 0, 56));
        Files.write(file, bytes);
        assertCode(ExtentsException.Code.FORMAT, this::open);
    }

    private static byte[] putVersion(byte[] bytes) {
        ByteBuffer.wrap(bytes).putInt(8, 9);
        return bytes;
    }

    @Test
    void aVolumeOfTheFirstFormatIsStillReadable() throws Exception {
        byte[] golden;
        try (java.io.InputStream in =
                LocalExtentsTest.class.getResourceAsStream("/volume-v1.hex")) {
            golden =
                    java.util.HexFormat.of()
                            .parseHex(
                                    new String(
                                                    in.readAllBytes(),
                                                    java.nio.charset.StandardCharsets.US_ASCII)
                                            .replaceAll("\\s", ""));
        }
        byte[] file = new byte[4_096 + golden.length - 36];
        System.arraycopy(golden, 0, file, 0, 36);
        System.arraycopy(golden, 36, file, 4_096, golden.length - 36);
        Files.createDirectories(directory);
        Files.write(directory.resolve(Volume.fileName(7)), file);
        try (LocalExtents extents = open()) {
            assertArrayEquals(
                    "millrace".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                    Payload.read(extents, ExtentRef.unnamed(7, 4_096, 8)));
            assertTrue(info(extents, 7).sealed());
        }
    }

    private static void assertCode(
            ExtentsException.Code code, org.junit.jupiter.api.function.Executable e) {
        assertEquals(code, assertThrows(ExtentsException.class, e).code());
    }
}
