package io.millrace.live.stream;

import io.millrace.formats.hls.MasterPlaylist;
import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What players of a live stream see: a window over one session's segments, shown once its target
 * duration is settled. Guarded by its stream's lock; the text may be read by any.
 */
public final class LivePlaylist {
    private static final Logger LOG = LoggerFactory.getLogger(LivePlaylist.class);

    /** Rows that are enough for a window, however short its segments. */
    public static final int MOST_SEGMENTS = 64;

    private final Window window = new Window();
    private TargetDuration target;
    private volatile @Nullable String text;

    LivePlaylist(Duration aim) {
        target = new TargetDuration(aim, 0);
    }

    /** A new session: nothing is shown until its first whole segment. */
    void begin(Duration aim) {
        window.clear();
        target = new TargetDuration(aim, 0);
        text = null;
    }

    /** A session that goes on with these segments after a restart. */
    void resume(Duration aim, SessionRow session, List<SegmentRow> rows) {
        target = new TargetDuration(aim, session.targetSeconds());
        rows.forEach(window::add);
        if (!window.isEmpty()) { // a record of an earlier version
            target.settle(Math.max(window.longestMicros(), session.longestMicros()));
        }
        publish(false);
    }

    /** The bound of the session's segments. */
    TargetDuration target() {
        return target;
    }

    /** Puts a segment at the end; answers the old ones that left at the front. */
    List<SegmentRow> add(SegmentRow row) {
        return window.add(row);
    }

    List<SegmentRow> rows() {
        return window.rows();
    }

    /**
     * Settles the target duration by the segments that there are, if it is not yet; answers what
     * went wrong, else null.
     */
    @Nullable String settle(Session session) {
        if (target.settled() || window.isEmpty()) {
            return null;
        }
        target.settle(window.longestMicros());
        try {
            session.settle(target.seconds());
            return null;
        } catch (RuntimeException e) {
            // The session's next segment brings it along.
            LOG.warn("{}: the target duration was not kept: {}", session.id(), e.toString());
            return "the target duration was not kept: " + e.getMessage();
        }
    }

    /** Shows the segments as they are now. */
    void publish(boolean ended) {
        text = shown() ? window.playlist(target.seconds(), ended).write() : null;
    }

    private boolean shown() {
        return !window.isEmpty() && target.settled();
    }

    /** The media playlist, null before the first segment of a session. */
    @Nullable String text() {
        return text;
    }

    /** The multivariant playlist, null before the first segment of a session. */
    @Nullable String master(
            MediaDescription media, String uri, long peakBitsPerSecond, long averageBitsPerSecond) {
        return shown()
                ? master(media, uri, peakBitsPerSecond, averageBitsPerSecond, window.independent())
                : null;
    }

    /** What a session's media playlist showed last, by its last rows in the store. */
    public static String last(SessionRow session, List<SegmentRow> rows) {
        LivePlaylist playlist = new LivePlaylist(Duration.ZERO);
        playlist.resume(
                Duration.ZERO,
                session,
                Restored.contiguousTail(rows, List.of(), session.lastMsn() + 1));
        playlist.publish(session.ended());
        return java.util.Objects.requireNonNull(playlist.text(), "a session with a segment");
    }

    /**
     * A multivariant playlist of one rendition.
     *
     * @param independent all of its segments are
     */
    public static String master(
            MediaDescription media,
            String uri,
            long peakBitsPerSecond,
            long averageBitsPerSecond,
            boolean independent) {
        return new MasterPlaylist(
                        independent,
                        List.of(
                                new MasterPlaylist.Variant(
                                        uri,
                                        Math.max(1, peakBitsPerSecond),
                                        averageBitsPerSecond,
                                        media.codecs(),
                                        media.width(),
                                        media.height(),
                                        media.framesPerSecond())))
                .write();
    }
}
