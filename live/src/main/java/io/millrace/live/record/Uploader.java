package io.millrace.live.record;

import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.kit.DiskSpace;
import io.millrace.live.LiveException;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings finished segments into the store, losing none.
 *
 * <p>A segment waits in memory (bounded), is put, and is counted in the catalogue. The first
 * failure puts it into the spool, and while the store is failing the next ones go there straight
 * away. One thread tries the spool again, oldest first, at 0.5 to 10 s. Only when the spool is full
 * or broken as well, or the disk is at its reserve, does a segment wait in memory, and beyond that
 * bound it is lost, counted and logged. Thread-safe.
 */
public final class Uploader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Uploader.class);
    private static final int WORKERS = 8;
    private static final long MAX_PENDING_BYTES = 128L << 20;
    private static final long FIRST_PAUSE_MILLISECONDS = 500;
    private static final long LAST_PAUSE_MILLISECONDS = 10_000;
    private static final int PLAYLIST_TRIES = 5;
    private static final Duration DRAIN = Duration.ofSeconds(10);
    private static final Duration GIVING_UP = Duration.ofSeconds(2);

    private final Store store;
    private final Catalogue catalogue;
    private final Spool spool;
    private final Watcher watcher;
    private final Clocks clocks;
    private final BlockingQueue<Segment> queue = new LinkedBlockingQueue<>();
    private final AtomicLong pendingBytes = new AtomicLong();

    /** Segments taken and neither in the store nor in the spool. */
    private final AtomicInteger inFlight = new AtomicInteger();

    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private volatile boolean failing;
    private volatile boolean closed;

    /** Hears what became of segments; called on the uploader's threads. */
    public interface Watcher {
        /** Whether this node owns the stream, or can from now on. */
        boolean owns(String stream);

        /** A session of a stream that this node owns; null when there is none of that id. */
        @Nullable Session session(String stream, String id);

        void problem(String stream, String text, boolean segmentLost);
    }

    public Uploader(Store store, Catalogue catalogue, Spool spool, Watcher watcher, Clocks clocks) {
        this.store = store;
        this.catalogue = catalogue;
        this.spool = spool;
        this.watcher = watcher;
        this.clocks = clocks;
    }

    /** Starts the threads. */
    public void start() {
        for (int i = 0; i < WORKERS; i++) {
            Thread.ofVirtual().name("live-upload-" + i).start(this::work);
        }
        Thread.ofVirtual().name("live-spool").start(this::drainSpool);
    }

    /** Takes a finished segment; never blocks for the store. */
    public void submit(Segment segment) {
        segment.session().sending(segment.row().msn());
        if (failing || closed || pendingBytes.get() > MAX_PENDING_BYTES) {
            keep(segment);
            return;
        }
        enqueue(segment);
    }

    private void enqueue(Segment segment) {
        pendingBytes.addAndGet(segment.row().sizeBytes());
        inFlight.incrementAndGet();
        queue.add(segment);
    }

    public long storedSegments() {
        return stored.get();
    }

    public long failures() {
        return failures.get();
    }

    public long lostSegments() {
        return lost.get();
    }

    /** Segments waiting in memory or in the spool. */
    public int waiting() {
        return inFlight.get() + spool.size();
    }

    private void work() {
        while (true) {
            Segment segment = take();
            if (segment == null) {
                if (closed) {
                    return;
                }
                continue;
            }
            try {
                if (failing) {
                    keep(segment);
                } else {
                    upload(segment);
                }
            } catch (RuntimeException | Error e) {
                broken(segment, e);
            } finally {
                pendingBytes.addAndGet(-segment.row().sizeBytes());
                inFlight.decrementAndGet();
            }
        }
    }

    /**
     * What nothing foresaw, such as no memory: the segment goes to the spool, the worker goes on.
     */
    private void broken(Segment segment, Throwable e) {
        failing = true;
        try {
            LOG.error("uploading a segment broke off", e);
            if (spool.add(segment)) {
                return;
            }
        } catch (IOException | RuntimeException | Error again) {
            LOG.error(
                    "{}: segment {} is lost: it could not be spooled either",
                    segment.session().row().stream(),
                    segment.row().msn(),
                    again);
        }
        lost.incrementAndGet();
        segment.session().lost(segment.row().msn());
    }

    private @Nullable Segment take() {
        try {
            return queue.poll(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void upload(Segment segment) {
        try {
            put(segment);
        } catch (RuntimeException e) {
            failed(segment.session().row().stream(), e);
            if (permanent(e)) {
                lose(segment, e.getMessage());
            } else {
                failing = true;
                keep(segment);
            }
            return;
        }
        playlist(segment.session());
    }

    /** The bucket or the recording is gone: trying again will not bring it back. */
    private static boolean permanent(RuntimeException e) {
        return removed(e)
                || e instanceof StoreException s && s.code() == StoreException.Code.NO_SUCH_BUCKET;
    }

    private static boolean removed(RuntimeException e) {
        return e instanceof LiveException l && l.code() == LiveException.Code.GONE;
    }

    private void failed(String stream, RuntimeException e) {
        failures.incrementAndGet();
        LOG.warn("the store did not take a segment of {}: {}", stream, e.toString());
        watcher.problem(stream, "the store does not take segments: " + e.getMessage(), false);
    }

    private void put(Segment segment) {
        SegmentRow row = segment.row();
        ObjectMetadata metadata =
                new ObjectMetadata(
                        "video/mp2t",
                        Map.of("cache-control", "public, max-age=31536000, immutable"),
                        Map.of(
                                "duration-micros", Long.toString(row.durationMicros()),
                                "start", row.start().toString()));
        put(
                PutObject.of(segment.session().row().bucket(), segment.key(), row.sizeBytes())
                        .with(metadata),
                segment.bytes(),
                row.sizeBytes());
        try {
            segment.session().landed(row);
        } catch (LiveException e) {
            if (removed(e)) {
                store.objects().delete(segment.session().row().bucket(), segment.key());
            }
            throw e;
        }
        stored.incrementAndGet();
    }

    private void put(PutObject request, byte[] bytes, int length) {
        PutOutcome outcome =
                store.objects().put(request, new ByteArrayInputStream(bytes, 0, length));
        if (!(outcome instanceof PutOutcome.Stored)) {
            throw new LiveException(
                    LiveException.Code.STORE, request.key() + " was not stored: " + outcome, null);
        }
    }

    /** Into the spool; else back into memory; else it is lost. */
    private void keep(Segment segment) {
        String problem;
        try {
            if (store.room().level() == DiskSpace.Level.FULL) {
                // What is kept back is for deletes, by which alone the store can take it again.
                problem = "the disk is full: delete objects or recordings, or add room";
            } else if (spool.add(segment)) {
                return;
            } else {
                problem = "the spool is full (" + spool.bytes() + " bytes)";
            }
        } catch (IOException e) {
            problem = "the spool fails: " + e.getMessage();
        }
        if (!closed && pendingBytes.get() < MAX_PENDING_BYTES) {
            watcher.problem(segment.session().row().stream(), problem, false);
            pause(100);
            enqueue(segment);
            return;
        }
        lose(segment, problem);
    }

    private void lose(Segment segment, @Nullable String why) {
        lost.incrementAndGet();
        segment.session().lost(segment.row().msn());
        String text = "segment " + segment.row().msn() + " is lost: " + why;
        LOG.error("{}: {}", segment.session().row().stream(), text);
        watcher.problem(segment.session().row().stream(), text, true);
    }

    private void drainSpool() {
        long wait = FIRST_PAUSE_MILLISECONDS;
        while (!closed) {
            pause(wait);
            boolean clean = drainOnce();
            if (clean) {
                failing = false;
            }
            wait = clean ? FIRST_PAUSE_MILLISECONDS : Math.min(wait * 2, LAST_PAUSE_MILLISECONDS);
        }
    }

    /** Tries every file in the spool; false when one is left. Errors never end the draining. */
    private boolean drainOnce() {
        try {
            for (Spool.Name name : spool.names()) {
                if (closed || !resend(name)) {
                    return false;
                }
            }
            return true;
        } catch (RuntimeException | Error e) {
            LOG.error("draining the spool broke off; it is tried again", e);
            return false;
        }
    }

    /** False when the store is still failing. */
    private boolean resend(Spool.Name name) {
        try {
            if (!watcher.owns(name.stream())) {
                return true; // It waits for its stream, which another node has.
            }
            Optional<Spool.Entry> entry = spool.read(name);
            Session session =
                    entry.isEmpty() ? null : watcher.session(name.stream(), name.session());
            if (entry.isEmpty() || session == null) {
                spool.remove(name);
                return true;
            }
            Spool.Entry e = entry.get();
            put(new Segment(session, e.row(), e.bytes()));
            spool.remove(name);
            playlist(session);
            return true;
        } catch (IOException e) {
            watcher.problem(name.stream(), "the spool fails: " + e.getMessage(), false);
            return false;
        } catch (RuntimeException e) {
            failed(name.stream(), e);
            return permanent(e) && discard(name, e);
        }
    }

    private boolean discard(Spool.Name name, RuntimeException why) {
        lost.incrementAndGet();
        String text = "segment " + name.msn() + " is lost: " + why.getMessage();
        LOG.error("{}: {}", name.stream(), text);
        watcher.problem(name.stream(), text, true);
        try {
            spool.remove(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Writes the VOD playlist object when it is due; a failure is made good by the next one. It
     * only replaces the object that stood there before the rows were read, so that neither a thread
     * nor a node that was slow puts an older playlist over a newer one.
     */
    public void playlist(Session session) {
        try {
            for (int i = 0;
                    i < PLAYLIST_TRIES && session.playlistDue(clocks.steady().millis());
                    i++) {
                SessionRow row = session.row();
                WriteConditions standing = standing(row);
                if (putPlaylist(session, row, standing) instanceof PutOutcome.Stored) {
                    session.playlistWritten(row, clocks.steady().millis());
                }
            }
        } catch (RuntimeException e) {
            failed(session.row().stream(), e);
        }
    }

    private WriteConditions standing(SessionRow row) {
        return store.objects()
                .head(row.bucket(), row.playlistKey())
                .map(there -> WriteConditions.ifMatch(there.etag()))
                .orElse(WriteConditions.ABSENT);
    }

    private PutOutcome putPlaylist(Session session, SessionRow row, WriteConditions conditions) {
        long below = row.ended() ? Long.MAX_VALUE : session.settledBelow();
        List<SegmentRow> rows =
                catalogue.segments(row.stream(), row.id()).stream()
                        .filter(s -> s.msn() < below)
                        .toList();
        byte[] text =
                VodPlaylist.of(row, rows, SessionRow.RENDITION + "/", row.ended())
                        .write()
                        .getBytes(StandardCharsets.UTF_8);
        return store.objects()
                .put(
                        PutObject.of(row.bucket(), row.playlistKey(), text.length)
                                .with(ObjectMetadata.ofType("application/vnd.apple.mpegurl"))
                                .with(conditions),
                        new ByteArrayInputStream(text));
    }

    private static void pause(long milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits up to 10 s for the queue; what is left goes to the spool, or is named as lost. */
    @Override
    public void close() {
        long before = lost.get();
        awaitSent(DRAIN);
        closed = true;
        for (Segment left = queue.poll(); left != null; left = queue.poll()) {
            keep(left);
            inFlight.decrementAndGet();
        }
        awaitSent(GIVING_UP);
        tellLost(lost.get() - before);
    }

    private void tellLost(long segments) {
        if (segments > 0) {
            LOG.error(
                    "This stop loses {} live segments that could not be written; each is named"
                            + " above with its stream",
                    segments);
        }
        if (inFlight.get() > 0) {
            LOG.error(
                    "This stop leaves {} live segments that the store has not answered for; they"
                            + " may be lost",
                    inFlight.get());
        }
    }

    private void awaitSent(Duration most) {
        Deadline deadline = clocks.monotonic().deadline(most);
        while (inFlight.get() > 0 && !deadline.hasPassed()) {
            pause(10);
        }
    }
}
