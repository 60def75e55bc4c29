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
import io.millrace.store.content.Digests;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.UploadListing;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.work.Stamped;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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
    /** Longer bodies stand in extents. */
    private static final int INLINE_BYTES = 16;

    private static final String SOURCE = "source of copies";
    private static final byte[] SMALL = {1, 2, 3};
    private static final byte[] LARGE = Fixture.bytes(1, 100);
    private static final byte[] OTHER = Fixture.bytes(2, 60);

    /** Length of what {@link Start#GROWING} makes. */
    private static final long GROWN = SMALL.length + LARGE.length;

    /** A key that nobody uses. */
    private static final byte[] NOWHERE = {1};

    @TempDir Path directory;
    private Steps steps;
    private Fixture fixture;
    private int scenes;

    @BeforeEach
    void open() {
        StoreOptions options = Fixture.quick(INLINE_BYTES).withGrace(Duration.ofSeconds(50));
        fixture = Fixture.hasty(directory, options, this::openKeySpace);
        fixture.put(SOURCE, OTHER);
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
            reclaim();
            reclaim();
            reclaim();
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

    /** Changes that need an upload. */
    private static final Set<Change> UPLOADING =
            EnumSet.of(Change.PART, Change.PART_COPY, Change.COMPLETE, Change.ABORT);

    /** What a key holds before. */
    private enum Start {
        NOTHING(true),
        SMALL(false),
        LARGE(true),
        GROWING(true),
        SEALED(false),
        PARTS(true);

        /** Whether it is worth while to see what reclaiming does to it. */
        final boolean reclaimed;

        Start(boolean reclaimed) {
            this.reclaimed = reclaimed;
        }
    }

    /** What is done to a key; each answers how it ended. */
    private enum Change {
        PUT_SMALL,
        PUT_LARGE,
        PUT_IF_ABSENT,
        PUT_IF_SAME,
        APPEND_FIRST,
        APPEND,
        SEAL,
        COPY_ONTO,
        COPY_FROM,
        DELETE,
        DELETE_IF_SAME,
        DELETE_MANY,
        PART,
        PART_COPY,
        COMPLETE,
        ABORT,
        READ,
        RECLAIM
    }

    /** One key, a copy of it, and an open upload to it. */
    private final class Scene {
        final String key = "k" + scenes++;
        final String copy = key + "!";
        final String upload;
        private final long seen;
        StoreStatistics.OfBucket before;

        Scene(Start start, Change... changes) {
            before = fixture.store.statistics(BUCKET);
            seen = fixture.store.changes().head(shard());
            switch (start) {
                case NOTHING -> {}
                case SMALL -> fixture.put(key, SMALL);
                case LARGE -> fixture.put(key, LARGE);
                case GROWING -> grow();
                case SEALED -> {
                    grow();
                    fixture.objects().seal(BUCKET, key, GROWN);
                }
                case PARTS -> {
                    String id = initiate();
                    part(id, 1, LARGE);
                    part(id, 2, SMALL);
                    UploadsTest.complete(fixture, key, id, List.of());
                }
            }
            if (Stream.of(changes).noneMatch(UPLOADING::contains)) {
                upload = "none";
                return;
            }
            upload = initiate();
            part(upload, 1, OTHER);
            part(upload, 2, SMALL);
        }

        private void grow() {
            fixture.append(key, 0, SMALL);
            fixture.append(key, SMALL.length, LARGE);
        }

        private String initiate() {
            ObjectMetadata metadata = ObjectMetadata.ofType("video/mp4");
            return fixture.store.uploads().initiate(BUCKET, key, metadata).uploadId();
        }

        private Object part(String id, int number, byte[] bytes) {
            return fixture.store
                    .uploads()
                    .uploadPart(
                            new UploadPart(
                                    BUCKET, key, id, number, bytes.length, ExpectedDigests.NONE),
                            new ByteArrayInputStream(bytes));
        }

        String run(Change change) {
            try {
                return plain(tried(change));
            } catch (StoreException e) {
                return "failed: " + e.code();
            }
        }

        private Object tried(Change change) {
            return switch (change) {
                case PUT_SMALL -> put(SMALL, WriteConditions.NONE);
                case PUT_LARGE -> put(LARGE, WriteConditions.NONE);
                case PUT_IF_ABSENT -> put(LARGE, WriteConditions.ABSENT);
                case PUT_IF_SAME -> put(OTHER, ifSame());
                case APPEND_FIRST -> fixture.append(key, 0, LARGE);
                case APPEND -> fixture.append(key, GROWN, LARGE);
                case SEAL -> fixture.objects().seal(BUCKET, key, GROWN);
                case COPY_ONTO ->
                        fixture.objects().copy(CopyObject.of(BUCKET, SOURCE, BUCKET, key));
                case COPY_FROM -> fixture.objects().copy(CopyObject.of(BUCKET, key, BUCKET, copy));
                case DELETE -> fixture.objects().delete(BUCKET, key);
                case DELETE_IF_SAME -> fixture.objects().delete(BUCKET, key, ifSame());
                case DELETE_MANY ->
                        fixture.objects().deleteMany(BUCKET, List.of(key, "absent", copy));
                case PART -> part(upload, 1, LARGE);
                case PART_COPY ->
                        fixture.store
                                .uploads()
                                .uploadPartCopy(
                                        new UploadPartCopy(
                                                BUCKET,
                                                key,
                                                upload,
                                                3,
                                                BUCKET,
                                                key,
                                                0,
                                                -1,
                                                ReadConditions.NONE));
                case COMPLETE -> UploadsTest.complete(fixture, key, upload, List.of());
                case ABORT -> fixture.store.uploads().abort(BUCKET, key, upload);
                case READ -> read(key);
                case RECLAIM -> reclaim();
            };
        }

        private Object put(byte[] bytes, WriteConditions conditions) {
            return fixture.objects()
                    .put(PutObject.of(BUCKET, key, bytes.length).with(conditions), bytes);
        }

        private WriteConditions ifSame() {
            return WriteConditions.ifMatch(HexFormat.of().formatHex(Digests.md5(List.of(LARGE))));
        }

        private String read(String of) {
            Optional<ObjectReader> opened = fixture.objects().open(BUCKET, of);
            if (opened.isEmpty()) {
                return "absent";
            }
            try (ObjectReader reader = opened.get()) {
                pause();
                byte[] bytes = new byte[(int) reader.info().sizeBytes() + 1];
                int first = reader.read(0, bytes, 0, 2);
                pause();
                int rest = reader.read(first, bytes, first, bytes.length - first);
                return reader.info()
                        + " "
                        + HexFormat.of().formatHex(bytes, 0, first + rest)
                        + " "
                        + HexFormat.of().formatHex(Fixture.read(reader));
            }
        }

        /** A step of the reader's own. */
        private void pause() {
            try {
                steps.get(NOWHERE);
            } catch (KeySpaceException e) {
                throw new StoreException(StoreException.Code.BUSY, "the reader gave up", e);
            }
        }

        /** What all of it is like afterwards. */
        String state() {
            StoreStatistics.OfBucket now = fixture.store.statistics(BUCKET);
            List<String> changes = new ArrayList<>();
            for (Stamped<io.millrace.store.log.Change> change :
                    fixture.store.changes().read(shard(), seen, 100)) {
                if (change.record().key().equals(key)) {
                    changes.add(
                            "%s %d %d"
                                    .formatted(
                                            change.record().kind(),
                                            change.record().oldLength(),
                                            change.record().newLength()));
                }
            }
            Optional<PartListing> parts =
                    fixture.store.uploads().listParts(BUCKET, key, upload, 0, 10);
            return String.join(
                    "\n",
                    plain(read(key)),
                    plain(read(copy)),
                    plain(parts),
                    (now.objects() - before.objects()) + " objects",
                    (now.bytes() - before.bytes()) + " bytes",
                    changes.toString());
        }

        private int shard() {
            return ChangeLog.shard(fixture.store.buckets().require(BUCKET).id(), key);
        }

        /** Without names, times and numbers that differ from scene to scene. */
        private String plain(Object outcome) {
            return outcome.toString()
                    .replace(upload, "UPLOAD")
                    .replaceAll("\\b" + key + "\\b", "KEY")
                    .replaceAll("(Time|Modified|initiated)=[-0-9T:.]+Z", "$1=TIME")
                    .replaceAll("(versionId|incarnation)=[0-9]+", "$1=NUMBER")
                    .replaceAll("etag=[0-9A-F]+-[-0-9A-F]+", "etag=NUMBER");
        }
    }

    private Object reclaim() {
        fixture.extents.list().forEach(v -> fixture.extents.seal(v.volume()));
        fixture.clock.advance(Duration.ofSeconds(51));
        fixture.store.maintain();
        fixture.clock.advance(Duration.ofSeconds(51));
        return fixture.store.maintain().getClass();
    }

    /** How two changes end that happen one after the other. */
    private List<String> inOrder(Start start, Change one, Change other, boolean otherFirst) {
        Scene scene = new Scene(start, one, other);
        String first = scene.run(otherFirst ? other : one);
        String second = scene.run(otherFirst ? one : other);
        return otherFirst
                ? List.of(second, first, scene.state())
                : List.of(first, second, scene.state());
    }

    private void meet(Change one, List<Change> others) {
        for (Start start : Start.values()) {
            for (Change other : others) {
                if (other == Change.RECLAIM && !start.reclaimed) {
                    continue;
                }
                List<String> after = inOrder(start, one, other, false);
                for (int step = 0; ; step++) {
                    Scene scene = new Scene(start, one, other);
                    String[] met = {""};
                    steps.before(step, () -> met[0] = scene.run(other));
                    String ended = scene.run(one);
                    if (!steps.happened()) {
                        break;
                    }
                    List<String> both = List.of(ended, met[0], scene.state());
                    if (!both.equals(after)) {
                        assertEquals(
                                String.join("\n", inOrder(start, one, other, true)),
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
        meet(Change.READ, Change.COMPLETE);
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
        meet(Change.COPY_FROM, Change.COMPLETE);
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
        meet(Change.PART_COPY, Change.COMPLETE, Change.ABORT, Change.PART);
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
        Scene scene = new Scene(start, change);
        return List.of(scene.run(change), scene.state());
    }

    @Test
    void whateverFailsLeavesAllAsItWasOrAsItShallBe() {
        for (Start start : Start.values()) {
            for (Change change : Change.values()) {
                String untouched = new Scene(start, change).state();
                List<String> done = alone(start, change);
                for (int step = 0; change != Change.RECLAIM; step++) {
                    Scene scene = new Scene(start, change);
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
                for (int commit = 0; change != Change.RECLAIM; commit++) {
                    Scene scene = new Scene(start, change);
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
        Map<Change, Batch> late = new ConcurrentHashMap<>();
        Map<Change, Scene> scenes = new EnumMap<>(Change.class);
        List<Change> changes =
                List.of(
                        Change.PUT_LARGE,
                        Change.APPEND,
                        Change.PART,
                        Change.COMPLETE,
                        Change.COPY_FROM,
                        Change.DELETE);
        changes.forEach(change -> scenes.put(change, new Scene(Start.GROWING, change)));
        List<Callable<String>> tasks = new ArrayList<>();
        for (Change change : changes) {
            tasks.add(
                    () -> {
                        steps.insteadOfCommit(
                                // An upload is claimed first.
                                change == Change.COMPLETE ? 1 : 0,
                                (keySpace, batch) -> {
                                    late.put(change, batch);
                                    return new CommitOutcome.Unknown("the connection broke");
                                });
                        return requireNonNull(scenes.get(change)).run(change);
                    });
        }
        for (String ended : Fixture.together(tasks)) {
            assertEquals("failed: COMMIT_UNKNOWN", ended);
        }
        reclaim();
        reclaim();
        for (Change change : changes) {
            Scene scene = requireNonNull(scenes.get(change));
            scene.before = fixture.store.statistics(BUCKET);
            Batch batch = requireNonNull(late.get(change));
            assertTrue(fixture.keySpace.commit(batch).committed(), change.name());
            String now = scene.state();
            Scene undoubted = new Scene(Start.GROWING, change);
            undoubted.before = fixture.store.statistics(BUCKET);
            undoubted.run(change);
            assertEquals(undoubted.state(), now, change.name());
        }
        // What is in doubt is kept until a restart.
        fixture.reopen();
    }
}
