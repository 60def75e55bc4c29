package io.millrace.live.camera;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.work.FencedKeySpace;
import io.millrace.work.WorkException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The index on disk: objects by device, segments by object in chunks of {@value #CHUNK_SEGMENTS}.
 * Derived data: what a crash took is scanned again, so commits are relaxed. Every node reads it;
 * the one that follows the cameras writes it, fenced by that lease. Keys: {@code S c o device
 * incarnation} and {@code S c s device incarnation chunk}. Thread-safe.
 */
final class CameraIndex {
    static final int CHUNK_SEGMENTS = 1024;
    private static final int VERSION = 1;
    private static final int MAX_OBJECTS = 10_000;

    private final KeySpace keySpace;
    private volatile @Nullable FencedKeySpace owned;

    CameraIndex(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /** From here on this node writes; null: it doesn't. */
    void owned(@Nullable FencedKeySpace fenced) {
        owned = fenced;
    }

    boolean owned() {
        return owned != null;
    }

    private void commit(Batch.Builder batch) {
        FencedKeySpace fenced = owned;
        if (fenced == null) {
            throw new WorkException(
                    WorkException.Code.LOST, "another node follows the cameras; nothing is kept");
        }
        fenced.commit(batch.relaxed().build());
    }

    private static Keys objects(String device) {
        return Keys.family('S').u8('c').u8('o').text(device);
    }

    private static Keys segments(String device, long incarnation) {
        return Keys.family('S').u8('c').u8('s').text(device).u64(incarnation);
    }

    void putObject(CameraObject object) {
        commit(
                Batch.builder()
                        .put(
                                objects(object.device()).u64(object.incarnation()).done(),
                                object.encode()));
    }

    Optional<CameraObject> object(String device, long incarnation) {
        byte[] value = keySpace.get(objects(device).u64(incarnation).done());
        return value == null
                ? Optional.empty()
                : Optional.of(CameraObject.decode(device, incarnation, value));
    }

    /** The latest objects of a device, newest first. */
    List<CameraObject> latest(String device, int limit) {
        byte[] prefix = objects(device).done();
        List<CameraObject> out = new ArrayList<>();
        for (Entry entry :
                keySpace.scan(Scan.prefix(prefix, Math.min(limit, MAX_OBJECTS)).reversed())) {
            long incarnation = Keys.read(entry.key(), prefix.length).u64();
            out.add(CameraObject.decode(device, incarnation, entry.value()));
        }
        return out;
    }

    void deleteObject(String device, long incarnation) {
        byte[] prefix = segments(device, incarnation).done();
        commit(
                Batch.builder()
                        .delete(objects(device).u64(incarnation).done())
                        .deleteRange(prefix, Keys.afterPrefix(prefix)));
    }

    /** Writes one chunk, numbered from 0 within its object. */
    void putChunk(CameraObject object, int chunk, List<Segment> segments) {
        ByteBuffer out = ByteBuffer.allocate(1 + segments.size() * Segment.ENCODED_BYTES);
        out.put((byte) VERSION);
        segments.forEach(s -> s.encode(out));
        commit(
                Batch.builder()
                        .put(
                                segments(object.device(), object.incarnation()).u32(chunk).done(),
                                out.array()));
    }

    /** Every indexed segment of an object. */
    List<Segment> segments(CameraObject object) {
        byte[] prefix = segments(object.device(), object.incarnation()).done();
        List<Segment> out = new ArrayList<>();
        for (Entry entry : keySpace.scan(Scan.prefix(prefix, 1000))) {
            ByteBuffer in = ByteBuffer.wrap(entry.value());
            if (in.get() != VERSION) {
                throw new IllegalStateException(
                        "camera segments of " + object.device() + " have an unknown version");
            }
            while (in.remaining() >= Segment.ENCODED_BYTES) {
                out.add(Segment.decode(in, object.incarnation()));
            }
        }
        return out;
    }
}
