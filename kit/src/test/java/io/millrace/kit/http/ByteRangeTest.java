package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** What the doors' common vectors (testkit's byte-ranges.txt) don't show. */
class ByteRangeTest {
    @Test
    void aRangeIsWrittenAsItWasMeant() {
        for (String header : new String[] {"bytes=0-4", "bytes=4-", "bytes=-3"}) {
            assertEquals(header, ByteRange.parse(header).header());
        }
    }

    @Test
    void aContentRangeIsTakenApartOrRefused() {
        assertEquals(new ByteRange.Content(0, 9, 10), ByteRange.Content.parse("bytes 0-9/10"));
        assertEquals(new ByteRange.Content(0, 9, -1), ByteRange.Content.parse("bytes 0-9/*"));
        for (String bad :
                new String[] {
                    null,
                    "bytes 0-9/5",
                    "bytes 9-0/10",
                    "bytes 0-9/",
                    "bytes 0-9/x",
                    "bytes */10",
                    "bytes 0-9",
                    "lines 0-9/10",
                    "bytes 0-99999999999999999999/*"
                }) {
            assertNull(ByteRange.Content.parse(bad), bad);
        }
    }

    @Test
    void aPartSaysWhereItLies() {
        assertEquals("bytes 3-4/10", new ByteRange.Part(3, 2).contentRange(10));
        assertEquals("bytes 3-4/*", new ByteRange.Part(3, 2).contentRange(-1));
    }
}
