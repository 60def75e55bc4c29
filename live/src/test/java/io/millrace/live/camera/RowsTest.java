package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.formats.mpegts.TsListener;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The bytes on disk stay as they are: golden rows of the cameras' index, version 2. */
class RowsTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Offset, length, 90 kHz ticks, start, discontinuity. */
    private static final String SEGMENT =
            "0000000000000178" + "0000000000001000" + "0002bf20" + "0000018bcfe56800" + "01";

    private static final String OBJECT =
            "02"
                    + "0000000000000005"
                    + "0000018bcfe56801"
                    + "8000000000000000"
                    + "0000000000000003"
                    // the cursor
                    + "0000000000000178"
                    + "0000000000001178"
                    + "0000018bcfe56800"
                    + "01"
                    + "ffffffffffffffff"
                    + "0003474000"
                    // damages: how many, those kept
                    + "0000000000000002"
                    + "02"
                    + "01"
                    + "0000000000000bcc"
                    + "0000000000000007"
                    + "02"
                    + "0000000000000d00"
                    + "0000000000000001"
                    + "000463616d73"
                    + "676174652f312e7473";
    private static final String RUN = "02" + SEGMENT;
    private static final String SUMMARY = "02" + "0000018bcfe56fd0" + "00000001" + "0002bf20";
    private static final String REGISTRATION =
            "02" + "0000018bcfe56800" + "000463616d73" + "676174652f";
    private static final String WINDOW =
            "02"
                    + "0000000000000001"
                    + "0000000000000000"
                    + "0000000000000007"
                    + "0000018bcfe56801"
                    // msn, incarnation, the segment, discontinuity, continuation
                    + "0000000000000000"
                    + "0000000000000007"
                    + SEGMENT
                    + "00"
                    + "00";

    private final CameraSegment segment =
            new CameraSegment(7, 376, 4096, 180_000, 1_700_000_000_000L, true);
    private final SegmentRun run = new SegmentRun(List.of(segment));
    private final RunSummary summary =
            new RunSummary(1_700_000_000_000L, 7, 376, 1_700_000_002_000L, 1, 180_000);
    private final Registration registration = new Registration(1_700_000_000_000L, "cams", "gate/");
    private final CameraObject object =
            new CameraObject(
                    "gate",
                    5,
                    "cams",
                    "gate/1.ts",
                    7,
                    1_700_000_000_001L,
                    MediaClock.NONE,
                    3,
                    new ScanCursor(
                            376, 4472, 1_700_000_000_000L, true, -1, new byte[] {0x47, 0x40, 0}),
                    new Damages(
                            2,
                            List.of(
                                    new Damages.Place(3020, TsListener.Damage.RESYNC, 7),
                                    new Damages.Place(3328, TsListener.Damage.CONTINUITY, 1))));

    @Test
    void rowsAreWrittenAsTheyAlwaysWere() {
        assertEquals(OBJECT, HEX.formatHex(object.encode()));
        assertEquals(RUN, HEX.formatHex(run.encode()));
        assertEquals(SUMMARY, HEX.formatHex(summary.encode()));
        assertEquals(REGISTRATION, HEX.formatHex(registration.encode()));
        LiveWindow window = new LiveWindow();
        window.heard(7, 1_700_000_000_001L);
        window.add(segment);
        assertEquals(WINDOW, HEX.formatHex(window.encode()));
    }

    @Test
    void rowsOfThatVersionAreReadWhole() {
        CameraObject read = CameraObject.decode("gate", 7, HEX.parseHex(OBJECT));
        assertArrayEquals(object.encode(), read.encode());
        assertEquals(object.damages(), read.damages());
        assertArrayEquals(object.cursor().tables(), read.cursor().tables());
        assertEquals(run, SegmentRun.decode(7, HEX.parseHex(RUN)));
        byte[] timeline = {'T'};
        assertEquals(
                summary,
                RunSummary.decode(
                        new Entry(summary.key(timeline), HEX.parseHex(SUMMARY)), timeline.length));
        assertEquals(
                HEX.formatHex(Keys.under(timeline).u64(1_700_000_000_000L).u64(7).u64(376).done()),
                HEX.formatHex(summary.key(timeline)));
        assertEquals(registration, Registration.decode(HEX.parseHex(REGISTRATION)));
        LiveWindow window = LiveWindow.decode(HEX.parseHex(WINDOW));
        assertEquals(7, window.leader());
        assertEquals(1_700_000_000_001L, window.lastAppendMillis());
        assertArrayEquals(HEX.parseHex(WINDOW), window.encode());
    }

    @Test
    void anUnknownVersionIsRefused() {
        refused(value -> CameraObject.decode("gate", 7, value), OBJECT);
        refused(value -> SegmentRun.decode(7, value), RUN);
        refused(value -> RunSummary.decode(new Entry(summary.key(new byte[0]), value), 0), SUMMARY);
        refused(Registration::decode, REGISTRATION);
        refused(LiveWindow::decode, WINDOW);
    }

    private static void refused(Function<byte[], ?> decode, String row) {
        byte[] value = HEX.parseHex(row);
        value[0] = 9;
        assertThrows(IllegalStateException.class, () -> decode.apply(value));
    }
}
