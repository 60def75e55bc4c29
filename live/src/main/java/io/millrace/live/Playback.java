package io.millrace.live;

import io.millrace.live.record.Catalogue;
import io.millrace.live.record.RecentMedia;
import io.millrace.live.record.Segment;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import io.millrace.live.record.Spool;
import io.millrace.live.record.VodPlaylist;
import io.millrace.live.stream.LivePlaylist;
import io.millrace.live.stream.LiveStream;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers the live playback paths: playlists from the stream's owner, recent segments from memory,
 * older ones from the store, unsent ones from the spool.
 */
final class Playback {
    private static final Duration MAX_AGE = Duration.ofSeconds(1);

    /** Of a recording that is over; a deletion shows after it. */
    private static final Duration FINAL = Duration.ofHours(1);

    private static final Duration RETRY = Duration.ofSeconds(2);

    /** So many sessions are looked through for one that has a segment. */
    private static final int SESSIONS = 10;

    private static final String TYPE = "video/mp2t";
    private static final String MEDIA = SessionRow.RENDITION + "/media.m3u8";

    private final StreamBook streams;
    private final Catalogue catalogue;
    private final RecentMedia recent;
    private final Spool spool;
    private final Store store;

    Playback(
            StreamBook streams, Catalogue catalogue, RecentMedia recent, Spool spool, Store store) {
        this.streams = streams;
        this.catalogue = catalogue;
        this.recent = recent;
        this.spool = spool;
        this.store = store;
    }

    PlaybackAnswer play(String path) {
        try {
            return switch (LivePath.parse(path)) {
                case LivePath.Master p -> master(p.stream());
                case LivePath.Media p -> media(p.stream());
                case LivePath.Segment p -> segment(p);
                case LivePath.RecordedMaster p -> recordedMaster(p);
                case LivePath.RecordedMedia p -> recordedMedia(p.stream(), p.session());
                case LivePath.RecordedSegment p -> recordedSegment(p);
                case LivePath.RecordedFile p -> recordedFile(p);
                case LivePath.Wrong p -> new PlaybackAnswer.BadRequest(p.reason());
            };
        } catch (StoreException | IOException e) {
            return new PlaybackAnswer.Unavailable(
                    "the store can't be read now: " + e.getMessage(), RETRY);
        }
    }

    private PlaybackAnswer master(String name) {
        LiveStream stream = streams.owner(name);
        if (stream == null) {
            Optional<PlaybackAnswer> away = notLiveHere(name);
            if (away.isPresent()) {
                return away.get();
            }
        } else if (stream.openSession() != null) {
            String text = stream.masterPlaylist(MEDIA);
            return text != null
                    ? playlist(text)
                    : notYet("stream " + name + " has just begun: no segment is finished");
        }
        Optional<SessionRow> last = lastPlayable(name);
        return last.isEmpty()
                ? notYet("nobody publishes stream " + name)
                : master(last.get(), last.get().id() + "/" + MEDIA);
    }

    /** The newest session that has something to show. */
    private Optional<SessionRow> lastPlayable(String name) {
        return catalogue.sessions(name, SESSIONS).stream()
                .filter(s -> s.segments() > 0)
                .findFirst();
    }

    private PlaybackAnswer master(SessionRow s, String uri) {
        if (s.segments() == 0) {
            return empty(s);
        }
        long average = s.durationMicros() == 0 ? 0 : (long) (s.bytes() * 8e6 / s.durationMicros());
        boolean independent =
                catalogue.segments(s.stream(), s.id()).stream().allMatch(SegmentRow::independent);
        return playlist(
                LivePlaylist.master(s.media(), uri, s.peakBitsPerSecond(), average, independent));
    }

    private PlaybackAnswer empty(SessionRow s) {
        String reason = "session " + s.id() + " of stream " + s.stream() + " has no segment";
        return s.ended() && firstSpooled(s.stream(), s.id()) == Long.MAX_VALUE
                ? new PlaybackAnswer.NotFound(reason)
                : notYet(reason + " in the store yet");
    }

