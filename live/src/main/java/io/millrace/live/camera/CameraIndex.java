package io.millrace.live.camera;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.live.LiveException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The cameras' index on disk: objects with their scan cursors, runs of segments by object and by
 * time, what waits to be scanned, and the live ends. Any node reads it; each writes what it scans
 * through its {@link OwnedIndex}. {@code docs/formats/cameras.md} describes the rows. Thread-safe.
 */
class CameraIndex {
    static final byte VERSION = 2;
    private static final int PAGE = 1_000;

    private final KeySpace keySpace;
    private final String store;

    /**
     * @param store the extent store of this node: whose work and registrations are meant
     */
    CameraIndex(KeySpace keySpace, String store) {
        this.keySpace = keySpace;
        this.store = store;
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

    byte[] pendingKey(String device, long incarnation) {
        return rows('p').text(store).text(device).u64(incarnation).done();
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

    byte[] registrationKey(String device) {
        return rows('d').text(store).text(device).done();
    }

    static byte[] version() {
        return rows('v').done();
    }

    /** Whether all rows are of this version's form. */
    boolean isCurrent() {
        byte[] value = keySpace.get(version());
        if (value != null) {
            checkVersion(value);
        }
        return value != null;
    }

    static void checkVersion(byte[] value) {
        if (value[0] > VERSION) {
            throw new LiveException(
                    LiveException.Code.FORMAT,
                    "the cameras' index was written by a newer version",
                    null);
        }
    }

    Optional<Owner> owner(long bucketId, String key) {
        return Optional.ofNullable(keySpace.get(ownerKey(bucketId, key))).map(CameraIndex::owner);
    }

    static Owner owner(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        refuseOther(in.get(), "the owner of a camera's key");
        long incarnation = in.getLong();
        return new Owner(CameraObject.text(in, in.remaining()), incarnation);
    }

    private static void refuseOther(byte version, String what) {
        if (version != VERSION) {
            throw new IllegalStateException(what + " has an unknown version");
        }
    }

    /** A device as it was registered when its objects were looked at last. */
    Optional<Registration> registration(String device) {
        return Optional.ofNullable(keySpace.get(registrationKey(device))).map(Registration::decode);
    }

    /** The next device, in the order of names, that anything but a live end is written of. */
    Optional<String> nextDevice(String after) {
        return Stream.of(rows('d').text(store), rows('o'), rows('p').text(store))
                .map(Keys::done)
                .flatMap(all -> nextDevice(all, after).stream())
                .min(Comparator.naturalOrder());
    }

    private Optional<String> nextDevice(byte[] all, String after) {
        byte[] from = after.isEmpty() ? all : Keys.afterPrefix(Keys.under(all).text(after).done());
        return keySpace.scan(Scan.range(from, Keys.afterPrefix(all), 1)).stream()
                .findFirst()
                .map(e -> Keys.read(e.key(), all.length).text());
    }

    /** A page of what waits for this node, after one that was given. */
    List<Pending> pending(@Nullable Pending after) {
        byte[] prefix = rows('p').text(store).done();
        byte[] from =
                after == null ? prefix : Keys.next(pendingKey(after.device(), after.incarnation()));
        List<Pending> out = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE))) {
            Keys.Reader key = Keys.read(e.key(), prefix.length);
            out.add(pending(key.text(), key.u64(), e.value()));
        }
        return out;
    }

    Optional<CameraObject> object(String device, long incarnation) {
        return object(device, incarnation, objectRow(device, incarnation));
    }

    /**
     * An object's row as it stands; what is written of the object is written if it stands still.
     */
    byte @Nullable [] objectRow(String device, long incarnation) {
        return keySpace.get(objectKey(device, incarnation));
    }

    static Optional<CameraObject> object(String device, long incarnation, byte @Nullable [] value) {
        return value == null || value[0] != VERSION
                ? Optional.empty()
                : Optional.of(CameraObject.decode(device, incarnation, value));
    }

    /** An object that waits to be scanned here for the first time has no other row yet. */
    Optional<Pending> pending(String device, long incarnation) {
        return Optional.ofNullable(keySpace.get(pendingKey(device, incarnation)))
                .map(value -> pending(device, incarnation, value));
    }

    static Pending pending(String device, long incarnation, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        refuseOther(in.get(), "what waits to be scanned");
        long bucketId = in.getLong();
        return new Pending(device, incarnation, bucketId, CameraObject.text(in, in.remaining()));
    }

    /** A page of a device's objects in the order of their numbers, after one of them. */
    List<CameraObject> objects(String device, long afterIncarnation, int limit) {
        byte[] from = Keys.next(objectKey(device, afterIncarnation));
        byte[] end = Keys.afterPrefix(rows('o').text(device).done());
        List<CameraObject> out = new ArrayList<>();
        int prefix = rows('o').done().length;
        for (Entry e : keySpace.scan(Scan.range(from, end, limit))) {
            Keys.Reader key = Keys.read(e.key(), prefix);
            out.add(CameraObject.decode(key.text(), key.u64(), e.value()));
        }
        return out;
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
        List<SegmentRun> out = new ArrayList<>();
        long from = fromOffset;
        List<SegmentRun> page;
        do {
            page = runs(device, incarnation, from, PAGE);
            out.addAll(page);
            from = page.isEmpty() ? from : page.getLast().offset() + 1;
        } while (page.size() == PAGE);
        return out;
    }

    /** A page of them. */
    List<SegmentRun> runs(String device, long incarnation, long fromOffset, int limit) {
        byte[] prefix = runsKey(device, incarnation);
        byte[] from = Keys.under(prefix).u64(fromOffset).done();
        List<SegmentRun> out = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), limit))) {
            out.add(SegmentRun.decode(incarnation, e.value()));
        }
        return out;
    }

    /** What the index knows of an object, for people. */
    CameraRecording recording(CameraObject object) {
        String device = object.device();
        List<SegmentRun> first = runs(device, object.incarnation(), 0, 1);
        ScanCursor cursor = object.cursor();
        Optional<SegmentRun> last =
                run(device, object.incarnation(), cursor.offset())
                        .or(() -> run(device, object.incarnation(), cursor.runOffset()));
        return CameraRecording.of(
                object, first.isEmpty() ? null : first.getFirst(), last.orElse(null));
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

    /** The row of a camera's live end. */
    byte @Nullable [] liveRow(String device) {
        return keySpace.get(liveKey(device));
    }
}
