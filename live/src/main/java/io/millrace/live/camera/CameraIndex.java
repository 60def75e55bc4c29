package io.millrace.live.camera;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.live.LiveException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cameras' index on disk: objects with their scan cursors, runs of segments by object and by
 * time, what waits to be scanned, and the live ends. Any node reads it; the one that scans writes
 * through its {@link OwnedIndex}. {@code docs/formats/live.md} describes the rows. Thread-safe.
 */
class CameraIndex {
    static final byte VERSION = 2;
    private static final int PAGE = 1_000;

    private final KeySpace keySpace;

    CameraIndex(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /** Whose object stands under a key of a bucket. */
    record Owner(String device, long incarnation) {}

    /** An object that has bytes to scan. */
    record Pending(String device, long incarnation, long bucketId, String key) {}

    private static Keys rows(char kind) {
        return Keys.family('S').u8('c').u8(kind);
    }

    static byte[] objectKey(String device, long incarnation) {
        return rows('o').text(device).u64(incarnation).done();
    }

    static byte[] ownerKey(long bucketId, String key) {
        return rows('k').u64(bucketId).text(key).done();
    }

    static byte[] pendingKey(String device, long incarnation) {
        return rows('p').text(device).u64(incarnation).done();
    }

    static byte[] runsKey(String device, long incarnation) {
        return rows('r').text(device).u64(incarnation).done();
    }

    static byte[] timeline(String device) {
        return rows('t').text(device).done();
    }

    static byte[] liveKey(String device) {
        return rows('l').text(device).done();
    }

    static byte[] version() {
        return rows('v').done();
    }

    /** Whether all rows are of this version's form. */
    boolean isCurrent() {
        byte[] value = keySpace.get(version());
        if (value != null && value[0] > VERSION) {
            throw new LiveException(
                    LiveException.Code.FORMAT,
                    "the cameras' index was written by a newer version",
                    null);
        }
        return value != null;
    }

    Optional<Owner> owner(long bucketId, String key) {
        byte[] value = keySpace.get(ownerKey(bucketId, key));
        if (value == null) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1);
        long incarnation = in.getLong();
        return Optional.of(new Owner(CameraObject.text(in, in.remaining()), incarnation));
    }

    /** A page of what waits, after one that was given. */
    List<Pending> pending(@Nullable Pending after) {
        byte[] prefix = rows('p').done();
        byte[] from =
                after == null ? prefix : Keys.next(pendingKey(after.device(), after.incarnation()));
        List<Pending> out = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE))) {
            Keys.Reader key = Keys.read(e.key(), prefix.length);
            ByteBuffer in = ByteBuffer.wrap(e.value(), 1, e.value().length - 1);
            long bucketId = in.getLong();
            String name = CameraObject.text(in, in.remaining());
            out.add(new Pending(key.text(), key.u64(), bucketId, name));
        }
        return out;
    }

    Optional<CameraObject> object(String device, long incarnation) {
        byte[] value = keySpace.get(objectKey(device, incarnation));
        return value == null || value[0] != VERSION
                ? Optional.empty()
                : Optional.of(CameraObject.decode(device, incarnation, value));
    }

    /** A page of the objects of all devices, after one that was given. */
    List<CameraObject> objects(@Nullable CameraObject after) {
        byte[] prefix = rows('o').done();
        byte[] from =
                after == null ? prefix : Keys.next(objectKey(after.device(), after.incarnation()));
        List<CameraObject> out = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE))) {
            Keys.Reader key = Keys.read(e.key(), prefix.length);
            out.add(CameraObject.decode(key.text(), key.u64(), e.value()));
        }
        return out;
    }

    /** The latest segment run's row that begins at {@code offset} of an object. */
    Optional<SegmentRun> run(String device, long incarnation, long offset) {
        byte[] key = Keys.under(runsKey(device, incarnation)).u64(offset).done();
        byte[] value = keySpace.get(key);
        return value == null
                ? Optional.empty()
                : Optional.of(SegmentRun.decode(incarnation, value));
    }

    /** The runs of an object that begin at {@code fromOffset} or later, in their order. */
    List<SegmentRun> runs(String device, long incarnation, long fromOffset) {
        byte[] prefix = runsKey(device, incarnation);
        byte[] from = Keys.under(prefix).u64(fromOffset).done();
        List<SegmentRun> out = new ArrayList<>();
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            page.forEach(e -> out.add(SegmentRun.decode(incarnation, e.value())));
            from = page.isEmpty() ? from : Keys.next(page.getLast().key());
        } while (page.size() == PAGE);
        return out;
    }

    /** The runs that a page of a device's timeline names. */
    List<SegmentRun> runs(String device, List<RunSummary> summaries) {
        List<byte[]> keys = new ArrayList<>();
        summaries.forEach(
                s -> keys.add(Keys.under(runsKey(device, s.incarnation())).u64(s.offset()).done()));
        List<SegmentRun> out = new ArrayList<>();
        List<byte @Nullable []> values = keySpace.multiGet(keys);
        for (int i = 0; i < values.size(); i++) {
            byte[] value = values.get(i);
            if (value != null) { // its object was deleted meanwhile
                out.add(SegmentRun.decode(summaries.get(i).incarnation(), value));
            }
        }
        return out;
    }

    /** Runs of a device that start in the half-open time, in the timeline's order. */
    List<RunSummary> timeline(String device, RunSummary from, long toMillis, int limit) {
        byte[] prefix = timeline(device);
        byte[] end = Keys.under(prefix).u64(Math.max(0, toMillis)).done();
        List<RunSummary> out = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.range(from.key(prefix), end, limit))) {
            out.add(RunSummary.decode(e, prefix.length));
        }
        return out;
    }

    Optional<LiveWindow> live(String device) {
        return Optional.ofNullable(keySpace.get(liveKey(device))).map(LiveWindow::decode);
    }
}
