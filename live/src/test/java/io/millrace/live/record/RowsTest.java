package io.millrace.live.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.live.LiveException;
import io.millrace.testkit.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes on disk stay as they are: golden records of version 1. */
class RowsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String STREAM =
            "01000462756b74"
                    + "00056c6976652f"
                    + "0003010203"
                    + "00000000000007d0"
                    + "0000018bcfe56800";
    private static final String CHECKPOINT =
            "01" + "0000000000000040" + "ffffffffffffffff" + "0000000000000003";
    private static final String SEGMENT =
            "01" + "00000000001e8480" + "0000018bcfe56800" + "01" + "0000000000000002" + "0007a120";
    private static final String SEGMENT_2 =
            "02"
                    + "00000000001e8480"
                    + "0000018bcfe56800"
                    + "01"
                    + "0000000000000002"
                    + "0007a120"
                    + "0000000000000009";
    private static final String SESSION =
            "01000462756b74"
                    + "00056c6976652f"
                    + "0000018bcfe56800"
                    + "ffffffffffffffff"
                    + "0000000000000001"
                    + "0000000000000002"
                    + "0000000000000002"
                    + "00000000003d0900"
                    + "00000000001e8480"
                    + "00000000000f4240"
                    + "00000000001e8480"
                    + "000b617663312e363430303166"
                    + "00000500"
                    + "000002d0"
                    + "403e000000000000"
                    + "00096d7034612e34302e32"
                    + "0000bb80"
                    + "00000002";

    private final StreamRow stream =
            new StreamRow("s", "bukt", "live/", new byte[] {1, 2, 3}, 2_000, 1_700_000_000_000L, 0);
    private final Checkpoint checkpoint = new Checkpoint(64, -1, 3);
    private final SegmentRow segment =
            new SegmentRow(7, 2_000_000, 1_700_000_000_000L, true, 2, 500_000);
    private final SessionRow session =
            new SessionRow(
                    "s",
                    "20260131T235959Z",
                    "bukt",
                    "live/",
                    1_700_000_000_000L,
                    -1,
                    1,
                    2,
                    2,
                    4_000_000,
                    2_000_000,
                    1_000_000,
                    2_000_000,
                    new MediaDescription("avc1.64001f", 1280, 720, 30, "mp4a.40.2", 48_000, 2),
                    0);

    @Test
    void aSegmentBearsItsOwnersEpochSinceVersionTwoAndItsIndependenceSinceThree() {
        SegmentRow owned =
                new SegmentRow(7, 2_000_000, 1_700_000_000_000L, true, 2, 500_000, 9, true);
        assertEquals(owned, Rows.segment(7, HEX.parseHex(SEGMENT_2)));
        SegmentRow independent =
                new SegmentRow(7, 2_000_000, 1_700_000_000_000L, true, 2, 500_000, 9, true);
        String three = "03" + SEGMENT_2.substring(2) + "01";
        assertEquals(three, HEX.formatHex(Rows.encode(independent)));
        assertEquals(independent, Rows.segment(7, HEX.parseHex(three)));
    }

    @Test
    void aSessionBearsItsTargetDurationSinceVersionTwo() {
        String two = "02" + SESSION.substring(2) + "00000006";
        assertEquals(two, HEX.formatHex(Rows.encode(session.withTarget(6))));
        assertEquals(session.withTarget(6), Rows.session("s", session.id(), HEX.parseHex(two)));
    }

    @Test
    void recordsOfVersionOneAreReadAsEver() {
        assertEquals(STREAM, HEX.formatHex(Rows.encode(stream)));
        assertEquals(CHECKPOINT, HEX.formatHex(Rows.encode(checkpoint)));
        StreamRow read = Rows.stream("s", HEX.parseHex(STREAM));
        assertArrayEquals(stream.sealedKey(), read.sealedKey());
        assertEquals(stream.segmentTargetMillis(), read.segmentTargetMillis());
        assertEquals(checkpoint, Rows.checkpoint(HEX.parseHex(CHECKPOINT)));
        assertEquals(segment, Rows.segment(7, HEX.parseHex(SEGMENT)));
        assertEquals(session, Rows.session("s", session.id(), HEX.parseHex(SESSION)));
    }

    @Test
    void howLongRecordingsAreKeptIsSaidSinceVersionTwo() {
        String two = "02" + STREAM.substring(2) + "000000000036ee80";
        StreamRow keeping = stream.keeping(3_600_000);
        assertEquals(two, HEX.formatHex(Rows.encode(keeping)));
        assertEquals(3_600_000, Rows.stream("s", HEX.parseHex(two)).keepMillis());
        assertEquals(0, Rows.stream("s", HEX.parseHex(STREAM)).keepMillis());
        assertEquals(3_600_000, keeping.withKey(new byte[] {9}).keepMillis());
    }

    @Test
    void newerAndDamagedRecordsAreRefused() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        byte[] bytes = HEX.parseHex(SESSION);
        for (int round = 0; round < 2_000; round++) {
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThrows(LiveException.class, () -> Rows.session("s", "x", cut), seed.toString());
        }
        bytes[0] = 3;
        assertEquals(
                LiveException.Code.FORMAT,
                assertThrows(LiveException.class, () -> Rows.session("s", "x", bytes)).code());
    }
}
