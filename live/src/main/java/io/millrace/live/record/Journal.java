package io.millrace.live.record;

import io.millrace.work.Tenure;
import io.millrace.work.outgoing.Announcements;
import java.util.Optional;

/**
 * What the owner of a stream writes down: numbers, sessions, segments. Each commit is fenced by the
 * stream's lease, so that a node that lost it writes nothing any more; such a write throws {@code
 * WorkException} with {@code LOST}. Thread-safe.
 */
public final class Journal implements AutoCloseable {
    private final Tenure tenure;
    private final Catalogue fenced;
    private final Announcements announcements;

    /**
     * A journal under that tenure.
     *
     * @param announcements told when a session starts and ends, in the same commit
     */
    public Journal(Tenure tenure, Announcements announcements) {
        this.tenure = tenure;
        this.announcements = announcements;
        this.fenced = new Catalogue(tenure.keySpace());
    }

    /** Rises whenever the stream changes hands; each segment bears its owner's. */
    public long epoch() {
        return tenure.lease().epoch();
    }

    /** Whether the stream is certainly this node's. */
    public boolean holds() {
        return tenure.holds();
    }

    public void checkpoint(String stream, Checkpoint checkpoint) {
        fenced.putCheckpoint(stream, checkpoint);
    }

    /** A session starts, or ends. */
    public void session(SessionRow row) {
        fenced.putSession(row, batch -> announcements.add(batch, StreamEvent.of(row)));
    }

    /** A session's record has changed; nobody is told. */
    void settled(SessionRow row) {
        fenced.putSession(row, batch -> {});
    }

    /** One commit: the segment is in the store, the session counts it. */
    void landed(SessionRow session, SegmentRow segment) {
        fenced.landed(session, segment);
    }

    /** Whether the segment was counted before: an upload that is tried again. */
    boolean has(SessionRow session, long msn) {
        return fenced.has(session, msn);
    }

    /** A session that is kept, to bring late segments home. */
    public Optional<Session> kept(String stream, String id) {
        return fenced.session(stream, id).map(row -> new Session(this, row));
    }

    /** Gives the stream up. */
    @Override
    public void close() {
        tenure.close();
    }
}
