package io.millrace.gateway.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ByteRangeTest {
    private static final ByteRange WHOLE = new ByteRange.Whole();
    private static final ByteRange NOTHING = new ByteRange.Unsatisfiable();

    @Test
    void oneRangeIsServed() {
        assertEquals(new ByteRange.Part(0, 5), ByteRange.of("bytes=0-4", 10));
        assertEquals(new ByteRange.Part(4, 6), ByteRange.of("bytes=4-", 10));
        assertEquals(new ByteRange.Part(7, 3), ByteRange.of("bytes=-3", 10));
        assertEquals(new ByteRange.Part(0, 10), ByteRange.of("bytes=-30", 10));
        assertEquals(new ByteRange.Part(9, 1), ByteRange.of("bytes=9-99999999999999999999", 10));
    }

    @Test
    void whatIsOutsideTheObjectIsUnsatisfiable() {
        assertEquals(NOTHING, ByteRange.of("bytes=10-", 10));
        assertEquals(NOTHING, ByteRange.of("bytes=0-", 0));
        assertEquals(NOTHING, ByteRange.of("bytes=-0", 10));
    }

    @Test
    void severalRangesOtherUnitsAndNonsenseGetTheWhole() {
        for (String header :
                new String[] {
                    null,
                    "",
                    "bytes=0-1,3-4",
                    "lines=0-1",
                    "bytes=",
                    "bytes=-",
                    "bytes=4-3",
                    "bytes=a-b",
                    "bytes=1",
                    "bytes=--1",
                    "bytes=1-2-3"
                }) {
            assertEquals(WHOLE, ByteRange.of(header, 10), String.valueOf(header));
        }
    }
}
