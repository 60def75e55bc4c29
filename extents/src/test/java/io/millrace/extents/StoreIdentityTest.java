package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reference means the bytes of one store, and a directory knows whose it is. */
class StoreIdentityTest {
    private static final ExtentsOptions OPTIONS =
            ExtentsOptions.standard().withVolumeBytes(4 << 20).withReserveBytes(0);
    private static final UUID KEYS = new UUID(1, 2);

    @TempDir Path root;

    private LocalExtents open(String... names) {
        return LocalExtents.open(paths(names), OPTIONS);
    }

    private List<Path> paths(String... names) {
        return java.util.Arrays.stream(names).map(root::resolve).toList();
    }

    private static ExtentRef append(Extents extents, byte[] bytes) {
        return extents.append(bytes, 0, bytes.length);
    }

    @Test
    void anothersExtentIsNeverAnsweredByOtherBytes() {
        Random random = Seed.fresh().random();
        try (LocalExtents a = open("a");
                LocalExtents b = open("b")) {
            for (int i = 0; i < 500; i++) {
                byte[] mine = Payload.of(random.nextLong(), 1 + random.nextInt(40_000));
                byte[] others = Payload.of(random.nextLong(), mine.length);
                ExtentRef inA = append(a, mine);
                ExtentRef inB = append(b, others);
                assertEquals(inA.volume(), inB.volume(), "the same place, another store");
                assertEquals(inA.offset(), inB.offset());
                assertArrayEquals(mine, Payload.read(a, inA));
                assertArrayEquals(others, Payload.read(b, inB));
                assertRefused(ExtentsException.Code.ELSEWHERE, () -> Payload.read(b, inA));
                assertRefused(ExtentsException.Code.ELSEWHERE, () -> Payload.read(a, inB));
            }
        }
    }

    @Test
    void aBlockOfAnotherStoresVolumeIsFoundByItsChecksum() throws Exception {
        byte[] same = Payload.of(7, 100_000);
        ExtentRef inA;
        try (LocalExtents a = open("a");
                LocalExtents b = open("b")) {
            inA = append(a, same);
            append(b, same);
        }
        Path ours = root.resolve("a").resolve(Volume.fileName(inA.volume()));
        Path theirs = root.resolve("b").resolve(Volume.fileName(inA.volume()));
        byte[] bytes = Files.readAllBytes(ours);
        byte[] moved = Files.readAllBytes(theirs);
        int from = (int) inA.offset();
        System.arraycopy(moved, from, bytes, from, VolumeFormat.FRAMED_BLOCK_BYTES);
        Files.write(ours, bytes);
        try (LocalExtents a = open("a")) {
            assertRefused(ExtentsException.Code.CORRUPT, () -> Payload.read(a, inA));
        }
        Files.write(ours, moved);
        String text = assertRefused(ExtentsException.Code.IDENTITY, () -> open("a"));
        assertTrue(text.contains(ours.getFileName().toString()), text);
    }

    @Test
    void aDirectoryThatWasSetBackNeverServesNewBytesForOldReferences() throws Exception {
        try (LocalExtents extents = open("a")) {
            extents.join(KEYS, 1, null, new UUID(0, 1));
        }
        copy(root.resolve("a"), root.resolve("before"));
        ExtentRef lost;
        try (LocalExtents extents = open("a")) {
            extents.join(KEYS, 2, new UUID(0, 1), new UUID(0, 2));
            lost = append(extents, Payload.of(1, 50_000));
        }
        try (LocalExtents extents = open("before")) {
            extents.join(KEYS, 3, new UUID(0, 1), new UUID(0, 3));
            ExtentRef now = append(extents, Payload.of(2, 50_000));
            assertEquals(lost.volume(), now.volume());
            assertEquals(lost.offset(), now.offset());
            assertNotEquals(lost, now);
            assertRefused(ExtentsException.Code.CORRUPT, () -> Payload.read(extents, lost));
        }
    }

    @Test
    void theIdStaysAndTheEpochRisesWithEachStartThatJoins() {
        StoreId id;
        ExtentRef first;
        try (LocalExtents extents = open("a")) {
            StoreIdentity fresh = extents.identity();
            id = fresh.store();
            assertEquals(0, fresh.epoch());
            assertNull(fresh.keySpace());
            assertFalse(fresh.joined() || fresh.unnamed() || fresh.adopt());
            extents.join(KEYS, 1, null, new UUID(0, 1));
            first = append(extents, new byte[] {1});
            assertEquals(1, first.epoch());
            assertRefused(
                    ExtentsException.Code.IDENTITY,
                    () -> extents.join(KEYS, 2, null, new UUID(0, 2)));
        }
        try (LocalExtents extents = open("a")) {
            StoreIdentity again = extents.identity();
            assertEquals(id, again.store());
            assertEquals(KEYS, again.keySpace());
            assertEquals(1, again.epoch());
            assertEquals(new UUID(0, 1), again.offered());
            assertFalse(again.joined());
            extents.join(KEYS, 2, again.offered(), new UUID(0, 2));
            List<ExtentRef> second = new ArrayList<>();
            for (int i = 0; i < OPTIONS.largeLanes(); i++) {
                second.add(append(extents, Payload.of(i, 20_000)));
                assertEquals(2, second.getLast().epoch());
                assertArrayEquals(Payload.of(i, 20_000), Payload.read(extents, second.getLast()));
            }
            assertTrue(
                    second.stream().anyMatch(ref -> ref.volume() == first.volume()),
                    "the volume goes on");
            assertArrayEquals(new byte[] {1}, Payload.read(extents, first));
        }
    }

