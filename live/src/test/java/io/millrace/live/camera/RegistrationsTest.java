package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.keyspace.Batch;
import io.millrace.live.PlaybackAnswer;
import io.millrace.store.objects.ObjectInfo;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A camera's archive is what lies below the prefix of the device that there is. */
@Timeout(300)
class RegistrationsTest {
    @TempDir Path directory;
    private CameraRig rig;

    @BeforeEach
    void open() {
        rig = new CameraRig(directory).started();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void whatLayBelowThePrefixBeforeTheRegistrationIsIndexed() {
        ObjectInfo before = rig.append("cam/before.ts", new FakeCamera(0).seconds(3));
        rig.await("the log was read", () -> rig.store.changes().version() > 0);
        rig.register("cam");
        rig.awaitIndexed(before, "cam");
    }

    @Test
    void aDeviceWhoseRowsDontReadKeepsNoOtherFromBeingIndexed() {
        rig.register("a");
        ObjectInfo object = rig.append("a/1.ts", new FakeCamera(0).seconds(3));
        rig.awaitIndexed(object, "a");
        awaitNothingLeftToDo("a", object);
        ObjectInfo before = rig.append("b/before.ts", new FakeCamera(0).seconds(3));
        rig.await("the log was read", () -> rig.store.changes().version() > 0);
        rig.stop();
        byte[] row = CameraIndex.objectKey("a", object.incarnation());
        rig.keySpace.commit(Batch.builder().put(row, new byte[] {99}).build());
        rig.access.devices().delete("a").orThrow();
        rig.register("b");
        rig.restart();
        rig.awaitIndexed(before, "b");
    }

    @Tag("slow")
    @Test
    void aDeviceWhoseRowsDidNotReadIsTriedAgainThoughNothingIsRegistered() {
        rig.register("cam");
        ObjectInfo object = rig.append("cam/a.ts", new FakeCamera(0).seconds(3));
        rig.awaitIndexed(object, "cam");
        awaitNothingLeftToDo("cam", object);
        rig.stop();
        byte[] row = CameraIndex.objectKey("cam", object.incarnation());
        byte[] whole = rig.keySpace.get(row);
        rig.keySpace.commit(Batch.builder().put(row, new byte[] {99}).build());
        rig.access.devices().delete("cam").orThrow();
        rig.register("other");
        rig.restart();
        rig.await("the round is over", () -> rig.index.registration("other").isPresent());
        assertArrayEquals(new byte[] {99}, rig.keySpace.get(row));
        rig.keySpace.commit(Batch.builder().put(row, whole).build());
        rig.await("it is forgotten", () -> rig.index.registration("cam").isEmpty());
    }

    /** Work that is taken up again would write over a row that a test spoilt. */
    private void awaitNothingLeftToDo(String device, ObjectInfo object) {
        rig.await(
                "the device was welcomed and its object's work has ended",
                () ->
                        rig.index.registration(device).isPresent()
                                && rig.index.pending(device, object.incarnation()).isEmpty());
    }

    @Test
    void aDeletedDevicesArchiveIsForgottenAndItsBytesStay() {
        rig.register("cam");
        ObjectInfo object = rig.append("cam/a.ts", new FakeCamera(0).seconds(3));
        rig.awaitIndexed(object, "cam");
        rig.access.devices().delete("cam").orThrow();
        assertInstanceOf(PlaybackAnswer.NotFound.class, rig.play("cam", "from=0"));
        rig.await(
                "it is forgotten",
                () ->
                        rig.index.object("cam", object.incarnation()).isEmpty()
                                && rig.index.runs("cam", object.incarnation(), 0).isEmpty()
                                && rig.index.registration("cam").isEmpty());
        assertEquals(
                object.sizeBytes(),
                rig.store.objects().head(CameraRig.BUCKET, "cam/a.ts").orElseThrow().sizeBytes());
        rig.register("cam");
        rig.awaitIndexed(object, "cam");
    }

    @Test
    void theSameNameWithAnotherPrefixShowsNothingOfTheOldOne() {
        rig.register("cam", "old/");
        ObjectInfo old = rig.append("old/a.ts", new FakeCamera(0).seconds(3));
        rig.awaitIndexed(old, "cam");
        rig.stop();
        rig.access.devices().delete("cam").orThrow();
        rig.register("cam", "new/");
        assertInstanceOf(
                PlaybackAnswer.NotFound.class,
                rig.cameras.play("/_camera/cam/" + old.incarnation() + ".ts", ""));
        rig.restart();
        ObjectInfo fresh = rig.append("new/a.ts", new FakeCamera(0).seconds(2));
        rig.awaitIndexed(fresh, "cam");
        rig.await(
                "the old one is forgotten",
                () -> rig.index.object("cam", old.incarnation()).isEmpty());
        rig.assertPlayed("cam", fresh.sizeBytes());
    }

    @Test
    void anObjectGoesToTheDeviceThatHasItsPrefixNow() {
        rig.register("first", "shared/");
        FakeCamera camera = new FakeCamera(0);
        rig.awaitIndexed(rig.append("shared/a.ts", camera.seconds(2)), "first");
        rig.access.devices().delete("first").orThrow();
        rig.register("second", "shared/");
        ObjectInfo grown = rig.append("shared/a.ts", camera.seconds(2));
        rig.awaitIndexed(grown, "second");
        rig.await(
                "the first has nothing",
                () -> rig.index.object("first", grown.incarnation()).isEmpty());
        assertEquals(
                "second",
                rig.index
                        .owner(
                                rig.store.buckets().get(CameraRig.BUCKET).orElseThrow().id(),
                                "shared/a.ts")
                        .orElseThrow()
                        .device());
        rig.assertPlayed("second", grown.sizeBytes());
    }

    @Test
    void anObjectThatIsOverwrittenWhileItGrowsIsForgottenWithItsSegments() {
        rig.register("cam");
        ObjectInfo old = rig.append("cam/a.ts", new FakeCamera(0).seconds(5));
        rig.store.objects().delete(CameraRig.BUCKET, "cam/a.ts");
        ObjectInfo fresh = rig.append("cam/a.ts", new FakeCamera(0).seconds(2));
        rig.awaitIndexed(fresh, "cam");
        rig.await("old is gone", () -> rig.index.object("cam", old.incarnation()).isEmpty());
        rig.assertPlayed("cam", fresh.sizeBytes());
        assertEquals(
                Instant.EPOCH.plusMillis(
                        rig.index.runs("cam", fresh.incarnation(), 0).getFirst().startMillis()),
                CameraRig.parsed(rig.past("cam", "from=0"))
                        .segments()
                        .getFirst()
                        .programDateTime());
    }
}
