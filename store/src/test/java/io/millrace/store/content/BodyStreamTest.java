package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.store.content.Hashers.Chunks;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a body asks of the extents, the hashing threads and the heap, and that it gives it back. */
class BodyStreamTest {
    private static final int INLINE = 1000;
    private static final int WHOLE = 256 * 1024;
    private static final int CHUNK = BodyStream.CHUNK_BYTES;
    private static final long BESIDE = BodyStream.BESIDE_BYTES;
    private static final long PLENTY = 64L << 20;

    @TempDir Path directory;
    private final Pins pins = new Pins();
    private Asked keySpace;
    private Watched extents;
    private Bodies bodies;

    @BeforeEach
    void open() {
        keySpace = new Asked(RocksKeySpace.open(directory.resolve("keys")));
        ExtentsOptions options =
                ExtentsOptions.standard()
                        .withVolumeBytes(64 << 20)
                        .withDurability(Durability.NONE)
                        .withReserveBytes(0);
        extents = new Watched(LocalExtents.open(List.of(directory.resolve("volumes")), options));
        Room room = new Room(Optional.empty(), List.of());
        Space space = new Space(keySpace, true);
        bodies = new Bodies(extents, space, pins, room, INLINE, 2L * CHUNK);
    }

    @AfterEach
    void close() {
        bodies.close();
        extents.close();
        keySpace.close();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private Body receive(int size, long declared) {
        return bodies.receive(
                new ByteArrayInputStream(bytes(size)), declared, ExpectedDigests.NONE, 1L << 40);
    }

    private BodyStream stream(Hashers hashers, long declared) {
        return new BodyStream(
                bodies, extents, hashers, declared, new Digests(ExpectedDigests.NONE));
    }

    private static int free(Hashers hashers) {
        int free = 0;
        while (free < 1000 && hashers.tryTake()) {
            free++;
        }
        for (int i = 0; i < free; i++) {
            hashers.leave();
        }
        return free;
    }

    private void assertNothingIsHeld() {
        assertTrue(extents.list().stream().noneMatch(v -> pins.pinned(v.volume())));
        assertTrue(pins.quiet(pins.mark()));
        assertEquals(List.of(), extents.lent);
    }

    @Test
    void smallBodiesGoToTheExtentsInOnePieceAndOthersSayHowLargeEachExtentWillBe() {
        receive(bodies.inlineBytes(), -1);
        receive(bodies.inlineBytes(), bodies.inlineBytes());
        assertEquals(List.of(), extents.asked, "rows of the key space");
        receive(bodies.inlineBytes() + 1, bodies.inlineBytes() + 1);
        receive(WHOLE, WHOLE);
        assertEquals(List.of("append " + (INLINE + 1), "append " + WHOLE), extents.asked);
        extents.asked.clear();
        receive(WHOLE + 1, WHOLE + 1);
        assertEquals(List.of("open " + (WHOLE + 1), "finish"), extents.asked);
        extents.asked.clear();
        int size = 5 * CHUNK + 7;
        String full = "open " + 2 * CHUNK;
        receive(size, size);
        assertEquals(
                List.of(full, "finish", full, "finish", "open " + (CHUNK + 7), "finish"),
                extents.asked);
        extents.asked.clear();
        receive(size, -1);
        String unknown = "open -1";
        assertEquals(
                List.of(unknown, "finish", unknown, "finish", unknown, "finish"), extents.asked);
    }

    /** Who waits for the writers would else take the volume for one that nobody needs. */
    @Test
    void anExtentIsWaitedForFromBeforeItIsDurableUntilItIsPinned() {
        List<Boolean> quiet = new ArrayList<>();
        extents.beforeDurable = () -> quiet.add(pins.quiet(pins.mark()));
        for (int size : new int[] {WHOLE, WHOLE + 1}) {
            Body.Content content = assertInstanceOf(Body.Content.class, receive(size, size));
            assertTrue(pins.quiet(pins.mark()));
            assertTrue(pins.pinned(content.pieces().getFirst().ref().volume()));
        }
        assertEquals(List.of(false, false), quiet);
    }

    @Test
    void theExtentOfABodyThatEndsEarlyIsGivenUpAndThoseBeforeAreDead() {
        int size = 3 * CHUNK + 1;
        assertEquals(new Body.Incomplete(size + 1, size), receive(size, size + 1));
        assertEquals(
                List.of("open " + 2 * CHUNK, "finish", "open " + (CHUNK + 2), "abort"),
                extents.asked);
        assertEquals(List.of("commit relaxed"), keySpace.asked());
        assertNothingIsHeld();
    }

    @Test
    void aSmallBodyThatIsRefusedCostsNoCommit() {
        for (int size : new int[] {INLINE, WHOLE, CHUNK}) {
            assertInstanceOf(Body.Incomplete.class, receive(size, size + 1));
        }
        assertEquals(List.of(), keySpace.asked());
    }

    @Test
    void theLimitHoldsForAllChunksTogether() {
        long limit = 2L * CHUNK;
        for (int size : new int[] {2 * CHUNK, 2 * CHUNK + 1}) {
            Body body =
                    bodies.receive(
                            new ByteArrayInputStream(bytes(size)), -1, ExpectedDigests.NONE, limit);
            if (size <= limit) {
                bodies.settled(assertInstanceOf(Body.Content.class, body).pieces());
            } else {
                assertEquals(new Body.TooLarge(limit), body);
            }
        }
        assertNothingIsHeld();
    }

    @Test
    void ofABodyThatIsAnnouncedAsTooLargeNoByteIsRead() {
        InputStream unread =
                new InputStream() {
                    @Override
                    public int read() {
                        throw new AssertionError("it was read");
                    }
                };
        for (int limit : new int[] {0, INLINE, WHOLE, CHUNK}) {
            assertEquals(
                    new Body.TooLarge(limit),
                    bodies.receive(unread, limit + 1, ExpectedDigests.NONE, limit));
        }
    }

    @Test
    void whateverFailsWhenABodyEndsItsOwnEndIsTold() {
        extents.beforeEnd =
                () -> {
                    throw new ExtentsException(ExtentsException.Code.FAILED, "a test");
                };
        int size = CHUNK + 1;
        assertEquals(new Body.Incomplete(size + 1, size), receive(size, size + 1));
        assertNothingIsHeld();
    }

    @Test
    void noArrayServesTheNextBodyBeforeItIsWritten() {
        try (Hashers hashers = new Hashers(1, PLENTY)) {
            byte[] array;
            try (BodyStream body = stream(hashers, -1)) {
                array = body.chunk();
                body.write(array.length);
                assertEquals(List.of(array), extents.lent);
                assertNotSame(array, hashers.arrays(Chunks.LARGE).take());
            }
            assertNothingIsHeld();
            assertSame(array, hashers.arrays(Chunks.LARGE).take());
        }
    }

    @Test
    void aBodyIsReadIntoItsArraysInTurn() {
        try (Hashers hashers = new Hashers(1, PLENTY)) {
            for (long declared : new long[] {-1, BESIDE - 1}) {
                int count = (declared < 0 ? Chunks.LARGE : Chunks.LITTLE).count();
                List<byte[]> arrays = new ArrayList<>();
                try (BodyStream body = stream(hashers, declared)) {
                    for (int i = 0; i < 2 * count; i++) {
                        byte[] array = body.chunk();
                        int turn = i % count;
                        if (i < count) {
                            arrays.forEach(other -> assertNotSame(other, array));
                            arrays.add(array);
                        }
                        assertSame(arrays.get(turn), array);
                        body.write(Extents.BLOCK_BYTES);
                    }
                }
            }
        }
        assertNothingIsHeld();
    }

    @Test
    void onlyALongBodyTakesAHashingThreadAndLargeChunks() {
        try (Hashers hashers = new Hashers(2, PLENTY)) {
            for (long declared : new long[] {-1, BESIDE - 1, BESIDE, BESIDE + 1}) {
                boolean isLong = declared != BESIDE - 1;
                try (BodyStream body = stream(hashers, declared)) {
                    assertEquals(isLong ? 1 : 2, free(hashers), "of " + declared);
                    Chunks chunks = isLong ? Chunks.LARGE : Chunks.LITTLE;
                    assertEquals(chunks.bytes(), body.chunk().length);
                }
                assertEquals(2, free(hashers), "after " + declared);
            }
        }
    }

    @Test
    void aBodyThatFindsNoHashingThreadHashesItself() throws Exception {
        try (Hashers hashers = new Hashers(1, PLENTY)) {
            assertTrue(hashers.tryTake());
            hashers.close();
            byte[] bytes = bytes(CHUNK);
            try (BodyStream body = stream(hashers, -1)) {
                System.arraycopy(bytes, 0, body.chunk(), 0, CHUNK);
                body.write(CHUNK);
                Body.Content content = assertInstanceOf(Body.Content.class, body.finish());
                assertArrayEquals(MessageDigest.getInstance("MD5").digest(bytes), content.md5());
                bodies.settled(content.pieces());
            }
            assertEquals(0, free(hashers));
        }
        assertNothingIsHeld();
    }

    @Test
    void aBodyThatTheStoreIsClosedUnderIsToldSo() {
        bodies.close();
        int size = 3 * CHUNK;
        StoreException closed = assertThrows(StoreException.class, () -> receive(size, size));
        assertEquals(StoreException.Code.CLOSED, closed.code());
        extents.lent.clear();
        assertNothingIsHeld();
        assertEquals(List.of("commit relaxed"), keySpace.asked(), "what was written is dead");
    }

    /** The array may still be read by whoever hashes it. */
    @Test
    void anArrayThatWasNotHashedIsLeftAloneAndItsThreadGivenBack() {
        try (Hashers hashers = new Hashers(1, PLENTY)) {
            BodyStream body = stream(hashers, -1);
            byte[] array = body.chunk();
            hashers.close();
            body.write(array.length);
            StoreException closed = assertThrows(StoreException.class, body::close);
            assertEquals(StoreException.Code.CLOSED, closed.code());
            assertEquals(1, free(hashers));
            assertNotSame(array, hashers.arrays(Chunks.LARGE).take());
            extents.lent.clear();
        }
        assertFalse(extents.asked.contains("finish"));
        assertNothingIsHeld();
    }
}