    @Test
    void aMissingDirectoryADuplicateAndAStrangersAreRefusedWithTheReason() throws Exception {
        try (LocalExtents extents = open("a", "b")) {
            extents.join(KEYS, 1, null, new UUID(0, 1));
        }
        open("stranger").close();
        String text = assertRefused(ExtentsException.Code.IDENTITY, () -> open("b"));
        assertTrue(text.contains("number 0") && text.contains("missing"), text);
        text = assertRefused(ExtentsException.Code.IDENTITY, () -> open("a", "unmounted"));
        assertTrue(text.contains("mounted"), text);
        text = assertRefused(ExtentsException.Code.IDENTITY, () -> open("a", "b", "stranger"));
        assertTrue(text.contains("stranger"), text);
        copy(root.resolve("b"), root.resolve("copy"));
        text = assertRefused(ExtentsException.Code.IDENTITY, () -> open("a", "b", "copy"));
        assertTrue(text.contains("copy"), text);
        open("b", "a").close();
    }

    @Test
    void aNewDirectoryJoinsTheOthers() {
        StoreId id;
        try (LocalExtents extents = open("a")) {
            id = extents.identity().store();
            extents.join(KEYS, 1, null, new UUID(0, 1));
        }
        open("new", "a").close();
        try (LocalExtents extents = open("a", "new")) {
            assertEquals(id, extents.identity().store());
        }
        assertRefused(ExtentsException.Code.IDENTITY, () -> open("a"));
    }

