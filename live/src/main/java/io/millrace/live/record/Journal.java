package io.millrace.live.record;

import io.millrace.work.Tenure;
import java.util.Optional;

/**
 * What the owner of a stream writes down: numbers, sessions, segments. Each commit is fenced by the
 * stream's lease, so that a node that lost it writes nothing any more; such a write throws {@code
 * WorkException} with {@code LOST}. Thread-safe.
 */
public final class Journal implements AutoCloseable {
    private final Tenure tenure;
    private final Catalogue fenced;

    public Journal(Tenure tenure) {
        this.tenure = tenure;
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

    public void session(SessionRow row) {
        fenced.putSession(row);
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