    private PlaybackAnswer media(String name) {
        LiveStream stream = streams.owner(name);
        String text = stream == null ? null : stream.mediaPlaylist();
        if (text != null) {
            return playlist(text);
        }
        Optional<PlaybackAnswer> away = stream == null ? notLiveHere(name) : Optional.empty();
        if (away.isPresent()) {
            return away.get();
        }
        Optional<SessionRow> last =
                stream == null || stream.openSession() == null
                        ? lastPlayable(name)
                        : Optional.empty();
        return last.isEmpty()
                ? notYet("stream " + name + " has no segment yet")
                : playlist(LivePlaylist.last(last.get(), lastSegments(last.get())));
    }

    private List<SegmentRow> lastSegments(SessionRow s) {
        return catalogue.lastSegments(s.stream(), s.id(), LivePlaylist.MOST_SEGMENTS);
    }

    private PlaybackAnswer recordedMaster(LivePath.RecordedMaster p) {
        return session(p.stream(), p.session())
                .map(s -> master(s, MEDIA))
                .orElseGet(() -> noSession(p.stream(), p.session()));
    }

    private PlaybackAnswer recordedMedia(String stream, String id) {
        LiveStream owner = streams.owner(stream);
        Session here = owner == null ? null : owner.session(id);
        // Before the rows are read: what lands meanwhile is shown the next time.
        long below = here != null ? here.settledBelow() : firstSpooled(stream, id);
        boolean pending = here != null ? here.unsent() > 0 : below != Long.MAX_VALUE;
        Optional<SessionRow> session = session(stream, id);
        if (session.isEmpty()) {
            return noSession(stream, id);
        }
        List<SegmentRow> rows =
                catalogue.segments(stream, id).stream().filter(r -> r.msn() < below).toList();
        if (rows.isEmpty()) {
            return empty(session.get());
        }
        boolean whole = session.get().ended() && !pending;
        return new PlaybackAnswer.Playlist(
                VodPlaylist.of(session.get(), rows, "", whole).write(), whole ? FINAL : MAX_AGE);
    }

