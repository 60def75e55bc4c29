package io.millrace.live;

import io.millrace.live.record.Catalogue;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import io.millrace.live.record.StreamRow;
import io.millrace.live.stream.LiveStream;
import io.millrace.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What streams leave behind: told, removed, and kept for as long as the stream's settings say.
 *
 * <p>A recording that is removed is out of sight in one commit, which keeps what is left to do; its
 * objects go after that, at once or after a restart, on whichever node comes first. Thread-safe.
 */
public final class Recordings implements AutoCloseable {
    /** The shortest and the longest time that a stream may keep its recordings. */
    public static final Duration SHORTEST = Duration.ofHours(1);

    public static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);
    private static final int MAX_LIMIT = 1_000;
    private static final int PAGE = 100;
    private static final int SWEEP_SECONDS = 60;

    private final StreamBook streams;
    private final Catalogue catalogue;
    private final Store store;
    private final InstantSource clock;
    private final Semaphore work = new Semaphore(0);
    private final Thread sweeper =
            Thread.ofVirtual().name("live-recordings").unstarted(this::sweep);
    private volatile boolean closed;

    /** What {@link #remove} can answer. */
    public sealed interface Removal {
        /** It plays no more; its objects are going. */
        record Removed() implements Removal {}

        record NotFound() implements Removal {}

        /** Somebody may not delete one of its objects. */
        record Denied(String bucket, String key) implements Removal {}

        /** It runs, or its last segments are on their way; the reason says which and where. */
        record Running(String reason) implements Removal {}
    }

    Recordings(StreamBook streams, Catalogue catalogue, Store store, InstantSource clock) {
        this.streams = streams;
        this.catalogue = catalogue;
        this.store = store;
        this.clock = clock;
    }

    /** Starts to remove what is due; a first look comes at once. */
    void start() {
        sweeper.start();
        work.release();
    }

    /**
     * A stream's recordings, newest first.
     *
     * @param before the id of the last one that is known; empty from the newest
     * @param limit 1 to 1,000
     */
    public List<Recording> list(String stream, String before, int limit) {
        int most = Math.clamp(limit, 1, MAX_LIMIT);
        List<SessionRow> rows =
                before.isEmpty()
                        ? catalogue.sessions(stream, most)
                        : catalogue.sessionsBefore(stream, before, most);
        return rows.stream().map(Recording::of).toList();
    }

    public Optional<Recording> get(String stream, String session) {
        return stream.isEmpty() || session.isEmpty()
                ? Optional.empty()
                : catalogue.session(stream, session).map(Recording::of);
    }

    /** How long the stream keeps a recording after its end; empty: until somebody removes it. */
    public Optional<Duration> keeps(String stream) {
        return catalogue.stream(stream)
                .filter(row -> row.keepMillis() > 0)
                .map(row -> Duration.ofMillis(row.keepMillis()));
    }

    /**
     * Sets how long the stream keeps its recordings; false when there is no such stream.
     *
     * @param time {@link #SHORTEST} to {@link #LONGEST}; empty: until somebody removes them
     */
    public boolean keep(String stream, Optional<Duration> time) {
        time.ifPresent(
                given -> {
                    if (given.compareTo(SHORTEST) < 0 || given.compareTo(LONGEST) > 0) {
                        throw new IllegalArgumentException(
                                "recordings are kept from " + SHORTEST + " to " + LONGEST);
                    }
                });
        long millis = time.map(Duration::toMillis).orElse(0L);
        boolean changed = catalogue.changeStream(stream, row -> row.keeping(millis));
        work.release();
        return changed;
    }

    /**
     * Removes a recording for good; it plays no more when this returns.
     *
     * @param mayDelete whether an object of that bucket and key may be deleted; asked for each
     */
    public Removal remove(String stream, String session, BiPredicate<String, String> mayDelete) {
        while (true) {
            Optional<SessionRow> found =
                    stream.isEmpty() || session.isEmpty()
                            ? Optional.empty()
                            : catalogue.session(stream, session);
            if (found.isEmpty()) {
                return new Removal.NotFound();
            }
            Optional<String> running = running(found.get());
            if (running.isPresent()) {
                return new Removal.Running(running.get());
            }
            Optional<String> kept = kept(found.get(), mayDelete);
            if (kept.isPresent()) {
                return new Removal.Denied(found.get().bucket(), kept.get());
            }
            if (catalogue.remove(found.get())) {
                work.release();
                return new Removal.Removed();
            }
        }
    }

    /** An object of the session that may not be deleted. */
    private Optional<String> kept(SessionRow session, BiPredicate<String, String> mayDelete) {
        Stream<String> segments =
                catalogue.segments(session.stream(), session.id()).stream()
                        .map(segment -> session.segmentKey(segment.msn()));
        return Stream.concat(Stream.of(session.playlistKey()), segments)
                .filter(key -> !mayDelete.test(session.bucket(), key))
                .findFirst();
    }

    /** Why a session can't be removed now. */
    private Optional<String> running(SessionRow session) {
        LiveStream owner = streams.owner(session.stream());
        if (!session.ended()) {
            String where =
                    owner != null
                            ? ""
                            : streams.elsewhere(session.stream())
                                    .map(node -> " on node " + node)
                                    .orElse("");
            return Optional.of("The recording runs" + where + ": it can be removed when it ends.");
        }
        Session last = owner == null ? null : owner.session(session.id());
        return last != null && !last.finished()
                ? Optional.of("Its last segments are on their way: try again in a few seconds.")
                : Optional.empty();
    }

    private void sweep() {
        while (!closed) {
            try {
                if (work.tryAcquire(SWEEP_SECONDS, TimeUnit.SECONDS)) {
                    work.drainPermits();
                }
                expire();
                clear();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                if (!closed) {
                    LOG.warn("Removing recordings is tried again: {}", e.toString());
                }
            }
        }
    }

    private void expire() {
        for (StreamRow stream : catalogue.streams()) {
            if (stream.keepMillis() > 0) {
                expire(stream, clock.millis() - stream.keepMillis());
            }
        }
    }

    /**
     * Of a stream of that name that was deleted before, or kept them elsewhere, none is removed.
     */
    private void expire(StreamRow stream, long endedBefore) {
        String after = "";
        while (!closed) {
            List<SessionRow> page = catalogue.sessionsAfter(stream.name(), after, PAGE);
            for (SessionRow session : page) {
                boolean due = session.ended() && session.endedMillis() < endedBefore;
                if (due
                        && isOf(stream, session)
                        && remove(stream.name(), session.id(), Recordings::any)
                                instanceof Removal.Removed) {
                    LOG.info("{}: the recording {} is removed by age", stream.name(), session.id());
                }
            }
            if (page.size() < PAGE || page.getLast().startedMillis() >= endedBefore) {
                return;
            }
            after = page.getLast().id();
        }
    }

    private static boolean isOf(StreamRow stream, SessionRow session) {
        return session.bucket().equals(stream.bucket())
                && session.prefix().equals(stream.prefix())
                && session.startedMillis() >= stream.createdMillis();
    }

    /** The stream's settings speak for whoever set them. */
    private static boolean any(String bucket, String key) {
        return true;
    }

    /** Removes what is left of the recordings that are out of sight. */
    private void clear() {
        List<SessionRow> left = catalogue.removed(PAGE);
        for (SessionRow session : left) {
            try {
                clear(session);
            } catch (RuntimeException e) {
                LOG.warn(
                        "{}: removing the recording {} is tried again: {}",
                        session.stream(),
                        session.id(),
                        e.toString());
            }
        }
        if (left.size() == PAGE && !closed) {
            work.release();
        }
    }

    private void clear(SessionRow session) {
        delete(session, session.playlistKey());
        while (true) {
            List<SegmentRow> segments =
                    catalogue.firstSegments(session.stream(), session.id(), PAGE);
            for (SegmentRow segment : segments) {
                if (closed) {
                    return;
                }
                delete(session, session.segmentKey(segment.msn()));
            }
            if (segments.isEmpty()) {
                catalogue.forget(session);
                return;
            }
            catalogue.forget(session, segments);
        }
    }

    private void delete(SessionRow session, String key) {
        if (store.buckets().get(session.bucket()).isPresent()) {
            store.objects().delete(session.bucket(), key);
        }
    }

    @Override
    public void close() {
        closed = true;
        work.release();
        try {
            if (sweeper.getState() == Thread.State.NEW) {
                return;
            }
            sweeper.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
