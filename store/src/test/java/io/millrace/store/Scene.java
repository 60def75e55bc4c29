package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;

import io.millrace.keyspace.KeySpaceException;
import io.millrace.store.content.Digests;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.work.Stamped;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One key with what it holds, a copy of it, and an open upload to it: what is done to them, how it
 * ends and what all is like afterwards, in words that are the same for every key.
 */
final class Scene {
    /** Longer bodies stand in extents. */
    static final int INLINE_BYTES = 16;

    static final Duration GRACE = Duration.ofSeconds(50);

    static final String SOURCE = "source of copies";
    private static final byte[] SMALL = {1, 2, 3};
    private static final byte[] LARGE = Fixture.bytes(1, 100);
    static final byte[] OTHER = Fixture.bytes(2, 60);

    /** Length of what {@link Start#GROWING} makes. */
    private static final long GROWN = SMALL.length + LARGE.length;

    /** A key of the key space that nobody uses. */
    private static final byte[] NOWHERE = {1};

    /** Changes that need an upload. */
    private static final Set<Change> UPLOADING =
            EnumSet.of(Change.PART, Change.PART_COPY, Change.COMPLETE, Change.ABORT);

    /** Changes that look at everything. */
    static final Set<Change> RECLAIMING = EnumSet.of(Change.RECLAIM, Change.DELETE_FOR_GOOD);

    /** What a key holds before. */
    enum Start {
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
    enum Change {
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
        DELETE_FOR_GOOD,
        PART,
        PART_COPY,
        COMPLETE,
        ABORT,
        READ,
        RECLAIM
    }

    private static final Pattern TIMES = Pattern.compile("(Time|Modified|initiated)=[-0-9T:.]+Z");
    private static final Pattern NUMBERS = Pattern.compile("(versionId|incarnation)=[0-9]+");

    private final Fixture fixture;
    private final Steps steps;
    private final String key;
    private final Pattern ownKey;
    private final String copy;
    private final String upload;
    private final long seen;
    private StoreStatistics.OfBucket before;

    /**
     * @param key one that no scene had before
     * @param changes what is going to happen
     */
    Scene(Fixture fixture, Steps steps, String key, Start start, Change... changes) {
        this.fixture = fixture;
        this.steps = steps;
        this.key = key;
        this.ownKey = Pattern.compile("\\b" + key + "\\b");
        this.copy = key + "!";
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
                        new UploadPart(BUCKET, key, id, number, bytes.length, ExpectedDigests.NONE),
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
            case COPY_ONTO -> fixture.objects().copy(CopyObject.of(BUCKET, SOURCE, BUCKET, key));
            case COPY_FROM -> fixture.objects().copy(CopyObject.of(BUCKET, key, BUCKET, copy));
            case DELETE -> fixture.objects().delete(BUCKET, key);
            case DELETE_IF_SAME -> fixture.objects().delete(BUCKET, key, ifSame());
            case DELETE_MANY -> fixture.objects().deleteMany(BUCKET, List.of(key, "absent", copy));
            case DELETE_FOR_GOOD -> {
                Object deleted = fixture.objects().delete(BUCKET, key);
                reclaim(fixture);
                yield deleted;
            }
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
            case RECLAIM -> reclaim(fixture);
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

    /** Counts what follows only. */
    void countFromHere() {
        before = fixture.store.statistics(BUCKET);
    }

    /** What all of it is like afterwards. */
    String state() {
        StoreStatistics.OfBucket now = fixture.store.statistics(BUCKET);
        Optional<PartListing> parts = fixture.store.uploads().listParts(BUCKET, key, upload, 0, 10);
        return String.join(
                "\n",
                plain(read(key)),
                plain(read(copy)),
                plain(parts),
                (now.objects() - before.objects()) + " objects",
                (now.bytes() - before.bytes()) + " bytes",
                changes().toString());
    }

    /** What the change log says of the key. */
    private List<String> changes() {
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
        return changes;
    }

    private int shard() {
        return ChangeLog.shard(fixture.store.buckets().require(BUCKET).id(), key);
    }

    /** Without names, times and numbers that differ from scene to scene. */
    private String plain(Object outcome) {
        String named = outcome.toString().replace(upload, "UPLOAD");
        String keyed = ownKey.matcher(named).replaceAll("KEY");
        String timeless = TIMES.matcher(keyed).replaceAll("$1=TIME");
        return NUMBERS.matcher(timeless).replaceAll("$1=NUMBER");
    }

    /** Frees all that is deleted, moves what is left and deletes the volumes. */
    static Object reclaim(Fixture fixture) {
        fixture.extents.list().forEach(v -> fixture.extents.seal(v.volume()));
        fixture.clock.advance(GRACE.plusSeconds(1));
        fixture.store.maintain();
        fixture.clock.advance(GRACE.plusSeconds(1));
        return fixture.store.maintain().getClass();
    }
}
