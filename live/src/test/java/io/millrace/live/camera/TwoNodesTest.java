package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.store.objects.ObjectInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes with disks of their own: each indexes what it took, and no other has to be there. */
@Timeout(300)
class TwoNodesTest {
    /** More than becomes a row of the key space, which any node can read. */
    private static final int SECONDS = 10;

    @TempDir Path directory;
    private CameraRig a;
    private CameraRig b;

    @BeforeEach
    void open() {
        a = new CameraRig(directory.resolve("a"));
        b = a.peer(directory.resolve("b"));
    }

    @AfterEach
    void close() {
        b.close();
        a.close();
    }

    @Test
    void whatANodeTookIsIndexedWhoeverFollowedFirst() {
        b.started();
        b.register("before");
        b.awaitIndexed(b.append("before/1.ts", new FakeCamera(0).seconds(2)), "before");
        a.started();
        a.register("cam");
        ObjectInfo here = a.append("cam/a.ts", new FakeCamera(0).seconds(SECONDS));
        a.awaitIndexed(here, "cam");
        ObjectInfo there = b.append("cam/b.ts", new FakeCamera(0).seconds(SECONDS));
        b.awaitIndexed(there, "cam");
        a.assertPlayed("cam", here.sizeBytes() + there.sizeBytes());
        b.assertPlayed("cam", here.sizeBytes() + there.sizeBytes());
    }

    @Test
    void aNodeThatSleepsKeepsNoOtherFromItsOwn() {
        a.started();
        a.register("cam");
        b.started();
        a.awaitIndexed(a.append("cam/0.ts", new FakeCamera(0).seconds(SECONDS)), "cam");
        a.stop();
        ObjectInfo asleep = a.append("cam/1.ts", new FakeCamera(0).seconds(SECONDS));
        ObjectInfo awake = b.append("cam/2.ts", new FakeCamera(0).seconds(SECONDS));
        b.awaitIndexed(awake, "cam");
        b.register("later");
        a.restart();
        a.awaitIndexed(asleep, "cam");
    }

    @Test
    void whatLayOnEitherDiskBeforeTheRegistrationIsIndexed() {
        a.started();
        b.started();
        ObjectInfo here = a.append("cam/a.ts", new FakeCamera(0).seconds(SECONDS));
        ObjectInfo there = b.append("cam/b.ts", new FakeCamera(0).seconds(SECONDS));
        ObjectInfo small = b.append("cam/c.ts", new FakeCamera(0).seconds(1));
        a.register("cam");
        for (ObjectInfo object : List.of(here, there, small)) {
            a.awaitIndexed(object, "cam");
        }
    }

    @Test
    void anObjectThatAnyNodeCanReadIsIndexedOnce() {
        a.started();
        b.started();
        a.register("cam");
        FakeCamera camera = new FakeCamera(0);
        for (int i = 0; i < 40; i++) {
            ObjectInfo grown = a.append("cam/small.ts", camera.seconds(1));
            if (i % 10 == 9) {
                a.awaitIndexed(grown, "cam");
            }
        }
        ObjectInfo large = a.append("cam/small.ts", camera.seconds(SECONDS));
        a.awaitIndexed(large, "cam");
        a.await("all is done", () -> pending() == 0);
        a.awaitIndexed(large, "cam");
    }

    /** Nobody can read it whole: nobody tries for ever. */
    @Test
    void anObjectWhoseAppendsWentToBothIsGivenUpByEachAndKeepsNoOtherWaiting() {
        a.started();
        b.started();
        a.register("cam");
        FakeCamera camera = new FakeCamera(0);
        for (int i = 0; i < 6; i++) {
            (i % 2 == 0 ? a : b).append("cam/mixed.ts", camera.seconds(SECONDS));
        }
        ObjectInfo next = a.append("cam/next.ts", new FakeCamera(900_000L).seconds(SECONDS));
        a.awaitIndexed(next, "cam");
        a.await("all is done", () -> pending() == 0);
        b.append("cam/mixed.ts", camera.seconds(SECONDS));
        a.append("cam/mixed.ts", camera.seconds(SECONDS));
        ObjectInfo last = b.append("cam/last.ts", new FakeCamera(1_800_000L).seconds(SECONDS));
        b.awaitIndexed(last, "cam");
        a.await("all is done again", () -> pending() == 0);
    }

    private int pending() {
        return a.index.pending(null).size() + b.index.pending(null).size();
    }

    @Test
    void aCameraThatRollsOverFromNodeToNodePlaysOnWithNumbersThatNeverComeTwice() {
        a.started();
        b.started();
        a.register("cam");
        List<ObjectInfo> objects = new ArrayList<>();
        long next = 0;
        for (int i = 0; i < 6; i++) {
            CameraRig node = i % 2 == 0 ? a : b;
            ObjectInfo object =
                    node.append("cam/" + i + ".ts", new FakeCamera(i * 900_000L).seconds(SECONDS));
            objects.add(object);
            String uri = object.incarnation() + ".ts";
            a.await("all of it is live", () -> live(a, uri) == object.sizeBytes());
            MediaPlaylist live = a.live("cam").orElseThrow();
            long after = live.mediaSequence() + live.segments().size();
            assertTrue(after >= next + SECONDS, next + " then " + after);
            next = after;
        }
        objects.forEach(o -> a.awaitIndexed(o, "cam"));
        a.await("both say the same", () -> a.live("cam").equals(b.live("cam")));
        a.assertPlayed("cam", objects.stream().mapToLong(ObjectInfo::sizeBytes).sum());
    }

    private static long live(CameraRig rig, String uri) {
        return rig.live("cam").stream()
                .flatMap(p -> p.segments().stream())
                .filter(s -> s.uri().equals(uri))
                .mapToLong(s -> s.range().length())
                .sum();
    }

    @Test
    void whatOneNodeDeletesTheOtherForgets() {
        a.started();
        b.started();
        a.register("cam");
        ObjectInfo gone = a.append("cam/a.ts", new FakeCamera(0).seconds(SECONDS));
        ObjectInfo stays = b.append("cam/b.ts", new FakeCamera(0).seconds(SECONDS));
        a.awaitIndexed(gone, "cam");
        a.awaitIndexed(stays, "cam");
        b.store.objects().delete(CameraRig.BUCKET, "cam/a.ts");
        a.await("forgotten", () -> a.index.object("cam", gone.incarnation()).isEmpty());
        a.awaitIndexed(stays, "cam");
    }

    @Test
    void whatIsWrittenAnewAtAnotherNodeIsNotTakenBackByAnOldRecord() {
        b.started();
        a.register("cam");
        a.append("cam/a.ts", new FakeCamera(0).seconds(SECONDS)); // its node sleeps
        a.store.objects().delete(CameraRig.BUCKET, "cam/a.ts");
        ObjectInfo anew = b.append("cam/a.ts", new FakeCamera(0).seconds(SECONDS));
        b.awaitIndexed(anew, "cam");
        a.started();
        a.awaitIndexed(a.append("cam/b.ts", new FakeCamera(0).seconds(SECONDS)), "cam");
        b.awaitIndexed(anew, "cam");
        b.store.objects().delete(CameraRig.BUCKET, "cam/a.ts");
        b.await("forgotten", () -> b.index.object("cam", anew.incarnation()).isEmpty());
    }
}
