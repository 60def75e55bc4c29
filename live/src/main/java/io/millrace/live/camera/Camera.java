package io.millrace.live.camera;

import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One camera's live end and how it is doing. Thread-safe: one lock. */
final class Camera {
    static final Duration LIVE = Duration.ofSeconds(10);
    private static final int LATEST = 5;
    private static final double LONG_GROUP_SECONDS = 4;
    private static final long AHEAD_MILLIS = 2_000;

    /** What comes later than this after it was recorded is no live picture. */
    private static final long BACKFILL_MILLIS = 60_000;

    private final String device;
    private final MonotonicClock clock;
    private final LiveWindow window;
    private @Nullable CameraObject current;
    private StreamFacts facts = StreamFacts.NONE;
    private long size;
    private long segments;
    private @Nullable Instant lastAppend;
    private long grewNanos;
    private boolean grew;
    private boolean unsaved;
    private long aheadMillis;

    private Camera(String device, MonotonicClock clock, LiveWindow window) {
        this.device = device;
        this.clock = clock;
        this.window = window;
    }

    /** The camera as the index remembers it. */
    static Camera restore(String device, CameraIndex index, MonotonicClock clock) {
        LiveWindow window = index.live(device).orElseGet(LiveWindow::new);
        Camera camera = new Camera(device, clock, window);
        LiveWindow.Line last = window.last();
        if (last != null) {
            index.object(device, last.segment().incarnation()).ifPresent(camera::show);
        }
        return camera;
    }

    private void show(CameraObject object) {
        current = object;
        size = object.cursor().countedBytes();
        segments = object.segments();
    }

    /**
     * An object grew.
     *
     * @param fresh the segments that ended by it
     * @param quiet nobody appends now: it was found by looking
     */
    synchronized void grew(
            CameraObject object,
            ObjectScan scan,
            List<CameraSegment> fresh,
            Instant arrived,
            boolean quiet) {
        fresh.forEach(s -> add(object, s, arrived.toEpochMilli()));
        if (isCurrent(object, scan.open(), arrived.toEpochMilli())) {
            current = object;
            size = scan.scanned();
            segments = scan.segments();
            facts = scan.facts();
            lastAppend = arrived;
            aheadMillis =
                    object.captureMillis() == MediaClock.NONE
                            ? 0
                            : object.captureMillis() - object.arrivedMillis();
        }
        if (!quiet) {
            grew = true;
            grewNanos = clock.nanos();
        }
    }

    /** The object's open group counts: it has been silent, or another object follows it. */
    synchronized void counted(CameraObject object, CameraSegment open, long arrivedMillis) {
        add(object, open, arrivedMillis);
    }

    private void add(CameraObject object, CameraSegment segment, long arrivedMillis) {
        if (!isBackfill(object, segment, arrivedMillis)) {
            unsaved |= window.add(object, segment);
        }
    }

    /** Whether the camera says that this was recorded a while before it came. */
    private static boolean isBackfill(
            CameraObject object, CameraSegment segment, long arrivedMillis) {
        return object.captureMillis() != MediaClock.NONE
                && arrivedMillis - segment.endMillis() > BACKFILL_MILLIS;
    }

    private boolean isCurrent(
            CameraObject object, @Nullable CameraSegment tail, long arrivedMillis) {
        if (current == null || current.incarnation() == object.incarnation()) {
            return true;
        }
        LiveWindow.Line last = window.last();
        boolean shown = last != null && last.segment().incarnation() == object.incarnation();
        boolean newer = object.incarnation() > current.incarnation();
        return shown || newer && (tail == null || !isBackfill(object, tail, arrivedMillis));
    }

    /** Writes the live end if it has changed. */
    synchronized void save(OwnedIndex index) {
        if (unsaved) {
            index.putLive(device, window);
            unsaved = false;
        }
    }

    /** The object is gone: its segments leave the playlist. */
    synchronized void forget(long incarnation, OwnedIndex index) {
        window.forget(incarnation);
        index.putLive(device, window);
        if (current != null && current.incarnation() == incarnation) {
            current = null;
            size = 0;
            segments = 0;
        }
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
        CameraObject object = current;
        double last = latest.isEmpty() ? 0 : latest.getLast().seconds();
        return new CameraStatus(
                device,
                grew && !clock.hasElapsed(grewNanos, LIVE),
                object == null ? null : object.bucket(),
                object == null ? null : object.key(),
                object == null ? 0 : object.incarnation(),
                size,
                object == null ? null : Instant.ofEpochMilli(object.arrivedMillis()),
                lastAppend,
                segments,
                last,
                seconds == 0 ? 0 : (long) (bytes * 8 / seconds),
                facts.width(),
                facts.height(),
                facts.codecs(),
                remark.isEmpty() ? warning(last) : remark);
    }

    private String warning(double lastSeconds) {
        if (!facts.problem().isEmpty()) {
            return facts.problem();
        }
        if (aheadMillis > AHEAD_MILLIS) {
            return "The camera's clock is %.1f s ahead of the server's: its pictures get the time at which they arrive."
                    .formatted(aheadMillis / 1_000.0);
        }
        if (lastSeconds > LONG_GROUP_SECONDS) {
            return "Keyframes are %.0f s apart: playback lags by as much. Set the camera's GOP to 1–2 s and turn smart codecs off."
                    .formatted(lastSeconds);
        }
        if (facts.damages() > 0 && segments == 0) {
            return "The bytes are no clean MPEG-TS ("
                    + facts.damages()
                    + " damaged places); they are stored all the same.";
        }
        if (segments == 0 && size > 1 << 20) {
            return "No keyframe in the first " + (size >> 20) + " MiB. Send H.264 in MPEG-TS.";
        }
        return "";
    }
}
