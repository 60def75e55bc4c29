package io.millrace.live.record;

import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * A session while it runs and until its last segment landed. The lock makes commits of one session
 * follow each other, so that its counters never go back. Thread-safe.
 */
public final class Session {
    private final Journal journal;
    private SessionRow row;
    private long highest;
    private final NavigableSet<Long> unsent = new TreeSet<>();
    private long playlistWrittenAtSegment = -1;
    private long playlistWrittenMillis;
    private boolean playlistFinal;

    /** A session that is kept already. */
    public Session(Journal journal, SessionRow row) {
        this.journal = journal;
        this.row = row;
        this.highest = row.lastMsn();
    }

    public synchronized SessionRow row() {
        return row;
    }

    public String id() {
        return row().id();
    }

    /** Segments finished but not in the store. */
    public synchronized int unsent() {
        return unsent.size();
    }

    /** A segment is on its way. */
    public synchronized void sending(long msn) {
        unsent.add(msn);
        highest = Math.max(highest, msn);
    }

    /** A segment will never land. */
    public synchronized void lost(long msn) {
        unsent.remove(msn);
    }

    /**
     * The number below which no segment can land any more. Only those below are shown while the
     * session runs: a playlist never gets a segment before one that it showed (RFC 8216, 6.2.1).
     */
    public synchronized long settledBelow() {
        return unsent.isEmpty() ? highest + 1 : unsent.first();
    }

    /** Settles the target duration of its playlists, durable on return. */
    public synchronized void settle(int targetSeconds) {
        SessionRow next = row.withTarget(targetSeconds);
        row = next;
        journal.settled(next);
    }

    /** Whether nothing will be written for it any more: it ended, and all of it is in the store. */
    public synchronized boolean finished() {
        boolean told = playlistFinal && playlistWrittenAtSegment == row.segments();
        return row.ended() && unsent.isEmpty() && (told || row.segments() == 0);
    }

    /** Says what the media are; kept with the next segment. */
    public synchronized void describe(MediaDescription media) {
        row = row.with(media);
    }

    /** A segment is in the store: counts it in one commit, durable on return. */
    public synchronized void landed(SegmentRow segment) {
        if (!journal.has(row, segment.msn())) {
            SessionRow next = row.landed(segment);
            journal.landed(next, segment);
            row = next;
        }
        unsent.remove(segment.msn());
    }

    /** Ends the session, durable on return. */
    public synchronized void end(long millis) {
        SessionRow next = row.endedAt(millis);
        journal.session(next);
        row = next;
    }

    /**
     * Whether the VOD playlist object is to be written now. It is written with each segment at
     * first, then ever more seldom, so that the work stays in proportion to the recording; and when
     * the session has ended, until all of its segments are in it.
     */
    public synchronized boolean playlistDue(long nowMillis) {
        if (row.segments() == 0) {
            return false;
        }
        boolean news = row.segments() != playlistWrittenAtSegment;
        if (row.ended()) {
            return news || !playlistFinal;
        }
        long age = nowMillis - row.startedMillis();
        long pause = row.segments() <= 30 ? 0 : Math.max(10_000, age / 20);
        return news && nowMillis - playlistWrittenMillis >= pause;
    }

    /** The playlist object now stands at this many segments. */
    public synchronized void playlistWritten(SessionRow as, long nowMillis) {
        playlistWrittenAtSegment = as.segments();
        playlistWrittenMillis = nowMillis;
        playlistFinal = as.ended();
    }
}
