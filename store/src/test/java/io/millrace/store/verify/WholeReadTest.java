package io.millrace.store.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentsException;
import io.millrace.kit.Crc64;
import io.millrace.store.space.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Damage is named to 4 KiB, wherever the blocks of what is read begin. */
class WholeReadTest {
    private static final int STEP = 4 << 10;
    private static final int CHUNK = 64 << 10;

    /** A source of zeros some of whose steps don't read, and that gives no more than its size. */
    private static WholeRead read(long size, Set<Long> damagedSteps) {
        return WholeRead.of(
                (offset, into, at, length) -> {
                    for (long step = offset / STEP; step * STEP < offset + length; step++) {
                        if (damagedSteps.contains(step)) {
                            throw new StoreException(StoreException.Code.CORRUPT, "step " + step);
                        }
                    }
                    return (int) Math.min(length, size - offset);
                },
                size);
    }

    private static Hit hit(long size, Set<Long> damagedSteps) {
        return Objects.requireNonNull(read(size, damagedSteps).hit("b", "k", 0));
    }

    private static Span steps(long from, long to) {
        return new Span(from * STEP, to * STEP);
    }

    @Test
    void whatReadsIsHitOnlyWhenItsChecksumIsAnother() {
        byte[] zeros = new byte[3 * CHUNK + 5];
        Crc64 crc = new Crc64();
        crc.update(zeros, 0, zeros.length);
        WholeRead read = read(zeros.length, Set.of());
        assertNull(read.hit("b", "k", crc.value()));
        assertEquals(zeros.length, read.readBytes());
        assertEquals(List.of(), Objects.requireNonNull(read.hit("b", "k", 1)).places());
    }

    @Test
    void placesInDifferentChunksAreEachNamedToTheStep() {
        Hit hit = hit(10 * CHUNK + 100, Set.of(1L, 2L, 15L, 16L, 35L, 160L));
        assertEquals(
                List.of(
                        steps(1, 3),
                        steps(15, 17),
                        steps(35, 36),
                        new Span(160L * STEP, 160L * STEP + 100)),
                hit.places());
        assertEquals("step 1", hit.text());
        assertEquals(0, hit.more());
    }

    @Test
    void behindAHundredPlacesWholeChunksAreCounted() {
        Set<Long> damaged = new TreeSet<>();
        List<Span> places = new ArrayList<>();
        for (long chunk = 0; chunk < 100; chunk++) {
            damaged.add(chunk * 32 + 3);
            places.add(steps(chunk * 32 + 3, chunk * 32 + 4));
        }
        // Two chunks that touch are one place, and two in one chunk too.
        damaged.addAll(List.of(3200L, 3210L, 3220L, 3250L));
        Hit hit = hit(3300L * STEP, damaged);
        assertEquals(places, hit.places());
        assertEquals(2, hit.more());
    }

    @Test
    void whatReadsAtTheSecondTryIsNoDamage() {
        byte[] zeros = new byte[2 * CHUNK + 5];
        Crc64 crc = new Crc64();
        crc.update(zeros, 0, zeros.length);
        AtomicBoolean failed = new AtomicBoolean();
        WholeRead read =
                WholeRead.of(
                        (offset, into, at, length) -> {
                            if (offset >= CHUNK && failed.compareAndSet(false, true)) {
                                throw new StoreException(StoreException.Code.CORRUPT, "once");
                            }
                            return (int) Math.min(length, zeros.length - offset);
                        },
                        zeros.length);
        assertTrue(failed.get());
        assertNull(read.hit("b", "k", crc.value()));
        assertEquals(zeros.length, read.readBytes());
    }

    @Test
    void aSourceMayGiveFewerBytesThanItIsAskedFor() {
        byte[] bytes = new byte[2 * CHUNK + 4_000];
        new Random(1).nextBytes(bytes);
        Crc64 crc = new Crc64();
        crc.update(bytes, 0, bytes.length);
        WholeRead read =
                WholeRead.of(
                        (offset, into, at, length) -> {
                            int few = Math.min(999, length);
                            System.arraycopy(bytes, (int) offset, into, at, few);
                            return few;
                        },
                        bytes.length);
        assertNull(read.hit("b", "k", crc.value()));
        assertEquals(bytes.length, read.readBytes());
    }

    @Test
    void whatEndsTooEarlyIsHitFromThereOn() {
        WholeRead read = read(CHUNK + 5_000, CHUNK + 100);
        Hit hit = Objects.requireNonNull(read.hit("b", "k", 0));
        assertEquals(List.of(new Span(CHUNK, CHUNK + 5_000)), hit.places());
        assertEquals("it is shorter than its record says", hit.text());
        assertEquals(CHUNK, read.readBytes());
    }

    /** A source of zeros that ends before the size that its record says. */
    private static WholeRead read(long size, long end) {
        return WholeRead.of(
                (offset, into, at, length) -> Math.clamp(end - offset, -1, length), size);
    }

    @Test
    void extentsThatFailAreHitAndAnyOtherFailureEndsTheLook() {
        Hit hit =
                Objects.requireNonNull(
                        WholeRead.of(
                                        (offset, into, at, length) -> {
                                            throw new ExtentsException(
                                                    ExtentsException.Code.NOT_FOUND, "gone");
                                        },
                                        10)
                                .hit("b", "k", 0));
        assertEquals("b/k, bytes 0 to 9: gone", hit.toString());
        assertThrows(
                IllegalStateException.class,
                () ->
                        WholeRead.of(
                                (offset, into, at, length) -> {
                                    throw new IllegalStateException("a fault");
                                },
                                10));
    }

    @Test
    void aHitSaysWhereInTheWordsOfPeople() {
        assertEquals("b/k from byte 7 on: why", new Hit("b", "k", 7, "why").toString());
        List<Span> two = List.of(new Span(0, 10), new Span(20, 21));
        assertEquals(
                "b/k, bytes 0 to 9, 20 to 20: why", new Hit("b", "k", 0, "why", two, 0).toString());
        assertEquals(
                "b/k, bytes 0 to 9, 20 to 20 and 3 more: why",
                new Hit("b", "k", 0, "why", two, 3).toString());
    }
}
