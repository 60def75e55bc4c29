package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One camera's live end, written by two nodes that don't hear of each other. */
class CameraTest {
    private static final String DEVICE = "cam";

    @TempDir Path directory;
    private CameraRig rig;
    private OwnedIndex index;

    @BeforeEach
    void open() {
        rig = new CameraRig(directory);
        rig.invented = true;
        index = rig.owned();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private Camera camera() {
        return Camera.restore(DEVICE, index, rig.clock.clocks());
    }

    private static CameraSegment second(long incarnation, int number) {
        return new CameraSegment(
                incarnation, number * 1_000L, 1_000, 90_000, number * 1_000L, false);
    }

    private void grew(Camera camera, CameraSegment segment, long arrivedMillis) {
        CameraObject object =
                new CameraObject(
                        DEVICE,
                        1,
                        CameraRig.BUCKET,
                        "cam/" + segment.incarnation(),
                        segment.incarnation(),
                        segment.incarnation(),
                        MediaClock.NONE,
                        1,
                        ScanCursor.START,
                        Damages.NONE);
        ObjectScan scan = ObjectScan.resume(index, object, null);
        camera.grew(object, scan, segment.offset() == 0, List.of(segment), arrivedMillis, false);
    }

    private List<CameraSegment> shown() {
        byte[] row = index.liveRow(DEVICE);
        return LiveWindow.decode(row).shown().stream().map(LiveWindow.Line::segment).toList();
    }

    @Test
    void whatTwoNodesTookAtOnceIsAllShownAndWhoWasAppendedToLastLeads() {
        Camera here = camera();
        grew(here, second(1, 0), 1_000);
        here.save(index);
        Camera there = camera();
        grew(there, second(2, 0), 2_000);
        there.save(index);
        grew(here, second(1, 1), 3_000);
        here.save(index);
        assertEquals(List.of(second(1, 0), second(2, 0), second(1, 1)), shown());
        assertEquals(1, LiveWindow.decode(index.liveRow(DEVICE)).leader());
    }

    @Test
    void whatIsForgottenHereTakesNothingFromWhatAnotherNodeTookMeanwhile() {
        Camera here = camera();
        grew(here, second(1, 0), 1_000);
        here.save(index);
        Camera there = camera();
        grew(there, second(2, 0), 2_000);
        there.save(index);
        here.forget(1, index);
        assertEquals(List.of(second(2, 0)), shown());
    }
}
