package io.millrace.live.record;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.live.LiveException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What live keeps in the key space, family {@code S}: streams, checkpoints, sessions, segments.
 * Settings are anybody's to change; the rest is written by a stream's owner alone, through its
 * {@link Journal}. Every write is durable on return. Thread-safe.
 */
public final class Catalogue {
    private static final char FAMILY = 'S';
    static final int STREAM = 1;
    static final int CHECKPOINT = 2;
    static final int SESSION = 3;
    static final int SEGMENT = 4;
    static final int REMOVED = 5;
    private static final int PAGE = 2_000;
    private static final int ATTEMPTS = 5;

    private final KeySpace keySpace;

    public Catalogue(KeySpace keySpace) {
        this.keySpace = keySpace;
    }

    /** Keeps a new stream; false when the name is taken. */
    public boolean addStream(StreamRow row) {
        byte[] key = streamKey(row.name());
        return commit(
                Batch.builder().absent(key).put(key, Rows.encode(row)).build(),
                () -> {
                    byte[] there = keySpace.get(key);
                    return there != null && Arrays.equals(there, Rows.encode(row));
                });
    }

    /**
     * Changes the settings of a stream that is kept; false when it is not, also when it was removed
     * meanwhile.
     */
    public boolean changeStream(String name, UnaryOperator<StreamRow> change) {
        byte[] key = streamKey(name);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            byte[] before = keySpace.get(key);
            if (before == null) {
                return false;
            }
            byte[] after = Rows.encode(change.apply(Rows.stream(name, before)));
            boolean changed =
                    commit(
                            Batch.builder().holds(key, before).put(key, after).build(),
                            () -> Arrays.equals(after, keySpace.get(key)));
            if (changed) {
                return true;
            }
        }
        throw new LiveException(
                LiveException.Code.KEYSPACE,
                "the settings of stream " + name + " are changed by others all the time",
                null);
    }

    /** Forgets a stream's settings; its checkpoint and sessions stay. */
    public void removeStream(String name) {
        write(Batch.builder().delete(streamKey(name)).build());
    }

    public List<StreamRow> streams() {
        byte[] prefix = Keys.family(FAMILY).u8(STREAM).done();
        List<StreamRow> all = new ArrayList<>();
        for (Entry e : pages(prefix)) {
            all.add(Rows.stream(Keys.read(e.key(), 2).text(), e.value()));
        }
        return all;
    }

    public Optional<StreamRow> stream(String name) {
        byte[] value = keySpace.get(streamKey(name));
        return value == null ? Optional.empty() : Optional.of(Rows.stream(name, value));
    }

    public Checkpoint checkpoint(String stream) {
        byte[] value = keySpace.get(checkpointKey(stream));
        return value == null ? Checkpoint.NEW : Rows.checkpoint(value);
    }

    void putCheckpoint(String stream, Checkpoint checkpoint) {
        write(Batch.builder().put(checkpointKey(stream), Rows.encode(checkpoint)).build());
    }

    /**
     * Keeps a session.
     *
     * @param besides adds to the same commit
     */
    void putSession(SessionRow row, Consumer<Batch.Builder> besides) {
        Batch.Builder batch =
                Batch.builder().put(sessionKey(row.stream(), row.id()), Rows.encode(row));
        besides.accept(batch);
        write(batch.build());
    }

    public Optional<SessionRow> session(String stream, String id) {
        byte[] value = keySpace.get(sessionKey(stream, id));
        return value == null ? Optional.empty() : Optional.of(Rows.session(stream, id, value));
    }

    /** The sessions, newest first. */
    public List<SessionRow> sessions(String stream, int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(SESSION).text(stream).done();
        List<SessionRow> all = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefix(prefix, limit).reversed())) {
            all.add(Rows.session(stream, Keys.read(e.key(), prefix.length).text(), e.value()));
        }
        return all;
    }

    /** The sessions that began before the one of that id, newest first. */
    public List<SessionRow> sessionsBefore(String stream, String id, int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(SESSION).text(stream).done();
        List<SessionRow> all = new ArrayList<>();
        for (Entry e :
                keySpace.scan(Scan.range(prefix, sessionKey(stream, id), limit).reversed())) {
            all.add(Rows.session(stream, Keys.read(e.key(), prefix.length).text(), e.value()));
        }
        return all;
    }

    /** The sessions that began after the one of that id (empty: all), oldest first. */
    public List<SessionRow> sessionsAfter(String stream, String id, int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(SESSION).text(stream).done();
        byte[] after = id.isEmpty() ? prefix : sessionKey(stream, id);
        List<SessionRow> all = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefixAfter(prefix, after, limit))) {
            all.add(Rows.session(stream, Keys.read(e.key(), prefix.length).text(), e.value()));
        }
        return all;
    }

    /**
     * One commit: the segment is in the store, the session counts it.
     *
     * @throws LiveException GONE when the session is kept no more: it was removed
     */
    void landed(SessionRow session, SegmentRow segment) {
        byte[] key = sessionKey(session.stream(), session.id());
        byte[] now = Rows.encode(session);
        for (byte[] kept = keySpace.get(key); kept != null; kept = keySpace.get(key)) {
            // As it stands, in whatever version: its owner alone changes it.
            Batch.Builder batch =
                    Batch.builder()
                            .holds(key, kept)
                            .put(
                                    segmentKey(session.stream(), session.id(), segment.msn()),
                                    Rows.encode(segment))
                            .put(key, now);
            if (commit(batch.build(), () -> Arrays.equals(now, keySpace.get(key)))) {
                return;
            }
        }
        throw new LiveException(
                LiveException.Code.GONE,
                "the recording " + session.id() + " of " + session.stream() + " was removed",
                null);
    }

    /**
     * Takes a session out of everybody's sight and keeps what is left to be removed of it; false
     * when it is not kept as given.
     */
    public boolean remove(SessionRow session) {
        byte[] key = sessionKey(session.stream(), session.id());
        byte[] removed = removedKey(session.stream(), session.id());
        byte[] row = keySpace.get(key);
        if (row == null || !Rows.session(session.stream(), session.id(), row).equals(session)) {
            return false;
        }
        return commit(
                Batch.builder().holds(key, row).delete(key).put(removed, row).build(),
                () -> keySpace.get(key) == null && Arrays.equals(row, keySpace.get(removed)));
    }

    /** The sessions that were removed and have something left, at most that many. */
    public List<SessionRow> removed(int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(REMOVED).done();
        List<SessionRow> all = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefix(prefix, limit))) {
            Keys.Reader key = Keys.read(e.key(), prefix.length);
            all.add(Rows.session(key.text(), key.text(), e.value()));
        }
        return all;
    }

    /** The first segments of a session, in their order. */
    public List<SegmentRow> firstSegments(String stream, String session, int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(SEGMENT).text(stream).text(session).done();
        List<SegmentRow> all = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefix(prefix, limit))) {
            all.add(Rows.segment(Keys.read(e.key(), prefix.length).u64(), e.value()));
        }
        return all;
    }

    /** Forgets segments of a removed session whose objects are gone. */
    public void forget(SessionRow session, List<SegmentRow> segments) {
        Batch.Builder batch = Batch.builder();
        for (SegmentRow segment : segments) {
            batch.delete(segmentKey(session.stream(), session.id(), segment.msn()));
        }
        write(batch.build());
    }

    /** Nothing is left of a removed session. */
    public void forget(SessionRow session) {
        write(Batch.builder().delete(removedKey(session.stream(), session.id())).build());
    }

    /** Whether something is left of a removed session of that id. */
    public boolean isRemoved(String stream, String id) {
        return keySpace.get(removedKey(stream, id)) != null;
    }

    /** Whether the segment was counted before: an upload that is tried again. */
    boolean has(SessionRow session, long msn) {
        return keySpace.get(segmentKey(session.stream(), session.id(), msn)) != null;
    }

    /** All segments of a session that are in the store, in their order. */
    public List<SegmentRow> segments(String stream, String session) {
        byte[] prefix = Keys.family(FAMILY).u8(SEGMENT).text(stream).text(session).done();
        List<SegmentRow> all = new ArrayList<>();
        for (Entry e : pages(prefix)) {
            all.add(Rows.segment(Keys.read(e.key(), prefix.length).u64(), e.value()));
        }
        return all;
    }

    /** The last segments of a session, in their order. */
    public List<SegmentRow> lastSegments(String stream, String session, int limit) {
        byte[] prefix = Keys.family(FAMILY).u8(SEGMENT).text(stream).text(session).done();
        List<SegmentRow> all = new ArrayList<>();
        for (Entry e : keySpace.scan(Scan.prefix(prefix, limit).reversed())) {
            all.addFirst(Rows.segment(Keys.read(e.key(), prefix.length).u64(), e.value()));
        }
        return all;
    }

    private List<Entry> pages(byte[] prefix) {
        List<Entry> all = new ArrayList<>(keySpace.scan(Scan.prefix(prefix, PAGE)));
        int last = all.size();
        while (last == PAGE) {
            List<Entry> page = keySpace.scan(Scan.prefixAfter(prefix, all.getLast().key(), PAGE));
            all.addAll(page);
            last = page.size();
        }
        return all;
    }

    private void write(Batch batch) {
        commit(batch, () -> false);
    }

    private interface Check {
        boolean applied();
    }

    /** Commits; an unknown outcome is checked, then tried again: these writes repeat harmlessly. */
    private boolean commit(Batch batch, Check check) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            switch (keySpace.commit(batch)) {
                case CommitOutcome.Committed c -> {
                    return true;
                }
                case CommitOutcome.Conflict c -> {
                    return check.applied() && attempt > 0;
                }
                case CommitOutcome.Unknown u -> {
                    if (check.applied()) {
                        return true;
                    }
                }
            }
        }
        throw new LiveException(
                LiveException.Code.KEYSPACE, "the key space answers neither yes nor no", null);
    }

    private static byte[] streamKey(String name) {
        return Keys.family(FAMILY).u8(STREAM).text(name).done();
    }

    private static byte[] checkpointKey(String stream) {
        return Keys.family(FAMILY).u8(CHECKPOINT).text(stream).done();
    }

    private static byte[] sessionKey(String stream, String id) {
        return Keys.family(FAMILY).u8(SESSION).text(stream).text(id).done();
    }

    private static byte[] removedKey(String stream, String id) {
        return Keys.family(FAMILY).u8(REMOVED).text(stream).text(id).done();
    }

    private static byte[] segmentKey(String stream, String session, long msn) {
        return Keys.family(FAMILY).u8(SEGMENT).text(stream).text(session).u64(msn).done();
    }
}
