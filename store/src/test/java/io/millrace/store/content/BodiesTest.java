package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Crc64;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies are taken whole or not at all, and nothing stays of those that are not. */
class BodiesTest {
    private static final int INLINE = 1000;
    private static final int WHOLE = 256 * 1024;
    private static final int BESIDE = 1 << 20;
    private static final long NO_LIMIT = 1L << 40;

    @TempDir Path directory;
    private final Pins pins = new Pins();
    private KeySpace keySpace;
    private Extents extents;
    private Bodies bodies;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        ExtentsOptions options =
                ExtentsOptions.standard()
                        .withVolumeBytes(64 << 20)
                        .withDurability(Durability.NONE)
                        .withReserveBytes(0);
        extents = LocalExtents.open(List.of(directory.resolve("volumes")), options);
        bodies = bodies(DiskReserve.ofBytes(0));
    }

    private Bodies bodies(DiskReserve reserve) {
        return bodies(reserve, 64 << 20);
    }

    private Bodies bodies(DiskReserve reserve, long extentBytes) {
        try {
            Room room = new Room(Optional.of(DiskSpace.of(directory, reserve)), List.of());
            Space space = new Space(keySpace, true);
            return new Bodies(extents, space, pins, room, INLINE, extentBytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        bodies.close();
        extents.close();
        keySpace.close();
    }

    @Test
    void eachSizeStandsWhereItBelongsWithItsDigests() throws Exception {
        for (int size :
                new int[] {
                    0,
                    1,
                    INLINE,
                    INLINE + 1,
                    WHOLE,
                    WHOLE + 1,
                    2 * WHOLE,
                    BESIDE - 1,
                    BESIDE,
                    BESIDE + WHOLE + 7,
                    4 * BodyStream.CHUNK_BYTES,
                    15 * BodyStream.CHUNK_BYTES - 3
                }) {
            byte[] bytes = bytes(size);
            for (long declared : new long[] {size, -1}) {
                Body.Content content = content(receive(bytes, declared));
                assertEquals(size, content.sizeBytes());
                assertArrayEquals(MessageDigest.getInstance("MD5").digest(bytes), content.md5());
                assertEquals(Crc64.of(bytes), content.crc64());
                if (size <= INLINE) {
                    assertArrayEquals(bytes, content.inline());
                    assertTrue(content.pieces().isEmpty());
                } else {
                    assertEquals(0, content.inline().length);
                    assertArrayEquals(bytes, read(content));
                    long volume = content.pieces().getFirst().ref().volume();
                    assertTrue(pins.pinned(volume));
                    bodies.settled(content.pieces());
                    assertFalse(pins.pinned(volume));
                }
                assertTrue(pins.quiet(pins.mark()));
            }
            if (size <= INLINE) {
                assertArrayEquals(
                        bytes, content(bodies.receive(bytes, ExpectedDigests.NONE, size)).inline());
            } else {
                Body.Content whole = content(bodies.receive(bytes, ExpectedDigests.NONE, size));
                assertArrayEquals(bytes, read(whole));
                bodies.settled(whole.pieces());
            }
        }
        assertEquals(0, dead());
    }

    @Test
    void aLimitHoldsForDeclaredAndUndeclaredBodies() {
        for (int limit : new int[] {0, INLINE, INLINE + 1, WHOLE, WHOLE + 1, 3 * WHOLE}) {
            byte[] fits = bytes(limit);
            byte[] larger = bytes(limit + 1);
            for (long sign : new long[] {1, -1}) {
                Body.Content content =
                        content(
                                bodies.receive(
                                        new ByteArrayInputStream(fits),
                                        sign * limit,
                                        ExpectedDigests.NONE,
                                        limit));
                bodies.settled(content.pieces());
                assertEquals(
                        new Body.TooLarge(limit),
                        bodies.receive(
                                new ByteArrayInputStream(larger),
                                sign * (limit + 1),
                                ExpectedDigests.NONE,
                                limit),
                        limit + " " + sign);
            }
            assertEquals(
                    new Body.TooLarge(limit), bodies.receive(larger, ExpectedDigests.NONE, limit));
        }
        assertNothingIsPinned();
    }

    @Test
    void aBodyThatIsNotAsLongAsAnnouncedIsRefusedAndItsBytesAreDead() {
        for (int size : new int[] {0, 1, INLINE, INLINE + 1, WHOLE, WHOLE + 1, 2 * BESIDE}) {
            assertEquals(new Body.Incomplete(size + 1, size), receive(bytes(size), size + 1));
            if (size > 0) {
                StoreException longer =
                        assertThrows(StoreException.class, () -> receive(bytes(size), size - 1));
                assertEquals(StoreException.Code.INVALID_ARGUMENT, longer.code());
                assertEquals(
                        "the body is longer than the " + (size - 1) + " bytes announced",
                        longer.getMessage());
            }
        }
        assertNothingIsPinned();
    }

    @Test
    void aLargeBodyIsCutIntoExtentsOfABoundedSize() {
        int most = 2 * BodyStream.CHUNK_BYTES;
        bodies.close();
        bodies = bodies(DiskReserve.ofBytes(0), most);
        for (int size : new int[] {most - 1, most, most + 1, 2 * most, 3 * most + 5}) {
            byte[] bytes = bytes(size);
            for (long declared : new long[] {size, -1}) {
                Body.Content content = content(receive(bytes, declared));
                long sum = 0;
                for (Piece piece : content.pieces()) {
                    assertEquals(Math.min(most, size - sum), piece.length());
                    assertEquals(piece.length(), piece.ref().length());
                    sum += piece.length();
                }
                assertEquals(size, sum);
                assertArrayEquals(bytes, read(content));
                bodies.settled(content.pieces());
            }
            assertEquals(new Body.Incomplete(size + 1, size), receive(bytes, size + 1));
        }
        assertNothingIsPinned();
    }

    @Test
    void whatIsDiscardedIsLetGoEvenWhenItCannotBeCounted() {
        Body.Content content = content(receive(bytes(WHOLE), WHOLE));
        keySpace.close();
        bodies.discard(content.pieces());
        assertNothingIsPinned();
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
    }

    @Test
    void manyBodiesAtOnceGetTheirOwnDigests() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Body>> received = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                byte[] bytes = bytes(BESIDE + i);
                received.add(threads.submit(() -> receive(bytes, bytes.length)));
            }
            for (int i = 0; i < 12; i++) {
                Body.Content content = content(received.get(i).get());
                byte[] bytes = bytes(BESIDE + i);
                assertArrayEquals(MessageDigest.getInstance("MD5").digest(bytes), content.md5());
                assertArrayEquals(bytes, read(content));
                bodies.settled(content.pieces());
            }
        }
        assertNothingIsPinned();
    }

    @Test
    void aBodyIsHashedInItsOrderHoweverManyThreadsThereAre() throws Exception {
        byte[] bytes = bytes(24 * BodyStream.CHUNK_BYTES);
        Digests digests = new Digests(ExpectedDigests.NONE);
        try (Hashers hashers = new Hashers(4, 64L << 20);
                BodyStream body = new BodyStream(bodies, extents, hashers, bytes.length, digests)) {
            for (int at = 0; at < bytes.length; at += BodyStream.CHUNK_BYTES) {
                System.arraycopy(bytes, at, body.chunk(), 0, BodyStream.CHUNK_BYTES);
                body.write(BodyStream.CHUNK_BYTES);
            }
            Body.Content content = content(body.finish());
            assertArrayEquals(MessageDigest.getInstance("MD5").digest(bytes), content.md5());
            bodies.settled(content.pieces());
        }
    }

    @Test
    void aBodyThatBrokeOffGivesItsHasherBack() {
        try (Hashers hashers = new Hashers()) {
            int free = free(hashers);
            Digests digests = new Digests(ExpectedDigests.NONE);
            try (BodyStream body = new BodyStream(bodies, extents, hashers, -1, digests)) {
                assertEquals(free - 1, free(hashers));
                body.write(body.chunk().length);
            }
            assertEquals(free, free(hashers));
        }
    }

    private static int free(Hashers hashers) {
        int free = 0;
        while (hashers.tryTake()) {
            free++;
        }
        for (int i = 0; i < free; i++) {
            hashers.leave();
        }
        return free;
    }

    @Test
    void theBodiesOfACrowdGoInLittleChunks() {
        byte[] bytes = bytes(5 * BodyStream.LITTLE_CHUNK_BYTES - 1);
        try (Hashers hashers = new Hashers(1, 64L * BodyStream.CHUNK_BYTES)) {
            int crowd = 0;
            while (hashers.take(true) == Hashers.Chunks.LARGE) {
                crowd++;
            }
            assertEquals(BodyStream.LITTLE_CHUNK_BYTES, firstChunk(hashers, bytes.length));
            Digests digests = new Digests(ExpectedDigests.NONE);
            try (BodyStream body = new BodyStream(bodies, extents, hashers, -1, digests)) {
                for (int at = 0; at < bytes.length; at += BodyStream.LITTLE_CHUNK_BYTES) {
                    byte[] chunk = body.chunk();
                    int length = Math.min(chunk.length, bytes.length - at);
                    System.arraycopy(bytes, at, chunk, 0, length);
                    body.write(length);
                }
                Body.Content content = content(body.finish());
                assertArrayEquals(bytes, read(content));
                bodies.settled(content.pieces());
            }
            hashers.leave(Hashers.Chunks.LARGE);
            for (int i = 0; i < 2; i++) {
                assertEquals(BodyStream.CHUNK_BYTES, firstChunk(hashers, bytes.length));
                assertEquals(
                        BodyStream.LITTLE_CHUNK_BYTES,
                        firstChunk(hashers, BodyStream.LITTLE_CHUNK_BYTES),
                        "one that is small itself");
            }
            assertEquals(16, crowd);
        }
    }

    @Test
    void theBodiesOfACrowdThatWouldFillTheHeapGoABlockAtATime() {
        byte[] bytes = bytes(3 * BodyStream.LITTLE_CHUNK_BYTES + 1);
        long heap = 3L * (BodyStream.CHUNK_BYTES + BodyStream.LITTLE_CHUNK_BYTES);
        try (Hashers hashers = new Hashers(1, heap)) {
            assertEquals(Hashers.Chunks.LARGE, hashers.take(true));
            assertEquals(Hashers.Chunks.LITTLE, hashers.take(true));
            long held = 0;
            try (BodyStream body =
                    new BodyStream(
                            bodies, extents, hashers, -1, new Digests(ExpectedDigests.NONE))) {
                Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
                for (int at = 0; at < bytes.length; at += Extents.BLOCK_BYTES) {
                    byte[] chunk = body.chunk();
                    arrays.add(chunk);
                    int length = Math.min(chunk.length, bytes.length - at);
                    System.arraycopy(bytes, at, chunk, 0, length);
                    body.write(length);
                }
                for (byte[] array : arrays) {
                    held += array.length;
                }
                Body.Content content = content(body.finish());
                assertArrayEquals(bytes, read(content));
                bodies.settled(content.pieces());
            }
            assertEquals(Extents.BLOCK_BYTES, held);
            hashers.leave(Hashers.Chunks.LARGE);
            assertEquals(BodyStream.CHUNK_BYTES, firstChunk(hashers, bytes.length));
            assertEquals(BodyStream.CHUNK_BYTES, firstChunk(hashers, bytes.length), "given back");
        }
    }

    @Test
    void theArraysOfABodyServeTheNext() {
        try (Hashers hashers = new Hashers()) {
            for (long declared : new long[] {-1, BodyStream.LITTLE_CHUNK_BYTES}) {
                byte[] array;
                Digests digests = new Digests(ExpectedDigests.NONE);
                try (BodyStream body =
                        new BodyStream(bodies, extents, hashers, declared, digests)) {
                    array = body.chunk();
                }
                try (BodyStream next =
                        new BodyStream(bodies, extents, hashers, declared, digests)) {
                    assertSame(array, next.chunk());
                }
            }
        }
    }

    private int firstChunk(Hashers hashers, long declared) {
        Digests digests = new Digests(ExpectedDigests.NONE);
        try (BodyStream body = new BodyStream(bodies, extents, hashers, declared, digests)) {
            return body.chunk().length;
        }
    }

    @Test
    void wrongDigestsLeaveDeadBytesAndNoPin() {
        ExpectedDigests wrong = ExpectedDigests.NONE.withCrc64(7);
        for (int size : new int[] {INLINE, WHOLE, WHOLE + 1}) {
            long before = dead();
            assertInstanceOf(
                    Body.DigestMismatch.class,
                    bodies.receive(new ByteArrayInputStream(bytes(size)), size, wrong, NO_LIMIT));
            assertEquals(size > WHOLE ? size : 0, dead() - before);
        }
        assertNothingIsPinned();
    }

    @Test
    void aConnectionThatBreaksIsTheBodysFailure() {
        for (int after : new int[] {0, INLINE + 1, WHOLE + 1, BESIDE + 1}) {
            StoreException failed =
                    assertThrows(
                            StoreException.class,
                            () ->
                                    bodies.receive(
                                            new Breaking(after),
                                            -1,
                                            ExpectedDigests.NONE,
                                            NO_LIMIT));
            assertEquals(StoreException.Code.BODY_FAILED, failed.code());
            assertInstanceOf(IOException.class, failed.getCause());
        }
        assertNothingIsPinned();
        // A hasher that a failed body kept would be missed by the next ones.
        for (int i = 0; i < 10; i++) {
            bodies.settled(content(receive(bytes(BESIDE), BESIDE)).pieces());
        }
    }

    @Test
    void whatIsDiscardedIsCountedDeadOnceAndLetGo() {
        Body.Content content = content(receive(bytes(WHOLE), WHOLE));
        long volume = content.pieces().getFirst().ref().volume();
        bodies.pin(content.pieces());
        bodies.discard(content.pieces());
        assertEquals(WHOLE, dead());
        assertTrue(pins.pinned(volume), "the other pin stays");
        bodies.settled(content.pieces());
        assertFalse(pins.pinned(volume));
        bodies.discard(List.of());
        assertEquals(WHOLE, dead());
    }

    @Test
    void nothingIsTakenInWhenTheDiskIsFull() {
        bodies.close();
        bodies = bodies(DiskReserve.ofBytes(Long.MAX_VALUE / 4));
        StoreException full = assertThrows(StoreException.class, () -> receive(bytes(1), 1));
        assertEquals(StoreException.Code.DISK_FULL, full.code());
        assertEquals(
                StoreException.Code.DISK_FULL,
                assertThrows(
                                StoreException.class,
                                () -> bodies.receive(bytes(1), ExpectedDigests.NONE, 1))
                        .code());
    }

    @Test
    void aStoreThatIsClosedSaysSo() {
        extents.close();
        for (int size : new int[] {WHOLE, WHOLE + 1}) {
            StoreException closed =
                    assertThrows(StoreException.class, () -> receive(bytes(size), size));
            assertEquals(StoreException.Code.CLOSED, closed.code());
            assertInstanceOf(ExtentsException.class, closed.getCause());
        }
        assertTrue(pins.quiet(pins.mark()));
    }

    @Test
    void eachFailureOfTheExtentsIsOneOfTheStores() {
        for (ExtentsException.Code code : ExtentsException.Code.values()) {
            ExtentsException cause = new ExtentsException(code, "a test");
            StoreException failure = Bodies.failure(cause);
            assertEquals(expected(code), failure.code());
            assertEquals("a test", failure.getMessage());
            assertEquals(cause, failure.getCause());
        }
    }

    private static StoreException.Code expected(ExtentsException.Code code) {
        return switch (code) {
            case LIMIT -> StoreException.Code.INVALID_ARGUMENT;
            case CLOSED -> StoreException.Code.CLOSED;
            case BUSY -> StoreException.Code.BUSY;
            case DISK_FULL -> StoreException.Code.DISK_FULL;
            case CORRUPT -> StoreException.Code.CORRUPT;
            case ELSEWHERE -> StoreException.Code.EXTENT_ELSEWHERE;
            case IDENTITY -> StoreException.Code.EXTENTS_REFUSED;
            case FAILED, NOT_FOUND, LOCKED, FORMAT, UNAVAILABLE ->
                    StoreException.Code.STORAGE_FAILED;
        };
    }

    private Body receive(byte[] bytes, long declared) {
        return bodies.receive(
                new ByteArrayInputStream(bytes), declared, ExpectedDigests.NONE, NO_LIMIT);
    }

    private static Body.Content content(Body body) {
        return assertInstanceOf(Body.Content.class, body);
    }

    private byte[] read(Body.Content content) {
        byte[] bytes = new byte[(int) content.sizeBytes()];
        int at = 0;
        for (Piece piece : content.pieces()) {
            for (int end = at + (int) piece.length(), from = at; at < end; ) {
                at += extents.read(piece.ref(), at - from, bytes, at, end - at);
            }
        }
        return bytes;
    }

    private long dead() {
        return extents.list().stream()
                .mapToLong(
                        v -> {
                            var store = java.util.Objects.requireNonNull(v.store());
                            byte[] key = StoreKeys.deadBytes(store, v.volume());
                            return Keys.counter(keySpace.get(key));
                        })
                .sum();
    }

    private void assertNothingIsPinned() {
        assertTrue(extents.list().stream().noneMatch(v -> pins.pinned(v.volume())));
        assertTrue(pins.quiet(pins.mark()));
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** A connection that is reset. */
    private static final class Breaking extends InputStream {
        private int left;

        Breaking(int after) {
            left = after;
        }

        @Override
        public int read() throws IOException {
            if (left-- <= 0) {
                throw new IOException("connection reset");
            }
            return 1;
        }
    }
}
