package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A look at the index names each row that another row or an object belies, and nothing else. */
@Timeout(300)
class AgreementTest {
    @TempDir Path directory;
    private CameraRig rig;
    private ObjectInfo object;
    private SegmentRun run;

    @BeforeEach
    void index() {
        rig = new CameraRig(directory).started();
        rig.register("cam");
        // Else its objects may be looked at again, and wait to be scanned, when all is indexed.
        rig.await("it was welcomed", () -> rig.index.registration("cam").isPresent());
        object = rig.append("cam/a.ts", new FakeCamera(0).seconds(10));
        rig.awaitIndexed(object, "cam");
        rig.await("nothing waits", () -> rig.index.pending(null).isEmpty());
        rig.stop();
        run = rig.index.runs("cam", object.incarnation(), 0).getFirst();
        assertEquals(List.of(), rig.disagreements());
        rig.invented = true;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private byte[] runKey() {
        byte[] runs = CameraIndex.runsKey("cam", object.incarnation());
        return Keys.under(runs).u64(run.offset()).done();
    }

    private byte[] lineKey() {
        return run.summary().key(CameraIndex.timeline("cam"));
    }

    private byte[] objectKey() {
        return CameraIndex.objectKey("cam", object.incarnation());
    }

    private void delete(byte[] key) {
        assertTrue(rig.keySpace.commit(Batch.builder().delete(key).build()).committed());
    }

    private void put(byte[] key, byte[] value) {
        assertTrue(rig.keySpace.commit(Batch.builder().put(key, value).build()).committed());
    }

    private void assertNamed(String... texts) {
        List<String> hits = rig.disagreements();
        for (String text : texts) {
            assertTrue(
                    hits.stream().anyMatch(h -> h.contains("cam") && h.contains(text)),
                    text + " in " + hits);
        }
        assertEquals(texts.length, hits.size(), hits.toString());
    }

    @Test
    void aRunWithoutItsPlaceInTime() {
        delete(lineKey());
        assertNamed("missing on the camera's timeline");
    }

    @Test
    void aPlaceInTimeWithoutItsRun() {
        delete(runKey());
        assertNamed("names a run that is not there", "being filled is missing");
    }

    @Test
    void aSecondPlaceInTimeOfOneRun() {
        RunSummary is = run.summary();
        RunSummary second =
                new RunSummary(
                        is.startMillis() + 1,
                        is.incarnation(),
                        is.offset(),
                        is.endMillis(),
                        is.entries(),
                        is.longestTicks());
        put(second.key(CameraIndex.timeline("cam")), is.encode());
        assertNamed("names a run that is not there");
    }

    @Test
    void anObjectWhoseKeyIsAnothersAndOneWhoseBucketIsGone() {
        CameraObject is = rig.index.object("cam", object.incarnation()).orElseThrow();
        byte[] earlier = CameraIndex.objectKey("cam", object.incarnation() - 1);
        put(earlier, is.encode());
        assertNamed("is not there");
        CameraObject elsewhere =
                new CameraObject(
                        "cam",
                        is.bucketId() + 1_000,
                        "gone",
                        is.key(),
                        object.incarnation() - 1,
                        is.arrivedMillis(),
                        is.captureMillis(),
                        is.segments(),
                        is.cursor(),
                        is.damages());
        put(earlier, elsewhere.encode());
        assertNamed("is not there");
    }

    @Test
    void runsThatFillSeveralPagesAreAllCounted() {
        CameraObject is = rig.index.object("cam", object.incarnation()).orElseThrow();
        OwnedIndex index = rig.owned();
        index.forget("cam", object.incarnation());
        List<SegmentRun> runs = new ArrayList<>();
        int count = 1_100;
        for (int i = 0; i < count; i++) {
            CameraSegment one =
                    new CameraSegment(object.incarnation(), i, 1, 90_000, i * 9_000L, true);
            runs.add(new SegmentRun(List.of(one)));
        }
        ScanCursor cursor = new ScanCursor(count, count, 0, false, count - 1, new byte[0]);
        CameraObject whole = is.at(cursor, count, Damages.NONE);
        assertTrue(index.save(whole, runs, List.of(), null));
        assertEquals(List.of(), rig.disagreements());
    }

    @Test
    void aPlaceInTimeThatSaysOtherwise() {
        RunSummary is = run.summary();
        RunSummary other =
                new RunSummary(
                        is.startMillis(),
                        is.incarnation(),
                        is.offset(),
                        is.endMillis() + 1,
                        is.entries(),
                        is.longestTicks());
        put(lineKey(), other.encode());
        assertNamed("says otherwise");
    }

    @Test
    void aRunOfAnObjectThatTheIndexDoesntKnow() {
        delete(objectKey());
        assertNamed("doesn't know");
    }

    @Test
    void anObjectThatIsNotThere() {
        rig.store.objects().delete(CameraRig.BUCKET, "cam/a.ts");
        assertEquals(List.of(), rig.disagreements(), "its deletion is yet to be heard of");
        rig.restart();
        rig.await("heard", () -> rig.index.object("cam", object.incarnation()).isEmpty());
        ObjectInfo next = rig.append("cam/b.ts", new FakeCamera(0).seconds(10));
        rig.awaitIndexed(next, "cam");
        rig.stop();
        long bucket = rig.store.buckets().require(CameraRig.BUCKET).id();
        delete(StoreKeys.object(bucket, StoreKeys.keyBytes("cam/b.ts")));
        assertNamed("is not there");
    }

    @Test
    void anObjectThatIsShorterThanTheIndexSays() {
        CameraObject is = rig.index.object("cam", object.incarnation()).orElseThrow();
        ScanCursor cursor = is.cursor();
        ScanCursor beyond =
                new ScanCursor(
                        cursor.offset(),
                        object.sizeBytes() + 1,
                        cursor.startMillis(),
                        cursor.discontinuity(),
                        cursor.runOffset(),
                        cursor.tables());
        put(objectKey(), is.at(beyond, is.segments(), is.damages()).encode());
        assertNamed("holds " + (object.sizeBytes() + 1) + " bytes");
        put(objectKey(), is.encode());
        CameraSegment last = run.segments().getLast();
        CameraSegment longer =
                new CameraSegment(
                        last.incarnation(),
                        last.offset(),
                        last.lengthBytes() + 188,
                        last.durationTicks(),
                        last.startMillis(),
                        last.discontinuity());
        List<CameraSegment> segments = new ArrayList<>(run.segments());
        segments.set(segments.size() - 1, longer);
        put(runKey(), new SegmentRun(segments).encode());
        assertNamed("reaches to byte " + (object.sizeBytes() + 188));
    }

    @Test
    void aRunThatIsBeingFilledAndMissing() {
        CameraObject is = rig.index.object("cam", object.incarnation()).orElseThrow();
        delete(runKey());
        delete(lineKey());
        assertEquals(run.offset(), is.cursor().runOffset());
        assertNamed("being filled is missing");
    }

    @Test
    void aNumberOfSegmentsThatIsNotTheirs() {
        CameraObject is = rig.index.object("cam", object.incarnation()).orElseThrow();
        put(objectKey(), is.at(is.cursor(), is.segments() + 1, is.damages()).encode());
        assertNamed("segments are counted");
    }

    @Test
    void whatWaitsToBeScannedIsNoneTheWorse() {
        delete(objectKey());
        rig.owned()
                .await(
                        new CameraIndex.Pending(
                                "cam",
                                object.incarnation(),
                                rig.store.buckets().require(CameraRig.BUCKET).id(),
                                "cam/a.ts"));
        assertEquals(List.of(), rig.disagreements());
    }

    @Test
    void whatACrashLeftHalfForgottenIsNoneTheWorse() {
        List<byte[]> keys = List.of(objectKey(), runKey(), lineKey());
        List<byte[]> rows = keys.stream().map(rig.keySpace::get).toList();
        int commits = 0;
        while (!isForgotten(commits)) {
            assertEquals(List.of(), rig.disagreements(), commits + " commits came through");
            commits++;
            for (int i = 0; i < keys.size(); i++) {
                put(keys.get(i), rows.get(i));
            }
        }
        assertTrue(commits > 1, "forgotten by several commits");
        keys.forEach(key -> assertNull(rig.keySpace.get(key)));
        assertEquals(List.of(), rig.disagreements());
    }

    /** Forgets the object; false when the node dies after so many commits. */
    private boolean isForgotten(int commits) {
        AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
        KeySpace dying =
                (KeySpace)
                        Proxy.newProxyInstance(
                                KeySpace.class.getClassLoader(),
                                new Class<?>[] {KeySpace.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("commit")
                                            && left.getAndDecrement() <= 0) {
                                        throw new IllegalStateException("killed");
                                    }
                                    return method.invoke(rig.keySpace, arguments);
                                });
        Leases.Options silent = new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));
        try (Leases leases = Leases.open(dying, "node", silent, MonotonicClock.system())) {
            OwnedIndex index =
                    new OwnedIndex(leases.acquire("test").orElseThrow().keySpace(), "store");
            left.set(commits);
            index.forget("cam", object.incarnation());
            return true;
        } catch (IllegalStateException e) {
            return false;
        } finally {
            left.set(Integer.MAX_VALUE);
        }
    }
}
