package io.millrace.live.camera;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import io.millrace.keyspace.Scan;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the index of version 1 (Millrace 0.1) into this one's: the times that segments were given
 * then can't be found out again, so they are taken over. Each object's last segment is scanned
 * anew, since version 1 may have ended it too early; what version 1 never saw is found by the
 * {@link Rescan} that follows. May be broken off and run again.
 */
final class UpgradeFrom1 {
    private static final Logger LOG = LoggerFactory.getLogger(UpgradeFrom1.class);
    static final int VERSION = 1;
    private static final int PAGE = 100;

    private final KeySpace keySpace;
    private final Store store;
    private final OwnedIndex index;

    UpgradeFrom1(KeySpace keySpace, Store store, OwnedIndex index) {
        this.keySpace = keySpace;
        this.store = store;
        this.index = index;
    }

    void run() {
        byte[] prefix = Keys.family('S').u8('c').u8('o').done();
        byte[] from = prefix;
        int done = 0;
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            for (Entry entry : page) {
                from = Keys.next(entry.key());
                if (entry.value()[0] == VERSION) {
                    Keys.Reader key = Keys.read(entry.key(), prefix.length);
                    upgrade(entry, key.text(), key.u64());
                    done++;
                }
            }
            if (done > 0 && !page.isEmpty()) {
                LOG.info("camera index: {} objects taken over from version 1", done);
            }
        } while (page.size() == PAGE);
    }

    /** An object as version 1 kept it. */
    private record Old(long startedMillis, String bucket, String key) {
        static Old decode(byte[] value) {
            ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1);
            long started = in.getLong();
            in.getLong(); // the number of its first segment; the live end counts anew
            String bucket = CameraObject.text(in, in.getShort());
            return new Old(started, bucket, CameraObject.text(in, in.remaining()));
        }
    }

    /** Decodes a row of version 1 and throws away what it says. */
    static void check(int kind, byte[] value) {
        switch (kind) {
            case 'o' -> Old.decode(value);
            case 's' -> segments(value, 0, new ArrayList<>());
            default -> throw RowFamily.unknown();
        }
    }

    private void upgrade(Entry row, String device, long incarnation) {
        Old old = Old.decode(row.value());
        List<CameraSegment> segments = segments(device, incarnation);
        Optional<Bucket> bucket = store.buckets().get(old.bucket());
        if (bucket.isPresent()) {
            CameraObject object =
                    new CameraObject(
                            device,
                            bucket.get().id(),
                            old.bucket(),
                            old.key(),
                            incarnation,
                            old.startedMillis(),
                            MediaClock.NONE,
                            Math.max(0, segments.size() - 1),
                            ScanCursor.START,
                            Damages.NONE);
            if (!takeOver(object, segments, row.value())) {
                return; // another node has
            }
        } else {
            index.commit(Batch.builder().delete(row.key()));
        }
        byte[] gone = oldSegments(device, incarnation);
        index.commit(Batch.builder().deleteRange(gone, Keys.afterPrefix(gone)));
    }

    private boolean takeOver(CameraObject object, List<CameraSegment> segments, byte[] row) {
        List<SegmentRun> runs = new ArrayList<>();
        for (CameraSegment segment : segments) {
            if (!runs.isEmpty() && runs.getLast().takes(segment)) {
                runs.add(runs.removeLast().with(segment));
            } else {
                runs.add(new SegmentRun(List.of(segment)));
            }
        }
        ScanCursor cursor = ScanCursor.START;
        if (!segments.isEmpty()) {
            CameraSegment last = segments.getLast();
            SegmentRun open = runs.getLast();
            if (open.segments().size() == 1) {
                open = runs.size() > 1 ? runs.get(runs.size() - 2) : null;
            }
            cursor =
                    new ScanCursor(
                            last.offset(),
                            last.endOffset(),
                            last.startMillis(),
                            last.discontinuity(),
                            open == null ? -1 : open.offset(),
                            new byte[0]);
        }
        index.await(
                new CameraIndex.Pending(
                        object.device(), object.incarnation(), object.bucketId(), object.key()));
        CameraObject taken = object.at(cursor, object.segments(), Damages.NONE);
        return index.save(taken, runs, List.of(), row);
    }

    private static byte[] oldSegments(String device, long incarnation) {
        return Keys.family('S').u8('c').u8('s').text(device).u64(incarnation).done();
    }

    private List<CameraSegment> segments(String device, long incarnation) {
        List<CameraSegment> out = new ArrayList<>();
        byte[] prefix = oldSegments(device, incarnation);
        byte[] from = prefix;
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.range(from, Keys.afterPrefix(prefix), PAGE));
            for (Entry entry : page) {
                segments(entry.value(), incarnation, out);
                from = Keys.next(entry.key());
            }
        } while (page.size() == PAGE);
        return out;
    }

    private static void segments(byte[] value, long incarnation, List<CameraSegment> out) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException("camera segments have an unknown version");
        }
        while (in.hasRemaining()) {
            out.add(segment(in, incarnation, out.isEmpty()));
        }
    }

    /** The first one's discontinuity meant the change of objects, which is no longer noted. */
    private static CameraSegment segment(ByteBuffer in, long incarnation, boolean first) {
        in.getLong(); // its media sequence number
        long offset = in.getLong();
        int length = in.getInt();
        int duration = in.getInt();
        long start = in.getLong();
        boolean discontinuity = in.get() != 0 && !first;
        return new CameraSegment(incarnation, offset, length, duration, start, discontinuity);
    }
}
