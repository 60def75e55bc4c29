package io.millrace.live.camera;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowWalk;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.Objects;
import io.millrace.store.space.StoreException;
import io.millrace.store.verify.Hit;
import io.millrace.work.Cursors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Whether the rows of the cameras' index agree with each other and with the objects that they name.
 * For a key space that nobody writes to, also one that a kill left: what waits to be scanned, or
 * for its deletion to be heard of, is none the worse. Rows that don't decode are told elsewhere.
 */
final class Agreement {
    private static final int KIND_AT = 3;
    private static final int PAGE = 1_000;

    private final KeySpace keySpace;
    private final CameraIndex index;
    private final Objects objects;
    private final ChangeLog log;
    private final Set<Name> waiting = new HashSet<>();
    private final List<Hit> hits = new ArrayList<>();

    /** What the index calls an object. */
    private record Name(String device, long incarnation) {}

    private Agreement(KeySpace keySpace, Objects objects, ChangeLog log) {
        this.keySpace = keySpace;
        this.index = new CameraIndex(keySpace, "");
        this.objects = objects;
        this.log = log;
    }

    /** What disagrees, by the name of the object where it is known. */
    static List<Hit> disagreements(KeySpace keySpace, Objects objects, ChangeLog log) {
        Agreement agreement = new Agreement(keySpace, objects, log);
        agreement.walk('p', agreement::waiting);
        agreement.walk('o', agreement::object);
        agreement.walk('r', agreement::run);
        agreement.walk('t', agreement::line);
        return agreement.hits;
    }

    private void walk(char kind, Consumer<Entry> each) {
        RowWalk.over(
                keySpace,
                Keys.family('S').u8('c').u8(kind).done(),
                row -> {
                    try {
                        if (row.value()[0] == CameraIndex.VERSION) {
                            each.accept(row);
                        }
                    } catch (RuntimeException e) {
                        // A row that doesn't decode, or a damaged file: each is told by its reader.
                    }
                });
    }

    private void waiting(Entry row) {
        Keys.Reader key = Keys.read(row.key(), KIND_AT);
        key.text(); // whose work it is
        waiting.add(new Name(key.text(), key.u64()));
    }

    private void object(Entry row) {
        Keys.Reader key = Keys.read(row.key(), KIND_AT);
        CameraObject object = CameraObject.decode(key.text(), key.u64(), row.value());
        Optional<ObjectInfo> there = there(object);
        if (there.isPresent()) {
            long size = there.get().sizeBytes();
            long counted = object.cursor().countedBytes();
            if (counted > size) {
                hit(object, size, "the cameras' index holds " + counted + " bytes of it");
            }
            runs(object, size);
        } else if (isTold(object)) {
            hit(object, 0, "the cameras' index names it, and it is not there");
        }
    }

    private Optional<ObjectInfo> there(CameraObject object) {
        try {
            return objects.head(object.bucket(), object.key())
                    .filter(info -> info.incarnation() == object.incarnation());
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NO_SUCH_BUCKET) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether a node has heard of all that happened to an object's key. */
    private boolean isTold(CameraObject object) {
        int shard = ChangeLog.shard(object.bucketId(), object.key());
        return Cursors.furthest(keySpace, Cameras.FOLLOWERS, shard) >= log.head(shard);
    }

    private void runs(CameraObject object, long size) {
        ScanCursor cursor = object.cursor();
        long segments = 0;
        boolean open = cursor.runOffset() < 0 || cursor.runOffset() >= cursor.offset();
        long from = 0;
        List<SegmentRun> page;
        do {
            page = index.runs(object.device(), object.incarnation(), from, PAGE);
            for (SegmentRun run : page) {
                from = run.offset() + 1;
                open |= run.offset() == cursor.runOffset();
                segments +=
                        run.segments().stream().filter(s -> s.offset() < cursor.offset()).count();
                long end = run.segments().getLast().endOffset();
                if (end > size) {
                    hit(object, size, "a run of its segments reaches to byte " + end);
                }
            }
        } while (page.size() == PAGE);
        if (!open) {
            hit(object, cursor.runOffset(), "the run of segments that is being filled is missing");
        } else if (segments != object.segments()) {
            hit(object, 0, object.segments() + " segments are counted and " + segments + " there");
        }
    }

    private void run(Entry row) {
        Keys.Reader key = Keys.read(row.key(), KIND_AT);
        Name name = new Name(key.text(), key.u64());
        SegmentRun run = SegmentRun.decode(name.incarnation(), row.value());
        if (index.objectRow(name.device(), name.incarnation()) == null && !waiting.contains(name)) {
            hit(name, run.offset(), "a run of segments of an object that the index doesn't know");
        }
        RunSummary summary = run.summary();
        byte[] line = keySpace.get(summary.key(CameraIndex.timeline(name.device())));
        if (line == null) {
            hit(name, run.offset(), "a run of segments is missing on the camera's timeline");
        } else if (!Arrays.equals(line, summary.encode())) {
            hit(name, run.offset(), "the camera's timeline says otherwise of a run of segments");
        }
    }

    private void line(Entry row) {
        String device = Keys.read(row.key(), KIND_AT).text();
        byte[] timeline = CameraIndex.timeline(device);
        RunSummary line = RunSummary.decode(row, timeline.length);
        boolean there =
                index.run(device, line.incarnation(), line.offset())
                        .filter(run -> Arrays.equals(run.summary().key(timeline), row.key()))
                        .isPresent();
        if (!there) {
            Name name = new Name(device, line.incarnation());
            hit(name, line.offset(), "the camera's timeline names a run that is not there");
        }
    }

    private void hit(CameraObject object, long from, String text) {
        hits.add(new Hit(object.bucket(), object.key(), from, text));
    }

    private void hit(Name name, long from, String text) {
        index.object(name.device(), name.incarnation())
                .ifPresentOrElse(
                        object -> hit(object, from, text),
                        () -> hits.add(new Hit("?", "object of " + name, from, text)));
    }
}