    @Test
    void aLostIdentityFileIsMadeAgainFromTheVolumesADamagedOneIsNamed() throws Exception {
        ExtentRef ref;
        try (LocalExtents extents = open("a")) {
            extents.join(KEYS, 1, null, new UUID(0, 1));
            ref = append(extents, new byte[] {5});
        }
        Path file = root.resolve("a").resolve(IdentityFiles.IDENTITY);
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] flipped = whole.clone();
            flipped[i] ^= 4;
            Files.write(file, flipped);
            String text = assertRefused(ExtentsException.Code.CORRUPT, () -> open("a"));
            assertTrue(text.contains(IdentityFiles.IDENTITY), text);
        }
        Files.delete(file);
        try (LocalExtents extents = open("a")) {
            assertEquals(ref.store(), extents.identity().store());
            assertArrayEquals(new byte[] {5}, Payload.read(extents, ref));
        }
    }

    @Test
    void theFilesOfVersionOneStayReadable() throws Exception {
        Path directory = Files.createDirectories(root.resolve("a"));
        byte[] identity = golden("store-identity-v1");
        byte[] starts = golden("store-starts-v1");
        Files.write(directory.resolve(IdentityFiles.IDENTITY), identity);
        Files.write(directory.resolve(IdentityFiles.STARTS), starts);
        try (LocalExtents extents = open("a")) {
            StoreIdentity read = extents.identity();
            assertEquals(new StoreId(0x1122334455667788L, 0x99AABBCCDDEEFF00L), read.store());
            assertEquals(new UUID(0x0102030405060708L, 0x090A0B0C0D0E0F10L), read.keySpace());
            assertTrue(read.unnamed());
            assertEquals(7, read.epoch());
            assertEquals(new UUID(5, 6), read.accepted());
            assertEquals(new UUID(7, 8), read.offered());
        }
        assertArrayEquals(identity, Files.readAllBytes(directory.resolve(IdentityFiles.IDENTITY)));
        assertArrayEquals(starts, Files.readAllBytes(directory.resolve(IdentityFiles.STARTS)));
    }

    @Test
    void aVolumeOfTheSecondFormatIsWrittenAsItWasAndReadForEver() throws Exception {
        StoreId store = new StoreId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
        Files.createDirectories(root.resolve("a"));
        Files.write(root.resolve("a").resolve(IdentityFiles.IDENTITY), golden("store-identity-v1"));
        Files.write(root.resolve("a").resolve(IdentityFiles.STARTS), golden("store-starts-v1"));
        byte[] golden = golden("volume-v2");
        Path file = root.resolve("a").resolve(Volume.fileName(1));
        try (LocalExtents extents = open("a")) {
            extents.join(new UUID(1, 1), 8, null, new UUID(9, 9));
            ExtentRef ref = append(extents, "millrace".getBytes(StandardCharsets.US_ASCII));
            assertEquals(new ExtentRef(store, 8, 1, 4_096, 8), ref);
            extents.seal(1);
        }
        byte[] written = Files.readAllBytes(file);
        byte[] header =
                VolumeFormat.header(
                                new VolumeFormat.Header(
                                        store, 8, 1, Instant.ofEpochSecond(1_700_000_000), true))
                        .array();
        assertEquals(hex(golden, 0, 60), hex(header, 0, 60));
        assertEquals(hex(golden, 60, golden.length), hex(written, 4_096, written.length));
        System.arraycopy(golden, 0, written, 0, 60);
        Files.write(file, written);
        try (LocalExtents extents = open("a")) {
            assertArrayEquals(
                    "millrace".getBytes(StandardCharsets.US_ASCII),
                    Payload.read(extents, new ExtentRef(store, 8, 1, 4_096, 8)));
            VolumeInfo info = extents.list().getFirst();
            assertEquals(Instant.ofEpochSecond(1_700_000_000), info.created());
            assertEquals(store, info.store());
            assertTrue(info.sealed());
        }
    }

    @Test
    void volumesOfVersionOneAreReadAndNeverWrittenToAndOnlyByTheStoreThatHasThem()
            throws Exception {
        byte[] golden = golden("volume-v1");
        byte[] file = new byte[4_096 + 16];
        System.arraycopy(golden, 0, file, 0, 36);
        System.arraycopy(golden, 36, file, 4_096, 16);
        Files.createDirectories(root.resolve("a"));
        Files.write(root.resolve("a").resolve(Volume.fileName(7)), file);
        ExtentRef old = ExtentRef.unnamed(7, 4_096, 8);
        try (LocalExtents a = open("a");
                LocalExtents b = open("b")) {
            assertTrue(a.identity().unnamed());
            VolumeInfo info = a.list().getFirst();
            assertTrue(info.sealed());
            assertEquals(StoreId.UNNAMED, info.store());
            ExtentRef next = append(a, Payload.of(1, 10));
            assertEquals(8, next.volume());
            assertEquals(8, Payload.read(a, old).length);
            append(b, Payload.of(1, 10));
            assertRefused(ExtentsException.Code.ELSEWHERE, () -> Payload.read(b, old));
        }
        Files.write(root.resolve("b").resolve(Volume.fileName(7)), file);
        assertRefused(ExtentsException.Code.IDENTITY, () -> open("b"));
    }

    @Test
    void referencesOfBothVersionsAreReadAndAnythingElseIsRefused() {
        StoreId store = new StoreId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
        ExtentRef second =
                new ExtentRef(store, 3, 7, 4_096, 70_000, new Encryption(9, 0x01020304, 5));
        String golden =
                "02112233445566778899aabbccddeeff0000000000000000030000000000000007"
                        + "00000000000010000000000000011170"
                        + "00000009010203040000000000000005";
        assertEquals(golden, HexFormat.of().formatHex(second.encode()));
        assertEquals(second, ExtentRef.decode(HexFormat.of().parseHex(golden)));
        String first = "00" + "0000000000000007" + "0000000000001000" + "0000000000011170";
        assertEquals(
                ExtentRef.unnamed(7, 4_096, 70_000),
                ExtentRef.decode(HexFormat.of().parseHex(first)));
        assertEquals(first, HexFormat.of().formatHex(ExtentRef.unnamed(7, 4_096, 70_000).encode()));
        for (String wrong : List.of("", "00", "01" + first.substring(2), golden + "00")) {
            assertRefused(
                    ExtentsException.Code.FORMAT,
                    () -> ExtentRef.decode(HexFormat.of().parseHex(wrong)));
        }
        try (LocalExtents a = open("a")) {
            ExtentRef plain = append(a, new byte[10]);
            ExtentRef sealed =
                    new ExtentRef(
                            plain.store(),
                            plain.epoch(),
                            plain.volume(),
                            plain.offset(),
                            plain.length(),
                            second.encryption());
            assertRefused(ExtentsException.Code.FORMAT, () -> Payload.read(a, sealed));
        }
    }

    private static byte[] golden(String name) throws IOException {
        try (java.io.InputStream in =
                java.util.Objects.requireNonNull(
                        StoreIdentityTest.class.getResourceAsStream("/" + name + ".hex"), name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        }
    }

    private static String hex(byte[] bytes, int from, int to) {
        return HexFormat.of().formatHex(bytes, from, to);
    }

    private static String assertRefused(
            ExtentsException.Code code, org.junit.jupiter.api.function.Executable call) {
        ExtentsException refused = assertThrows(ExtentsException.class, call);
        assertEquals(code, refused.code(), refused.getMessage());
        return String.valueOf(refused.getMessage());
    }

    private static void copy(Path from, Path to) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        files.add(file);
                        return FileVisitResult.CONTINUE;
                    }
                });
        Files.createDirectories(to);
        for (Path file : files) {
            Files.copy(file, to.resolve(from.relativize(file)));
        }
    }
}