    /** The least number of the session that still waits in the spool. */
    private long firstSpooled(String stream, String id) {
        return spool.names().stream()
                .filter(n -> n.stream().equals(stream) && n.session().equals(id))
                .mapToLong(Spool.Name::msn)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** What the store has of a recording, in one piece. */
    private PlaybackAnswer recordedFile(LivePath.RecordedFile p) {
        Optional<SessionRow> found = session(p.stream(), p.session());
        if (found.isEmpty()) {
            return noSession(p.stream(), p.session());
        }
        List<SegmentRow> rows = catalogue.segments(p.stream(), p.session());
        if (rows.isEmpty()) {
            return new PlaybackAnswer.NotFound(
                    "session " + p.session() + " has no segment in the store yet");
        }
        RecordingBody body = new RecordingBody(store, found.get(), rows);
        String etag = "r" + rows.getLast().msn() + "-" + rows.size() + "-" + body.lengthBytes();
        return new PlaybackAnswer.File(
                p.stream() + "-" + p.session() + ".ts",
                new PlaybackAnswer.Media(TYPE, etag, false, false, body));
    }

    /** The session as it is now: from its owner while it runs. */
    private Optional<SessionRow> session(String stream, String id) {
        LiveStream owner = streams.owner(stream);
        Session running = owner == null ? null : owner.session(id);
        return running != null && !running.row().ended()
                ? Optional.of(running.row())
                : id.isEmpty() || stream.isEmpty()
                        ? Optional.empty()
                        : catalogue.session(stream, id);
    }

    private PlaybackAnswer segment(LivePath.Segment p) throws IOException {
        LiveStream owner = streams.owner(p.stream());
        Optional<StreamInfo> known =
                owner != null ? Optional.of(owner.info()) : streams.get(p.stream());
        if (known.isEmpty()) {
            return noStream(p.stream());
        }
        PlaybackAnswer here = unsent(p.stream(), p.msn());
        if (here != null) {
            return here;
        }
        StreamInfo info = known.get();
        String key =
                info.prefix()
                        + p.stream()
                        + "/"
                        + SessionRow.RENDITION
                        + "/"
                        + SegmentRow.fileName(p.msn());
        return stored(p.stream(), p.msn(), info.bucket(), key);
    }

    private PlaybackAnswer recordedSegment(LivePath.RecordedSegment p) throws IOException {
        Optional<SessionRow> found = session(p.stream(), p.session());
        if (found.isEmpty()) {
            return noSession(p.stream(), p.session());
        }
        SessionRow s = found.get();
        PlaybackAnswer here = unsent(p.stream(), p.msn());
        if (here != null) {
            return here;
        }
        if (p.msn() < s.firstMsn() || p.msn() > s.lastMsn()) {
            return new PlaybackAnswer.NotFound(
                    "session " + p.session() + " has no segment " + p.msn());
        }
        return stored(p.stream(), p.msn(), s.bucket(), s.segmentKey(p.msn()));
    }

    /** From memory, else from the spool, else null. */
    private @Nullable PlaybackAnswer unsent(String stream, long msn) throws IOException {
        Segment segment = recent.get(stream, msn);
        if (segment != null) {
            return bytes(msn, segment.bytes(), segment.row().sizeBytes());
        }
        Optional<Spool.Entry> spooled = spool.find(stream, msn);
        return spooled.isEmpty()
                ? null
                : bytes(msn, spooled.get().bytes(), spooled.get().bytes().length);
    }

    private static PlaybackAnswer bytes(long msn, byte[] bytes, int length) {
        return new PlaybackAnswer.Media(
                TYPE, etag(msn, length), true, false, MediaBody.of(bytes, length));
    }

    private PlaybackAnswer stored(String stream, long msn, String bucket, String key) {
        Optional<ObjectReader> reader = store.objects().open(bucket, key);
        if (reader.isEmpty()) {
            return new PlaybackAnswer.NotFound("stream " + stream + " has no segment " + msn);
        }
        long length = reader.get().info().sizeBytes();
        return new PlaybackAnswer.Media(
                TYPE, etag(msn, length), true, false, new StoredBody(reader.get(), length));
    }

    /** A number is given once, so that it and the length name the bytes, wherever they lie. */
    private static String etag(long msn, long length) {
        return "s" + msn + "-" + length;
    }

    private record StoredBody(ObjectReader reader, long lengthBytes) implements MediaBody {
        @Override
        public InputStream open(long from, long length) {
            java.util.Objects.checkFromIndexSize(from, length, lengthBytes);
            return reader.range(from, length);
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    private static PlaybackAnswer playlist(String text) {
        return new PlaybackAnswer.Playlist(text, MAX_AGE);
    }

    /**
     * Why a stream that this node does not own can't be played live; empty when nobody owns it, so
     * that its recordings are all there is.
     */
    private Optional<PlaybackAnswer> notLiveHere(String name) {
        if (streams.get(name).isEmpty()) {
            return Optional.of(noStream(name));
        }
        return streams.elsewhere(name)
                .map(
                        node ->
                                new PlaybackAnswer.Unavailable(
                                        "stream " + name + " is live on node " + node + ": ask it",
                                        RETRY));
    }

    /**
     * The stream is there, what was asked for is not: a player that hears 503 asks again, and one
     * that hears 404 gives up (hls.js tries no 4xx a second time).
     */
    private static PlaybackAnswer notYet(String reason) {
        return new PlaybackAnswer.Unavailable(reason, RETRY);
    }

    private static PlaybackAnswer noStream(String name) {
        return new PlaybackAnswer.NotFound("there is no stream " + name);
    }

    private static PlaybackAnswer noSession(String stream, String session) {
        return new PlaybackAnswer.NotFound("stream " + stream + " has no session " + session);
    }
}
