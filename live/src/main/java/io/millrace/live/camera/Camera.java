package io.millrace.live.camera;

import io.millrace.kit.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One camera's live end and how it is doing. Thread-safe: one lock.
 *
 * <p>Of the camera's objects one leads: its segments are the live picture. A new object leads from
 * its first byte on. An older one that grows again plays from the archive and disturbs nobody,
 * unless the leader has been silent for {@link #SILENT}; and what the camera says was recorded more
 * than a minute ago never leads.
 */
final class Camera {
    static final Duration LIVE = Duration.ofSeconds(10);
    private static final Duration SILENT = Duration.ofSeconds(30);
    private static final int LATEST = 5;
    private static final double LONG_GROUP_SECONDS = 4;
    private static final long AHEAD_MILLIS = 2_000;

    /** What comes later than this after it was recorded is no live picture. */
    private static final long BACKFILL_MILLIS = 60_000;

    private final String device;
    private final Clocks clocks;
    private LiveWindow window = new LiveWindow();

    /** The live end's row as it was read or written last, and what came since. */
    private byte @Nullable [] row;

    private final Deque<CameraSegment> fresh = new ArrayDeque<>();
    private @Nullable CameraObject leader;
    private StreamFacts facts = StreamFacts.NONE;
    private Damages damages = Damages.NONE;
    private long size;
    private long segments;

    /** When anything came, and when the leader grew; for it, silence begins at the start. */
    private long heardNanos;

    private long leaderNanos;
    private boolean heard;
    private boolean unsaved;

    /** How much later the newest bytes came than the camera says that they were recorded. */
    private long behindMillis;

    private Camera(String device, Clocks clocks) {
        this.device = device;
        this.clocks = clocks;
        this.leaderNanos = clocks.monotonic().nanos();
    }

    /** The camera as the index remembers it. */
    static Camera restore(String device, CameraIndex index, Clocks clocks) {
        Camera camera = new Camera(device, clocks);
        synchronized (camera) {
            camera.adopt(index);
            index.object(device, camera.window.leader()).ifPresent(camera::show);
        }
        return camera;
    }

    /** What another node wrote of the camera counts, unless this one has something to write. */
    synchronized Camera refreshed(CameraIndex index) {
        if (!unsaved && !Arrays.equals(row, index.liveRow(device))) {
            adopt(index);
            follow(index);
        }
        return this;
    }

    private void adopt(CameraIndex index) {
        row = index.liveRow(device);
        window = row == null ? new LiveWindow() : LiveWindow.decode(row);
    }

    /** Another node has the object that leads. */
    private void follow(CameraIndex index) {
        heard = false;
        leaderNanos = clocks.monotonic().nanos();
        index.object(device, window.leader()).ifPresent(this::show);
    }

    private void show(CameraObject object) {
        leader = object;
        size = object.cursor().countedBytes();
        segments = object.segments();
        damages = object.damages();
    }

    /**
     * An object grew.
     *
     * @param isNew whether this is the first that is heard of it
     * @param ended the segments that ended by it
     * @param quiet nobody appends now: it was found by looking
     */
    synchronized void grew(
            CameraObject object,
            ObjectScan scan,
            boolean isNew,
            List<CameraSegment> ended,
            long arrivedMillis,
            boolean quiet) {
        behindMillis = behindMillis(object, scan, arrivedMillis);
        if (leads(object, isNew, quiet)) {
            leader = object;
            leaderNanos = clocks.monotonic().nanos();
            ended.forEach(s -> add(object, s, arrivedMillis));
            window.heard(object.incarnation(), arrivedMillis);
            size = scan.scanned();
            segments = scan.segments();
            facts = scan.facts();
            damages = scan.damages();
            unsaved = true;
        }
        if (!quiet) {
            heard = true;
            heardNanos = clocks.monotonic().nanos();
        }
    }

    /** How old the newest picture of an object is, by the camera's word; 0 when it says nothing. */
    private static long behindMillis(CameraObject object, ObjectScan scan, long arrivedMillis) {
        if (object.captureMillis() == MediaClock.NONE) {
            return 0;
        }
        CameraSegment open = scan.open();
        long newest = open == null ? object.captureMillis() : open.endMillis();
        return arrivedMillis - newest;
    }

    private boolean leads(CameraObject object, boolean isNew, boolean quiet) {
        CameraObject now = leader;
        if (now != null && now.incarnation() == object.incarnation()) {
            return true;
        }
        if (behindMillis > BACKFILL_MILLIS) {
            return false;
        }
        if (now == null || isNew && !isOlder(object, now)) {
            return true;
        }
        return !quiet && clocks.monotonic().hasElapsed(leaderNanos, SILENT);
    }

    /** By both orders: clocks are set back, and nodes number objects in blocks of their own. */
    private static boolean isOlder(CameraObject object, CameraObject than) {
        return object.arrivedMillis() < than.arrivedMillis()
                && object.incarnation() < than.incarnation();
    }

    /** The object's open group counts: it has been silent, or another object follows it. */
    synchronized void counted(CameraObject object, CameraSegment open, long arrivedMillis) {
        if (leader != null && leader.incarnation() == object.incarnation()) {
            add(object, open, arrivedMillis);
            unsaved = true;
        }
    }

    private void add(CameraObject object, CameraSegment segment, long arrivedMillis) {
        boolean backfill =
                object.captureMillis() != MediaClock.NONE
                        && arrivedMillis - segment.endMillis() > BACKFILL_MILLIS;
        if (!backfill) {
            window.add(segment);
            fresh.add(segment);
            if (fresh.size() > LiveWindow.KEPT) {
                fresh.remove();
            }
        }
    }

    /** Writes the live end if it has changed. */
    synchronized void save(OwnedIndex index) {
        if (unsaved) {
            write(index);
            unsaved = false;
        }
    }

    private void write(OwnedIndex index) {
        byte[] next = window.encode();
        while (!index.putLive(device, next, row)) {
            merge(index);
            next = window.encode();
        }
        row = next;
        fresh.clear();
    }

    /**
     * Another node has written, too: who was appended to last leads, and the other's lines stay.
     */
    private void merge(OwnedIndex index) {
        long leads = window.leader();
        long appended = window.lastAppendMillis();
        adopt(index);
        if (appended >= window.lastAppendMillis()) {
            fresh.forEach(window::add);
            window.heard(leads, appended);
        } else {
            follow(index);
        }
    }

    /** The object is gone: its segments leave the playlist. */
    synchronized void forget(long incarnation, OwnedIndex index) {
        fresh.removeIf(segment -> segment.incarnation() == incarnation);
        do {
            window.forget(incarnation);
        } while (!forgotten(index));
        if (leader != null && leader.incarnation() == incarnation) {
            leader = null;
            size = 0;
            segments = 0;
        }
    }

    private boolean forgotten(OwnedIndex index) {
        byte[] next = window.encode();
        boolean written = Arrays.equals(next, row) || index.putLive(device, next, row);
        if (written) {
            row = next;
        } else {
            merge(index);
        }
        return written;
    }

    /** The live playlist; empty while there is nothing to play. */
    synchronized Optional<String> playlist() {
        List<LiveWindow.Line> shown = window.shown();
        return shown.isEmpty()
                ? Optional.empty()
                : Optional.of(CameraPlaylist.live(shown, window.discontinuitySequence()));
    }

    synchronized CameraStatus status(String remark) {
        List<LiveWindow.Line> shown = window.shown();
        List<CameraSegment> latest =
                shown.subList(Math.max(0, shown.size() - LATEST), shown.size()).stream()
                        .map(LiveWindow.Line::segment)
                        .toList();
        double seconds = latest.stream().mapToDouble(CameraSegment::seconds).sum();
        long bytes = latest.stream().mapToLong(CameraSegment::lengthBytes).sum();
        CameraObject object = leader;
        long lastAppend = window.lastAppendMillis();
        double last = latest.isEmpty() ? 0 : latest.getLast().seconds();
        return new CameraStatus(
                device,
                isLive(lastAppend),
                object == null ? null : object.bucket(),
                object == null ? null : object.key(),
                object == null ? 0 : object.incarnation(),
                size,
                object == null ? null : Instant.ofEpochMilli(object.arrivedMillis()),
                lastAppend == MediaClock.NONE ? null : Instant.ofEpochMilli(lastAppend),
                segments,
                last,
                seconds == 0 ? 0 : (long) (bytes * 8 / seconds),
                facts.width(),
                facts.height(),
                facts.codecs(),
                remark.isEmpty() ? warning(last) : remark);
    }

    /** On a node that does not scan, and after a start, by the time that was written down. */
    private boolean isLive(long lastAppendMillis) {
        return heard
                ? !clocks.monotonic().hasElapsed(heardNanos, LIVE)
                : clocks.wall().millis() - LIVE.toMillis() < lastAppendMillis;
    }

    private String warning(double lastSeconds) {
        if (!facts.problem().isEmpty()) {
            return facts.problem();
        }
        if (aheadMillis() > AHEAD_MILLIS) {
            return "The camera's clock is %.1f s ahead of the server's: its pictures get the time at which they arrive."
                    .formatted(aheadMillis() / 1_000.0);
        }
        if (behindMillis > BACKFILL_MILLIS && window.shown().isEmpty()) {
            return "What comes was recorded %d s ago, by the camera's word: it is in the archive and not the live picture. Is the camera's clock right?"
                    .formatted(behindMillis / 1_000);
        }
        if (lastSeconds > LONG_GROUP_SECONDS) {
            return "Keyframes are %.0f s apart: playback lags by as much. Set the camera's GOP to 1–2 s and turn smart codecs off."
                    .formatted(lastSeconds);
        }
        if (damages.places() > 0 && segments == 0) {
            return "The bytes are no clean MPEG-TS ("
                    + damages.places()
                    + " damaged places); they are stored all the same.";
        }
        if (segments == 0 && size > 1 << 20) {
            return "No keyframe in the first " + (size >> 20) + " MiB. Send H.264 in MPEG-TS.";
        }
        return "";
    }

    /** How far the leader's first picture lay ahead of its arrival. */
    private long aheadMillis() {
        CameraObject object = leader;
        return object == null || object.captureMillis() == MediaClock.NONE
                ? 0
                : object.captureMillis() - object.arrivedMillis();
    }
}
