package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Scan;
import io.millrace.store.Scene.Change;
import io.millrace.store.Scene.Start;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.UploadListing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two changes of one key at once are as if one came after the other: the second one is let happen
 * before each single step of the first, on every kind of object, and answers, bytes, parts,
 * counters and change log must be those of one of the two orders. The same with an engine that
 * fails at each commit, or whose answer gets lost. In the end all is deleted, and nothing may be
 * left.
 */
class AnyTwoChangesTest {
    @TempDir Path directory;
    private Steps steps;
    private Fixture fixture;
    private int scenes;

    @BeforeEach
    void open() {
        StoreOptions options = Fixture.quick(Scene.INLINE_BYTES).withGrace(Scene.GRACE);
        fixture = Fixture.hasty(directory, options, this::openKeySpace);
        fixture.put(Scene.SOURCE, Scene.OTHER);
    }

    private KeySpace openKeySpace() {
        steps = new Steps(Fixture.rocks(directory));
        return steps;
    }

    /** Nobody keeps anything: no row, no extent, no pin. */
    @AfterEach
    void nothingIsLeft() {
        try (Fixture open = fixture) {
            for (Listing page = list(); !page.entries().isEmpty(); page = list()) {
                List<String> keys = page.entries().stream().map(ObjectInfo::key).toList();
                fixture.objects().deleteMany(BUCKET, keys);
            }
            for (UploadListing page = uploads(); !page.uploads().isEmpty(); page = uploads()) {
                page.uploads()
                        .forEach(u -> fixture.store.uploads().abort(BUCKET, u.key(), u.uploadId()));
            }
            open.assertStatistics(0, 0);
            Scene.reclaim(fixture);
            Scene.reclaim(fixture);
            Scene.reclaim(fixture);
            for (String family : List.of("M", "X", "U", "D", "Vo", "Vc")) {
                Scan rows = Scan.prefix(family.getBytes(StandardCharsets.US_ASCII), 10);
                assertEquals(List.of(), fixture.keySpace.scan(rows), family);
            }
            assertEquals(List.of(), fixture.extents.list());
        }
    }

    private Listing list() {
        return fixture.objects().list(new ListObjects(BUCKET, "", "", "", 1000));
    }

    private UploadListing uploads() {
        return fixture.store.uploads().list(new ListUploads(BUCKET, "", "", "", "", 1000));
    }

    private Scene scene(Start start, Change... changes) {
        return new Scene(fixture, steps, "k" + scenes++, start, changes);
    }

    /** How two changes end that happen one after the other. */
    private List<String> inOrder(Start start, Change one, Change other, boolean otherFirst) {
        Scene scene = scene(start, one, other);
        String first = scene.run(otherFirst ? other : one);
        String second = scene.run(otherFirst ? one : other);
        return otherFirst
                ? List.of(second, first, scene.state())
                : List.of(first, second, scene.state());
    }

    private void meet(Change one, List<Change> others) {
        for (Start start : Start.values()) {
            for (Change other : others) {
                if (Scene.RECLAIMING.contains(other) && !start.reclaimed) {
                    continue;
                }
                List<String> after = inOrder(start, one, other, false);
                List<String> before = inOrder(start, one, other, true);
                for (int step = 0; ; step++) {
                    Scene scene = scene(start, one, other);
                    String[] met = {""};
                    steps.before(step, () -> met[0] = scene.run(other));
                    String ended = scene.run(one);
                    if (!steps.happened()) {
                        break;
                    }
                    List<String> both = List.of(ended, met[0], scene.state());
                    if (!both.equals(after)) {
                        assertEquals(
                                String.join("\n", before),
                                String.join("\n", both),
                                one + " meets " + other + " at step " + step + " of " + start);
                    }
                }
            }
        }
    }

    private static final List<Change> WRITES =
            List.of(
                    Change.PUT_SMALL,
                    Change.PUT_LARGE,
                    Change.APPEND,
                    Change.COPY_ONTO,
                    Change.DELETE,
                    Change.RECLAIM);

    private void meet(Change one, Change... more) {
        List<Change> others = new ArrayList<>(WRITES);
        others.addAll(List.of(more));
        meet(one, others);
    }

    @Test
    void aReadMeetsAnything() {
        meet(Change.READ, Change.COMPLETE, Change.DELETE_FOR_GOOD);
    }

    @Test
    void aPutMeetsAnything() {
        meet(Change.PUT_SMALL);
        meet(Change.PUT_LARGE, Change.COMPLETE);
    }

    @Test
    void aConditionalPutMeetsAnything() {
        meet(Change.PUT_IF_ABSENT);
        meet(Change.PUT_IF_SAME);
    }

    @Test
    void anAppendMeetsAnything() {
        meet(Change.APPEND_FIRST, Change.APPEND_FIRST);
        meet(Change.APPEND, Change.SEAL);
    }

    @Test
    void aSealMeetsAnything() {
        meet(Change.SEAL, Change.SEAL);
    }

