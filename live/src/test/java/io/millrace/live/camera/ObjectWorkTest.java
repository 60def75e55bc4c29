package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.ObjectInfo;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of the work on one object: nothing may come between the last look and the end. */
@Timeout(300)
class ObjectWorkTest {
    @TempDir Path directory;

    @Test
    void whatArrivesAfterTheLastScanAndBeforeTheEndIsScannedToo() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ObjectInfo first = rig.append("cam/a.ts", camera.seconds(2));
            OwnedIndex index = rig.owned();
            CameraIndex.Pending object =
                    new CameraIndex.Pending(
                            "cam",
                            first.incarnation(),
                            rig.store.buckets().require(CameraRig.BUCKET).id(),
                            first.key());
            index.await(object);
            AtomicReference<Runnable> between = new AtomicReference<>(() -> {});
            // The work looks at the clock when it has written what it scanned, just before its end.
            MonotonicClock clock =
                    () -> {
                        between.getAndSet(() -> {}).run();
                        return 0;
                    };
            ObjectWork work =
                    new ObjectWork(
                            object,
                            CameraRig.BUCKET,
                            rig.store,
                            index,
                            Camera.restore("cam", index, rig.clock.clocks()),
                            clock,
                            new Semaphore(1),
                            () -> false);
            assertTrue(work.offer(Scans.arrived(first, false)));
            work.scanArrived();
            between.set(
                    () -> {
                        ObjectInfo grown = rig.append("cam/a.ts", camera.seconds(2));
                        assertTrue(work.offer(Scans.arrived(grown, false)), "it is still at work");
                    });
            assertFalse(work.end(), "more has come");
            assertFalse(work.isOver());
            assertEquals(1, index.pending(null).size(), "after a crash here it is scanned");
            assertTrue(work.end());
            ObjectInfo whole = rig.store.objects().head(CameraRig.BUCKET, "cam/a.ts").orElseThrow();
            assertTrue(whole.sizeBytes() > first.sizeBytes());
            assertEquals("0-" + whole.sizeBytes(), rig.coverage("cam", whole.incarnation()));
            assertEquals(0, index.pending(null).size());
            assertFalse(work.offer(Scans.arrived(whole, false)), "another work has to begin");
        }
    }
}
