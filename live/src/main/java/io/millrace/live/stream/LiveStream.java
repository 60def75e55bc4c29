package io.millrace.live.stream;

import io.millrace.kit.Deadline;
import io.millrace.live.StreamInfo;
import io.millrace.live.StreamStatus;
import io.millrace.live.record.Journal;
import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.Segment;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import io.millrace.live.rtmp.Ingest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream's one owner: its publisher, its session, its playlist, its numbers.
 *
 * <p>Thread-safe: one lock, held briefly; nothing under it waits for the network (a reservation of
 * {@link Numbers} waits for the key space once in a stride, the target duration once a session).
 */
public final class LiveStream {
    private static final Logger LOG = LoggerFactory.getLogger(LiveStream.class);
    private static final long TAKEOVER_MILLISECONDS = 5_000;
    private static final long HANDOVER_MILLISECONDS = 3_000;

    /** What waits longer for the store is read from the spool. */
    private static final int MOST_UNSETTLED = 1_000;

    /** After its session ended a stream stays here for so long: players ask for the end again. */
    private static final Duration LINGER = Duration.ofSeconds(15);

    private final Desk desk;
    private final Journal journal;
    private final LivePlaylist playlist;
    private final Rates rates = new Rates();

    /** What left the playlist and may not be in the store yet. */
    private final Deque<SegmentRow> left = new ArrayDeque<>();

    private volatile StreamInfo info;
    private @Nullable Session session;
    private @Nullable Push push;
    private final Presence presence;
    private final Storing storing;

    /** Ends the session while nobody publishes, and the lingering once it is over. */
    private Deadline deadline;

    private boolean ended = true;
    private final Numbers numbers;
    private boolean closed;

    private MediaDescription media = MediaDescription.UNKNOWN;
    private long segments;
    private long droppedBefore;
    private long discontinuities;
    private long lostSegments;
    private @Nullable String lastProblem;

    /** Takes the stream up where the key space says that it was left. */
    public LiveStream(StreamInfo info, Desk desk, Journal journal, List<SegmentRow> spooled) {
        this.info = info;
        this.desk = desk;
        this.journal = journal;
        this.numbers = new Numbers(info.name(), journal, desk.catalogue().checkpoint(info.name()));
        this.playlist = new LivePlaylist(info.segmentTarget());
        this.presence = new Presence(desk.clocks(), info.segmentTarget());
        this.storing = new Storing(desk.clocks());
        this.deadline = desk.clocks().monotonic().deadline(Duration.ZERO);
        resume(spooled);
    }

    /** A session that the last run left open waits for its publisher again. */
    private void resume(List<SegmentRow> spooled) {
        List<SessionRow> last = desk.catalogue().sessions(info.name(), 1);
        if (last.isEmpty()) {
            return;
        }
        SessionRow row = last.getFirst();
        media = row.media();
        List<SegmentRow> rows =
                desk.catalogue().lastSegments(info.name(), row.id(), LivePlaylist.MOST_SEGMENTS);
        presence.restored(row.startedMillis(), rows);
        if (row.ended()) {
            return;
        }
        Session open = new Session(journal, row);
        session = open;
        ended = false;
        deadline = desk.clocks().monotonic().deadline(desk.reconnectGrace());
        segments = row.segments();
        rows.forEach(r -> numbers.seen(r.discontinuityNumber()));
        spooled.forEach(r -> open.sending(r.msn()));
        playlist.resume(
                info.segmentTarget(), row, Restored.contiguousTail(rows, spooled, numbers.next()));
    }

    public StreamInfo info() {
        return info;
    }

    /** Takes new settings; a publisher whose key no longer holds is cut. */
    public void update(StreamInfo next) {
        Push running;
        synchronized (this) {
            running = next.streamKey().equals(info.streamKey()) ? null : push;
            info = next;
        }
        if (running != null) {
            running.peer().cut("the stream key was changed");
        }
    }

    /** Lets a publisher in whose key has been checked. */
    public Ingest.Admission admit(Ingest.Peer peer) {
        Push before;
        synchronized (this) {
            before = push;
        }
        if (before != null) {
            if (!before.peer().silentFor(TAKEOVER_MILLISECONDS)) {
                return new Ingest.Admission.Refused(
                        Ingest.Why.BUSY,
                        info.name() + " has a publisher already (" + before.peer().address() + ")");
            }
            before.peer().cut("silent, and another publisher took its place");
            await(before);
        }
        return begin(peer);
    }

