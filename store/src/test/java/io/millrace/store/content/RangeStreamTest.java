package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A range as a stream: its bytes and no others, however it is read, in reads of whole blocks. */
class RangeStreamTest {
    private static final int BLOCK = 64 * 1024;
    private static final byte[] ALL = new byte[10 * BLOCK];
    private final List<String> reads = new ArrayList<>();
    private int most = Integer.MAX_VALUE;
    private byte[] filled = {};

    static {
        new Random(1).nextBytes(ALL);
    }

    private RangeStream range(long from, long end) {
        Segment all = Segment.of(0, ALL);
        return new RangeStream(
                at -> all,
                from,
                end,
                (cursor, offset, into) -> {
                    int count = Math.min(most, into.remaining());
                    reads.add(offset + "+" + into.remaining());
                    filled = into.array();
                    into.put(cursor.at(offset).bytes(), (int) offset, count);
                    return count;
                });
    }

    @Test
    void singleBytesComeOutOfWholeBlocks() {
        RangeStream in = range(3, 3 + BLOCK + 2);
        for (int i = 0; i < BLOCK + 2; i++) {
            assertEquals(ALL[3 + i] & 0xFF, in.read());
        }
        assertEquals(-1, in.read());
        assertEquals(-1, in.read());
        assertEquals(List.of("3+" + BLOCK, (3 + BLOCK) + "+2"), reads);
    }

    @Test
    void smallReadsShareABlockAndLargeOnesNeedNone() throws Exception {
        RangeStream in = range(0, 5 * BLOCK);
        byte[] small = in.readNBytes(100);
        assertArrayEquals(Arrays.copyOf(ALL, 100), small);
        assertEquals(BLOCK - 100, in.available());
        byte[] into = new byte[2 * BLOCK + 5];
        assertEquals(BLOCK - 100, in.read(into, 5, 2 * BLOCK), "what the buffer has");
        assertEquals(0, in.available());
        assertArrayEquals(
                Arrays.copyOfRange(ALL, 100, BLOCK), Arrays.copyOfRange(into, 5, BLOCK - 95));
        assertNotSame(into, filled);
        assertEquals(BLOCK, in.read(into, 1, BLOCK));
        assertSame(into, filled, "straight into the caller's array");
        assertArrayEquals(
                Arrays.copyOfRange(ALL, BLOCK, 2 * BLOCK), Arrays.copyOfRange(into, 1, BLOCK + 1));
        assertEquals(List.of("0+" + BLOCK, BLOCK + "+" + BLOCK), reads);
        assertEquals(BLOCK - 1, in.read(into, 0, BLOCK - 1));
        assertEquals("131072+" + BLOCK, reads.getLast());
        assertEquals(1, in.available());
    }

    @Test
    void theEndIsTheRangesNotTheObjects() {
        RangeStream in = range(10, 10 + BLOCK);
        byte[] into = new byte[2 * BLOCK];
        assertEquals(0, in.read(into, 0, 0));
        assertEquals(BLOCK, in.read(into, 0, 2 * BLOCK));
        assertEquals(-1, in.read(into, 0, 2 * BLOCK));
        assertEquals(-1, in.read(into, 0, 1));
        assertEquals(0, in.read(into, 0, 0));
        assertEquals(-1, range(5, 5).read());
        assertThrows(IndexOutOfBoundsException.class, () -> in.read(into, 1, 2 * BLOCK));
        assertThrows(IndexOutOfBoundsException.class, () -> in.read(into, 0, -1));
    }

    @Test
    void whatIsSkippedIsNotRead() {
        RangeStream in = range(0, 4 * BLOCK);
        assertEquals(ALL[0] & 0xFF, in.read());
        assertEquals(0, in.skip(0));
        assertEquals(0, in.skip(-5));
        assertEquals(10, in.skip(10));
        assertEquals(ALL[11] & 0xFF, in.read());
        assertEquals(2 * BLOCK, in.skip(2 * BLOCK));
        assertEquals(ALL[12 + 2 * BLOCK] & 0xFF, in.read());
        assertEquals(List.of("0+" + BLOCK, (2 * BLOCK + 12) + "+" + BLOCK), reads);
        assertEquals(2 * BLOCK - 13, in.skip(Long.MAX_VALUE));
        assertEquals(0, in.skip(1));
        assertEquals(-1, in.read());
    }

    @Test
    void theRestIsHandedOnWhole() throws Exception {
        for (int before : new int[] {0, 1, BLOCK}) {
            for (int end : new int[] {BLOCK, BLOCK + 1, 9 * BLOCK + 7}) {
                RangeStream in = range(0, end);
                assertEquals(before, in.readNBytes(before).length);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                assertEquals(end - before, in.transferTo(out));
                assertArrayEquals(Arrays.copyOfRange(ALL, before, end), out.toByteArray());
                assertEquals(-1, in.read());
                assertEquals(0, in.transferTo(out));
                assertEquals(end - before, out.size());
            }
        }
        reads.clear();
        range(0, 9 * BLOCK).transferTo(new ByteArrayOutputStream());
        assertEquals(
                List.of("0+262144", "262144+262144", "524288+65536"),
                reads,
                "four blocks at a time");
    }

    @Test
    void aSourceThatGivesLittleIsAskedAgain() throws Exception {
        most = 1000;
        RangeStream in = range(5, 5 + 200_000);
        byte[] wanted = Arrays.copyOfRange(ALL, 5, 200_005);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        got.write(in.read());
        got.write(in.readNBytes(70_000));
        in.transferTo(got);
        assertArrayEquals(wanted, got.toByteArray());
        assertTrue(reads.size() >= 200);
    }
}
