package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Batch;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.store.uploads.Uploads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a reader answers at the edges of an object, and when its bytes are not there. */
class ReadersTest {
    private static final byte[] SMALL = Fixture.bytes(1, 10);
    private static final byte[] LARGE = Fixture.bytes(2, 100_000);

    @TempDir Path directory;
    private Steps steps;
    private Fixture fixture;

    @BeforeEach
    void open() {
        fixture =
                Fixture.hasty(
                        directory,
                        Fixture.quick(),
                        () -> {
                            steps = new Steps(Fixture.rocks(directory));
                            return steps;
                        });
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private ObjectReader reader(String key) {
        return fixture.objects().open(BUCKET, key).orElseThrow();
    }

    private static StoreException.Code code(Executable call) {
        return assertThrows(StoreException.class, call).code();
    }

    @Test
    void aReadEndsWithTheObjectAndLeavesTheRestOfTheBuffer() {
        fixture.put("small", SMALL);
        fixture.put("large", LARGE);
        fixture.append("grown", 0, SMALL);
        fixture.append("grown", SMALL.length, LARGE);
        for (String key : List.of("small", "large", "grown")) {
            try (ObjectReader reader = reader(key)) {
                int size = (int) reader.info().sizeBytes();
                ByteBuffer into = ByteBuffer.allocate(20).position(3).limit(9);
                assertEquals(4, reader.read(size - 4, into));
                assertEquals(7, into.position());
                assertEquals(9, into.limit());
                for (long end : new long[] {size, size + 1L, Long.MAX_VALUE}) {
                    assertEquals(0, reader.read(end, into));
                }
                assertEquals(2, reader.read(0, into));
                assertEquals(9, into.position());
                assertEquals(0, reader.read(0, into), "the buffer is full");
                byte[] all = Fixture.read(reader(key));
                byte[] read = Arrays.copyOfRange(into.array(), 3, 9);
                assertArrayEquals(Arrays.copyOfRange(all, size - 4, size), Arrays.copyOf(read, 4));
                assertArrayEquals(Arrays.copyOf(all, 2), Arrays.copyOfRange(read, 4, 6));
                assertEquals(
                        StoreException.Code.INVALID_ARGUMENT, code(() -> reader.read(-1, into)));
            }
        }
    }

    @Test
    void aStreamsRangeLiesWithinTheObject() throws IOException {
        fixture.put("a", LARGE);
        try (ObjectReader reader = reader("a")) {
            for (long[] wrong :
                    new long[][] {{-1, 1}, {0, LARGE.length + 1}, {LARGE.length, 1}, {0, -1}}) {
                assertThrows(
                        IndexOutOfBoundsException.class, () -> reader.range(wrong[0], wrong[1]));
            }
            try (InputStream none = reader.range(LARGE.length, 0)) {
                assertEquals(-1, none.read());
            }
        }
    }

    @Test
    void whatHasGoneWithoutADeletionIsDamage() {
        fixture.put("small", SMALL);
        fixture.append("grown", 0, SMALL);
        fixture.put("large", LARGE);
        byte[] prefix = {'X'};
        fixture.keySpace.commit(Batch.builder().deleteRange(prefix, new byte[] {'Y'}).build());
        assertEquals(StoreException.Code.CORRUPT, code(() -> reader("small")));
        assertEquals(StoreException.Code.CORRUPT, code(() -> fixture.get("grown")));
        try (ObjectReader grown = reader("grown")) {
            fixture.objects().delete(BUCKET, "grown");
            StoreException.Code freed = code(() -> grown.read(0, new byte[10], 0, 10));
            assertEquals(StoreException.Code.STORAGE_FAILED, freed, "deleted while it was read");
        }
        try (ObjectReader reader = reader("large")) {
            fixture.extents.list().forEach(v -> fixture.extents.delete(v.volume()));
            StoreException lost =
                    assertThrows(StoreException.class, () -> reader.read(0, new byte[10], 0, 10));
            assertEquals(StoreException.Code.CORRUPT, lost.code());
            assertEquals(
                    ExtentsException.Code.NOT_FOUND,
                    ((ExtentsException) requireNonNull(lost.getCause())).code());
            assertEquals(requireNonNull(lost.getCause()).getMessage(), lost.getMessage());
        }
    }

    @Test
    void aDamagedByteIsToldAndLeavesTheBufferWhereItWas() throws IOException {
        fixture.put("large", LARGE);
        int at = 70_000;
        flip(Arrays.copyOfRange(LARGE, at, at + 20));
        try (ObjectReader reader = reader("large")) {
            byte[] sound = new byte[1000];
            assertEquals(1000, reader.read(0, sound, 0, 1000));
            assertArrayEquals(Arrays.copyOf(LARGE, 1000), sound);
            for (int from : new int[] {0, at}) {
                ByteBuffer into = ByteBuffer.allocate(90_000).position(5);
                assertEquals(StoreException.Code.CORRUPT, code(() -> reader.read(from, into)));
                assertEquals(5, into.position());
                assertEquals(90_000, into.limit());
            }
            try (InputStream stream = reader.stream()) {
                assertEquals(StoreException.Code.CORRUPT, code(stream::readAllBytes));
            }
        }
    }

    /** Turns a bit of bytes of a volume. */
    private void flip(byte[] wanted) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("volumes"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 0; i + wanted.length <= bytes.length; i++) {
                    if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                        bytes[i] ^= 0x10;
                        Files.write(file, bytes, StandardOpenOption.WRITE);
                        return;
                    }
                }
            }
        }
        throw new AssertionError("not on the disk");
    }

    @Test
    void anObjectThatIsOverwrittenAtEveryLookIsBusyAndTheNextTimeThere() {
        int[] overwritten = {0};
        Runnable again =
                new Runnable() {
                    @Override
                    public void run() {
                        fixture.put("a", Fixture.bytes(overwritten[0]++, LARGE.length));
                        // Each look reads the record, pins, and reads it again.
                        steps.before(1, this);
                    }
                };
        fixture.put("a", LARGE);
        steps.before(1, again);
        assertEquals(StoreException.Code.BUSY, code(() -> reader("a")));
        assertTrue(overwritten[0] > 5, "it was looked for again and again");
        steps.happened();
        assertArrayEquals(Fixture.bytes(overwritten[0] - 1, LARGE.length), fixture.get("a"));
    }

    @Test
    void anObjectThatGrowsAtEveryLookIsOpenedAtOnce() {
        fixture.append("a", 0, LARGE);
        long[] size = {LARGE.length};
        Runnable again =
                new Runnable() {
                    @Override
                    public void run() {
                        fixture.append("a", size[0], SMALL);
                        size[0] += SMALL.length;
                        steps.before(1, this);
                    }
                };
        steps.before(1, again);
        try (ObjectReader reader = reader("a")) {
            steps.happened();
            assertEquals(LARGE.length, reader.info().sizeBytes(), "as it was at the first look");
            assertArrayEquals(LARGE, Fixture.read(reader));
        }
    }

    /** Its bytes may be freed, and their place be another object's. */
    @Test
    void whatIsDeletedBeforeItsBytesAreKeptFromTheReclaimerIsNotThere() {
        fixture.put("a", LARGE);
        steps.before(1, () -> fixture.objects().delete(BUCKET, "a"));
        assertEquals(Optional.empty(), fixture.objects().open(BUCKET, "a"));
        assertTrue(steps.happened());
    }

    @Test
    void noPartIsMadeOfASourceThatWasDeletedBeforeItsCommit() {
        fixture.put("source", LARGE);
        Uploads uploads = fixture.store.uploads();
        String id = uploads.initiate(BUCKET, "a", ObjectMetadata.NONE).uploadId();
        steps.insteadOfCommit(
                0,
                (real, batch) -> {
                    fixture.objects().delete(BUCKET, "source");
                    return real.commit(batch);
                });
        UploadPartCopy all =
                new UploadPartCopy(
                        BUCKET, "a", id, 1, BUCKET, "source", 0, -1, ReadConditions.NONE);
        assertEquals(new PartOutcome.NoSuchSource(), uploads.uploadPartCopy(all));
        assertTrue(steps.happened());
    }
}
