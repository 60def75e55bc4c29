package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.mpegts.TsMuxer;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.ObjectInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of the work on one object: nothing that comes between is left undone. */
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
            CameraIndex.Pending object = pending(rig, first);
            index.await(object);
            AtomicReference<Runnable> between = new AtomicReference<>(() -> {});
            // The work looks at the clock when it has written what it scanned, just before its end.
            MonotonicClock clock =
                    () -> {
                        between.getAndSet(() -> {}).run();
                        return 0;
                    };
            ObjectWork work = work(rig, index, object, clock);
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

    @Test
    void whatAnotherNodeSavedMeanwhileIsGoneOnFromBeforeTheEnd() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            ObjectInfo whole = rig.append("cam/a.ts", new FakeCamera(0).seconds(2));
            OwnedIndex index = rig.owned();
            CameraIndex.Pending object = pending(rig, whole);
            index.await(object);
            ObjectWork work = work(rig, index, object, () -> 0);
            assertTrue(work.offer(Scans.arrived(whole, false)));
            work.scanArrived();
            CameraObject begun =
                    new CameraObject(
                            "cam",
                            object.bucketId(),
                            CameraRig.BUCKET,
                            whole.key(),
                            whole.incarnation(),
                            0,
                            MediaClock.NONE,
                            0,
                            ScanCursor.START,
                            Damages.NONE);
            assertTrue(index.save(begun, List.of(), List.of(), null));
            assertFalse(work.end(), "what it scanned was not written");
            assertEquals(1, index.pending(null).size(), "after a crash here it is scanned");
            assertTrue(work.end());
            assertEquals("0-" + whole.sizeBytes(), rig.coverage("cam", whole.incarnation()));
            assertEquals(0, index.pending(null).size());
        }
    }

    /** The tables of the second group don't lie in front of the first, whose own are cut off. */
    @Test
    void aScanThatBeginsAgainKnowsNoMoreThanTheOneBeforeItDid() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            byte[] cut = camera.second();
            byte[] whole = camera.seconds(2);
            int tables = 2 * TsMuxer.PACKET;
            rig.append("cam/a.ts", Arrays.copyOfRange(cut, TsMuxer.PACKET, cut.length));
            ObjectInfo first = rig.append("cam/a.ts", Arrays.copyOf(whole, tables));
            OwnedIndex index = rig.owned();
            CameraIndex.Pending object = pending(rig, first);
            index.await(object);
            ObjectWork before = work(rig, index, object, () -> 0);
            assertTrue(before.offer(Scans.arrived(first, false)));
            before.scanArrived();
            before.save();
            ObjectInfo grown =
                    rig.append("cam/a.ts", Arrays.copyOfRange(whole, tables, whole.length));
            ObjectWork after = work(rig, index, object, () -> 0);
            assertTrue(after.offer(Scans.arrived(grown, false)));
            after.scanArrived();
            assertTrue(after.end());
            assertEquals(
                    cut.length - TsMuxer.PACKET + "-" + grown.sizeBytes(),
                    rig.coverage("cam", grown.incarnation()));
        }
    }

    private static CameraIndex.Pending pending(CameraRig rig, ObjectInfo object) {
        return new CameraIndex.Pending(
                "cam",
                object.incarnation(),
                rig.store.buckets().require(CameraRig.BUCKET).id(),
                object.key());
    }

    private static ObjectWork work(
            CameraRig rig, OwnedIndex index, CameraIndex.Pending object, MonotonicClock clock) {
        return new ObjectWork(
                object,
                CameraRig.BUCKET,
                rig.store,
                index,
                Camera.restore("cam", index, rig.clock.clocks()),
                clock,
                new Semaphore(1),
                () -> false);
    }
}