    private static void await(Push before) {
        try {
            before.awaitEnd(HANDOVER_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Ingest.Admission begin(Ingest.Peer peer) {
        if (closed || push != null) {
            return new Ingest.Admission.Refused(
                    closed ? Ingest.Why.UNAVAILABLE : Ingest.Why.BUSY,
                    closed ? "the server stops" : info.name() + " has a publisher already");
        }
        Instant now = desk.clocks().wall().instant();
        boolean goesOn = !ended;
        if (!goesOn) {
            session = NewSession.open(info, desk.catalogue(), journal, now);
            ended = false;
            playlist.begin(info.segmentTarget());
            segments = 0;
            droppedBefore = 0;
            discontinuities = 0;
            lostSegments = 0;
            lastProblem = null;
        }
        trouble(numbers.reserve());
        boolean first = numbers.next() == 0;
        Push begun =
                new Push(
                        this,
                        peer,
                        desk.clocks(),
                        new Segmenter(
                                info.segmentTarget(), playlist.target(), !first, this::finished));
        push = begun;
        presence.came();
        rates.begin(millis());
        LOG.info(
                "{} is live from {} ({})",
                info.name(),
                peer.address(),
                goesOn ? "again" : "new session");
        return new Ingest.Admission.Admitted(begun);
    }

    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(desk.clocks().monotonic().nanos());
    }

    /** False when the stream was lost to another node: then nothing more gets a number here. */
    private boolean reserved() {
        try {
            trouble(numbers.reserve());
        } catch (RuntimeException e) {
            LOG.warn("{}: {}", info.name(), e.getMessage());
        }
        if (journal.holds()) {
            return true;
        }
        lostSegments++;
        lastProblem = "another node owns the stream now";
        return false;
    }

    /** The segmenter's segment gets its number and goes to players and to the store. */
    private void finished(FinishedSegment done) {
        Segment segment;
        synchronized (this) {
            Session running = session;
            if (running == null) {
                return;
            }
            if (!reserved()) {
                return;
            }
            if (done.discontinuity()) {
                numbers.discontinue();
                discontinuities += segments > 0 ? 1 : 0;
            }
            SegmentRow row =
                    new SegmentRow(
                            numbers.take(),
                            done.durationMicros(),
                            done.startMicros() / 1_000,
                            done.discontinuity(),
                            numbers.discontinuity(),
                            done.length(),
                            journal.epoch(),
                            done.independent());
            segment = new Segment(running, row, done.bytes());
            segments++;
            desk.recent().put(segment);
            forget(playlist.add(row));
            rates.segment(done);
            if (presence.segment(row)) {
                desk.troubles().delivered(info.name(), presence.began());
            }
            if (done.whole()) {
                trouble(playlist.settle(running));
            }
            playlist.publish(false);
        }
        desk.uploader().submit(segment);
    }

    /** What no playlist shows any more is read from the store, once it is there. */
    private void forget(List<SegmentRow> rows) {
        left.addAll(rows);
        Session of = session;
        long settled = of == null ? Long.MAX_VALUE : of.settledBelow();
        while (!left.isEmpty()
                && (left.getFirst().msn() < settled || left.size() > MOST_UNSETTLED)) {
            desk.recent().drop(info.name(), left.removeFirst().msn());
        }
    }

    private void trouble(@Nullable String problem) {
        lastProblem = problem == null ? lastProblem : problem;
    }

    synchronized void describe(MediaDescription description) {
        media = description;
        Session running = session;
        if (running != null) {
            running.describe(description);
        }
    }

    synchronized void problem(String text) {
        lastProblem = text;
    }

    /** The uploader's word on a segment. */
    public synchronized void uploadProblem(String text, boolean segmentLost) {
        lastProblem = text;
        storing.failed(text);
        lostSegments += segmentLost ? 1 : 0;
    }

    synchronized void pushEnded(Push which, String why) {
        if (push != which) {
            return;
        }
        LOG.info("{} has no publisher any more: {}", info.name(), why);
        if (!why.equals(Ingest.Publication.BY_ITSELF)) {
            desk.troubles().dropped(info.name(), which.peer().address(), why);
        }
        droppedBefore += which.dropped();
        push = null;
        presence.left();
        Session running = session;
        if (running != null) {
            trouble(playlist.settle(running));
            playlist.publish(ended);
        }
        deadline = desk.clocks().monotonic().deadline(desk.reconnectGrace());
    }

    /** Ends the session when the publisher stayed away for the grace; called often. */
    public void tick() {
        Session over = null;
        synchronized (this) {
            Push running = push;
            storing.look(session);
            if (!journal.holds()) {
                if (running != null) {
                    running.peer().cut("this node could not keep the stream; another may have it");
                }
                return;
            }
            if (running != null) {
                rates.sample(millis(), running.bytes());
            } else if (!ended && deadline.hasPassed()) {
                over = session;
            }
        }
        if (over != null) {
            end(over);
        }
    }

    private void end(Session over) {
        try {
            over.end(desk.clocks().wall().millis());
        } catch (RuntimeException e) {
            problem("the session's end could not be kept: " + e.getMessage());
            return; // tried again at the next tick
        }
        synchronized (this) {
            if (push != null) {
                return;
            }
            ended = true;
            deadline = desk.clocks().monotonic().deadline(LINGER);
            playlist.publish(true);
            if (over.unsent() == 0) {
                forget(playlist.rows());
            }
        }
        desk.uploader().playlist(over);
    }

    /** The session of that id, the running one or one that is kept; null when there is none. */
    public @Nullable Session anySession(String id) {
        Session running = session(id);
        return running != null ? running : journal.kept(info.name(), id).orElse(null);
    }

    /** The running session of that id, null when it is another one. */
    public synchronized @Nullable Session session(String id) {
        Session running = session;
        return running != null && running.id().equals(id) ? running : null;
    }

    /** The session that is live or waits, null when none is. */
    public synchronized @Nullable Session openSession() {
        return ended ? null : session;
    }

    /** The live media playlist, null before the first segment of a session. */
    public @Nullable String mediaPlaylist() {
        return playlist.text();
    }

    /** The multivariant playlist of the open session; null before its first segment. */
    public synchronized @Nullable String masterPlaylist(String uri) {
        if (session == null) {
            return null;
        }
        // After a restart only the session's record knows the rates.
        long peak = Math.max(rates.peak(), session.row().peakBitsPerSecond());
        return playlist.master(media, uri, peak, rates.average());
    }

    public synchronized StreamStatus status() {
        Push running = push;
        Session s = session;
        return new StreamStatus(
                info.name(),
                presence.state(ended),
                presence.since(),
                s == null ? null : s.id(),
                running == null ? null : running.peer().address(),
                running == null ? 0 : rates.bitrate(),
                media.videoCodec(),
                media.audioCodec(),
                media.width(),
                media.height(),
                running == null ? 0 : rates.framesPerSecond(),
                media.sampleRateHertz(),
                media.channels(),
                running == null
                        ? Duration.ZERO
                        : Duration.ofNanos(running.keyframeIntervalMicros() * 1_000),
                segments,
                s == null ? 0 : s.unsent(),
                lostSegments,
                droppedBefore + (running == null ? 0 : running.dropped()),
                discontinuities,
                lastProblem,
                storing.trouble());
    }

    /** Cuts the publisher; its last segment is finished by its own thread. */
    public void cut(String reason) {
        Push running;
        synchronized (this) {
            closed = true;
            running = push;
        }
        if (running != null) {
            running.peer().cut(reason);
            await(running);
        }
    }

    /** Ends the session without waiting for the publisher: the stream goes. */
    public void endNow() {
        Session over = openSession();
        if (over != null) {
            end(over);
        }
    }

    /** Whether the stream is still this node's. */
    public boolean owned() {
        return journal.holds();
    }

    /** Whether there is nothing to own it for: nobody publishes, and all is in the store. */
    public synchronized boolean idle() {
        Session last = session;
        return ended // and so nobody publishes
                && (last == null || last.unsent() == 0)
                && deadline.hasPassed();
    }

    /** Shuts the stream for publishers if it is idle; false when it is not. */
    public synchronized boolean close() {
        closed |= idle();
        return closed;
    }

    /**
     * Gives the stream up: cuts whoever still publishes, and tells the next owner, if this node may
     * still, that it can go on with the next number.
     */
    public void giveUp() {
        cut("the stream is not this node's any more");
        try {
            synchronized (this) {
                numbers.keep();
            }
        } catch (RuntimeException e) {
            LOG.warn("{}: its numbers were not kept: {}", info.name(), e.getMessage());
        }
        journal.close();
    }
}