    @Test
    void aCopyMeetsAnything() {
        meet(Change.COPY_ONTO, Change.DELETE_MANY);
        meet(Change.COPY_FROM, Change.COMPLETE, Change.DELETE_FOR_GOOD);
    }

    @Test
    void aDeletionMeetsAnything() {
        meet(Change.DELETE, Change.COMPLETE);
        meet(Change.DELETE_IF_SAME);
        meet(Change.DELETE_MANY, Change.DELETE_MANY);
    }

    @Test
    void aPartMeetsAnything() {
        meet(Change.PART, List.of(Change.PART, Change.COMPLETE, Change.ABORT, Change.RECLAIM));
    }

    @Test
    void aPartsCopyMeetsAnything() {
        meet(Change.PART_COPY, Change.COMPLETE, Change.ABORT, Change.PART, Change.DELETE_FOR_GOOD);
    }

    @Test
    void aCompletionMeetsAnything() {
        meet(Change.COMPLETE, Change.ABORT);
    }

    @Test
    void anAbortMeetsAnything() {
        meet(Change.ABORT, List.of(Change.PART, Change.COMPLETE, Change.ABORT, Change.PART_COPY));
    }

    /** What the change alone makes of it: how it ended, and what all is like. */
    private List<String> alone(Start start, Change change) {
        Scene scene = scene(start, change);
        return List.of(scene.run(change), scene.state());
    }

    @Test
    void whateverFailsLeavesAllAsItWasOrAsItShallBe() {
        for (Start start : Start.values()) {
            for (Change change : Change.values()) {
                String untouched = scene(start, change).state();
                List<String> done = alone(start, change);
                for (int step = 0; !Scene.RECLAIMING.contains(change); step++) {
                    Scene scene = scene(start, change);
                    steps.before(step, AnyTwoChangesTest::fail);
                    String ended = scene.run(change);
                    if (!steps.happened()) {
                        break;
                    }
                    String state = scene.state();
                    String where = change + " that fails at step " + step + " of " + start;
                    if (ended.equals("failed: BUSY") && state.equals(untouched)) {
                        // Nothing keeps it from being done the next time.
                        assertEquals(done, List.of(scene.run(change), scene.state()), where);
                    } else if (!ended.equals("failed: BUSY")) {
                        assertEquals(done, List.of(ended, state), where);
                    } else {
                        assertEquals(done.get(1), state, where);
                    }
                }
            }
        }
    }

    private static void fail() {
        throw new KeySpaceException(KeySpaceException.Code.BUSY, "too much to do");
    }

    @Test
    void aChangeWhoseAnswerGetsLostIsMadeOnceAndAcknowledged() {
        for (Start start : Start.values()) {
            for (Change change : Change.values()) {
                List<String> done = alone(start, change);
                for (int commit = 0; !Scene.RECLAIMING.contains(change); commit++) {
                    Scene scene = scene(start, change);
                    steps.insteadOfCommit(
                            commit,
                            (keySpace, batch) -> {
                                keySpace.commit(batch);
                                return new CommitOutcome.Unknown("the connection broke");
                            });
                    String ended = scene.run(change);
                    if (!steps.happened()) {
                        break;
                    }
                    assertEquals(
                            done,
                            List.of(ended, scene.state()),
                            change + " whose commit " + commit + " is in doubt, of " + start);
                }
            }
        }
    }

    @Test
    void whatStaysInDoubtIsNotAcknowledgedAndMayStillHappen() {
        Map<Change, Batch> late = new EnumMap<>(Change.class);
        Map<Change, Scene> scenes = new EnumMap<>(Change.class);
        List<Change> changes =
                List.of(
                        Change.PUT_LARGE,
                        Change.APPEND,
                        Change.PART,
                        Change.COMPLETE,
                        Change.COPY_FROM,
                        Change.DELETE);
        changes.forEach(change -> scenes.put(change, scene(Start.GROWING, change)));
        for (Change change : changes) {
            steps.insteadOfCommit(
                    // An upload is claimed first.
                    change == Change.COMPLETE ? 1 : 0,
                    (keySpace, batch) -> {
                        late.put(change, batch);
                        // Nor can it be asked.
                        steps.before(0, AnyTwoChangesTest::fail);
                        return new CommitOutcome.Unknown("the connection broke");
                    });
            String ended = requireNonNull(scenes.get(change)).run(change);
            assertEquals("failed: COMMIT_UNKNOWN", ended, change.name());
            assertTrue(steps.happened());
        }
        assertEquals(0, fixture.store.statistics().deadBytes(), "it may be referred to yet");
        Scene.reclaim(fixture);
        Scene.reclaim(fixture);
        for (Change change : changes) {
            Scene scene = requireNonNull(scenes.get(change));
            scene.countFromHere();
            Batch batch = requireNonNull(late.get(change));
            assertTrue(fixture.keySpace.commit(batch).committed(), change.name());
            String now = scene.state();
            Scene undoubted = scene(Start.GROWING, change);
            undoubted.countFromHere();
            undoubted.run(change);
            assertEquals(undoubted.state(), now, change.name());
        }
        // What is in doubt is kept until a restart.
        fixture.reopen();
    }
}
