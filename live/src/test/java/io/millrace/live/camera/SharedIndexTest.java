package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes write what the index says of one object, one between two commits of the other. */
@Timeout(120)
class SharedIndexTest {
    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;
    private KeySpace keySpace;
    private Leases ofA;
    private Leases ofB;
    private OwnedIndex a;
    private OwnedIndex b;
    private int commitsUntil;
    private Runnable between = () -> {};

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
        ofA = Leases.open(interrupted(), "a", SILENT, MonotonicClock.system());
        ofB = Leases.open(keySpace, "b", SILENT, MonotonicClock.system());
        a = new OwnedIndex(ofA.acquire("cameras/a").orElseThrow().keySpace(), "a");
        b = new OwnedIndex(ofB.acquire("cameras/b").orElseThrow().keySpace(), "b");
    }

    @AfterEach
    void close() {
        ofA.close();
        ofB.close();
        keySpace.close();
    }

    /** The key space as A sees it: something may come between its commits. */
    private KeySpace interrupted() {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("commit") && --commitsUntil == 0) {
                                between.run();
                            }
                            return method.invoke(keySpace, arguments);
                        });
    }

    /** B does something just before one of the next commits of A. */
    private void before(int commit, Runnable does) {
        commitsUntil = commit;
        between = does;
    }

    private static CameraObject object(long segments) {
        return new CameraObject(
                "yard", 1, "b", "a.ts", 3, 0, 0, segments, ScanCursor.START, Damages.NONE);
    }

    private static List<SegmentRun> runs(int from, int count) {
        List<SegmentRun> out = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            CameraSegment one = new CameraSegment(3, i * 100L, 100, 90_000, i * 9_000L, true);
            out.add(new SegmentRun(List.of(one)));
        }
        return out;
    }

    private void assertNothingIsLeft(String when) {
        byte[] rows = Keys.family('S').u8('c').done();
        List<byte[]> left =
                keySpace.scan(Scan.prefix(rows, 1_000)).stream().map(Entry::key).toList();
        assertEquals(0, left.size(), () -> left.size() + " rows " + when);
    }

    @Test
    void whatIsAddedWhileAnObjectIsForgottenIsForgottenToo() {
        for (int commit = 1; commit <= 3; commit++) {
            assertTrue(a.save(object(2), runs(0, 2), List.of(), null));
            before(
                    commit,
                    () -> {
                        byte[] row = b.objectRow("yard", 3);
                        assertTrue(b.save(object(4), runs(2, 2), List.of(), row));
                    });
            a.forget("yard", 3);
            assertTrue(commitsUntil <= 0, "there were so many commits");
            assertNothingIsLeft("when it came before commit " + commit);
        }
    }

    @Test
    void anObjectOfManyRunsIsForgottenWithAllOfThem() {
        a.await(new CameraIndex.Pending("yard", 3, 1, "a.ts"));
        assertTrue(a.save(object(1_100), runs(0, 1_100), List.of(), null));
        a.forget("yard", 3);
        assertNothingIsLeft("of many runs");
    }

    @Test
    void anObjectThatAnotherNodeSavesMeanwhileIsWrittenNoFurther() {
        for (int commit = 1; commit <= 4; commit++) {
            assertTrue(a.save(object(1), runs(0, 1), List.of(), null));
            byte[] read = a.objectRow("yard", 3);
            before(commit, () -> assertTrue(b.save(object(9), runs(999, 1), List.of(), read)));
            assertFalse(a.save(object(201), runs(1, 200), List.of(), read), "commit " + commit);
            assertArrayEquals(object(9).encode(), a.objectRow("yard", 3));
            assertEquals(2 + 64 * (commit - 1), a.runs("yard", 3, 0, 1_000).size());
            a.forget("yard", 3);
        }
    }

    @Test
    void runsThatAnotherNodeHasWrittenMeanwhileAreNotStruckOut() {
        for (int commit = 1; commit <= 2; commit++) {
            List<SegmentRun> stale = runs(0, 600);
            assertTrue(a.save(object(600), stale, List.of(), null));
            byte[] read = a.objectRow("yard", 3);
            before(commit, () -> assertTrue(b.save(object(9), runs(999, 1), List.of(), read)));
            assertFalse(a.save(object(1), runs(0, 1), stale, read), "commit " + commit);
            assertArrayEquals(object(9).encode(), a.objectRow("yard", 3));
            assertEquals(601 - 512 * (commit - 1), a.runs("yard", 3, 0, 1_000).size());
            a.forget("yard", 3);
        }
    }

    @Test
    void aLiveEndIsWrittenOverTheOneThatWasRead() {
        byte[] read = a.liveRow("yard");
        assertTrue(a.putLive("yard", new byte[] {1}, read));
        assertFalse(b.putLive("yard", new byte[] {2}, read));
        assertArrayEquals(new byte[] {1}, b.liveRow("yard"));
        assertTrue(b.putLive("yard", new byte[] {2}, b.liveRow("yard")));
    }

    @Test
    void aKeyStaysWithWhoHasItSinceWhenAnObjectIsForgotten() {
        a.await(new CameraIndex.Pending("yard", 3, 1, "a.ts"));
        a.await(new CameraIndex.Pending("yard", 4, 1, "a.ts"));
        a.forget("yard", 3);
        assertEquals(Optional.of(new CameraIndex.Owner("yard", 4)), a.owner(1, "a.ts"));
        a.await(new CameraIndex.Pending("gate", 4, 1, "a.ts"));
        a.forget("yard", 4);
        assertEquals(Optional.of(new CameraIndex.Owner("gate", 4)), a.owner(1, "a.ts"));
        a.forget("gate", 4);
        assertNothingIsLeft("of an object that was never scanned");
    }

    @Test
    void everyDeviceOfWhichAnythingIsWrittenIsNamedOnceAndInOrder() {
        a.putRegistration("e", new Registration(1, "b", "e/"));
        a.putRegistration("both", new Registration(1, "b", "both/"));
        a.await(new CameraIndex.Pending("both", 1, 1, "both/a.ts"));
        a.await(new CameraIndex.Pending("bo", 2, 1, "bo/a.ts"));
        a.await(new CameraIndex.Pending("bo", 3, 1, "bo/b.ts"));
        assertTrue(b.save(object(1), runs(0, 1), List.of(), null));
        b.putRegistration("elsewhere", new Registration(1, "b", "x/"));
        assertTrue(a.putLive("live", new byte[] {1}, null));
        List<String> devices = new ArrayList<>();
        for (Optional<String> next = a.nextDevice("");
                next.isPresent();
                next = a.nextDevice(next.get())) {
            devices.add(next.get());
        }
        assertEquals(List.of("bo", "both", "e", "yard"), devices);
    }
}
