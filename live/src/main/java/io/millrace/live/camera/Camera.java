package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsCodec;
import io.millrace.formats.mpegts.TsKeyframe;
import io.millrace.formats.mpegts.TsListener;
import io.millrace.formats.mpegts.TsProgram;
import io.millrace.formats.mpegts.TsScanner;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One camera's live end: the object that grows now, how far it was scanned, and the newest
 * segments. Thread-safe: one lock, held while a scan reads what is new (bounded by {@link
 * #SCAN_BYTES} a turn).
 */
final class Camera {
    static final Duration LIVE = Duration.ofSeconds(10);
    private static final int SCAN_BYTES = 8 << 20;
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int PIECE_BYTES =
            16 << 10; // after each, the line hears the latest timestamp
    private static final int WINDOW = 40;
    private static final int SHOWN = 24;
    private static final Duration CHECKPOINT = Duration.ofSeconds(10);

    private final String device;
    private final Store store;
    private final CameraIndex index;
    private final InstantSource clock;

    private final Deque<Segment> window = new ArrayDeque<>();
    private long discontinuitiesGone;
    private @Nullable CameraObject current;
    private @Nullable SegmentLine line;
    private @Nullable TsScanner scanner;
    private final List<Segment> unwritten = new ArrayList<>();
    private long written;
    private long scanned;
    private long size;
    private long segments;
    private boolean ended;
    private Instant lastAppend = Instant.EPOCH;
    private Instant lastCheckpoint = Instant.EPOCH;
    private String problem = "";
    private int width;
    private int height;
    private String codecs = "";
    private long arrival;
    private long damages;

    Camera(String device, Store store, CameraIndex index, InstantSource clock) {
        this.device = device;
        this.store = store;
        this.index = index;
        this.clock = clock;
    }

    /** Takes up where the index on disk ends; call once before the first scan. */
    synchronized void restore() {
        List<CameraObject> latest = index.latest(device, 2);
        if (latest.isEmpty()) {
            return;
        }
        CameraObject object = latest.getFirst();
        List<Segment> known = index.segments(object);
        if (latest.size() > 1 && known.size() < WINDOW) {
            show(index.segments(latest.get(1)));
        }
        show(known);
        current = object;
        written = known.size() / CameraIndex.CHUNK_SEGMENTS * (long) CameraIndex.CHUNK_SEGMENTS;
        unwritten.addAll(known.subList((int) written, known.size()));
        segments = known.size();
        scanned = known.isEmpty() ? 0 : known.getLast().offset() + known.getLast().lengthBytes();
        long nextMsn = known.isEmpty() ? object.firstMsn() : known.getLast().msn() + 1;
        resume(object, nextMsn, known.isEmpty());
    }

    private void resume(CameraObject object, long nextMsn, boolean discontinuity) {
        SegmentLine next = new SegmentLine(object.incarnation(), nextMsn, discontinuity);
        line = next;
        scanner = null;
    }

    /**
     * Scans what is new in an object.
     *
     * @param arrived when the newest bytes were appended
     * @return whether more is waiting
     */
    synchronized boolean scan(String bucket, String key, Instant arrived) {
        Optional<ObjectReader> opened = store.objects().open(bucket, key);
        if (opened.isEmpty()) {
            return false;
        }
        ObjectReader reader = opened.get();
        ObjectInfo info = reader.info();
        CameraObject object = current;
        if (object == null || object.incarnation() != info.incarnation()) {
            if (object != null && info.incarnation() < object.incarnation()) {
                return false; // an append to an older object: it plays from the archive, not here
            }
            object = switchTo(bucket, key, info, arrived);
        }
        size = info.sizeBytes();
        if (arrived.isAfter(lastAppend)) {
            lastAppend = arrived;
        }
        long end = Math.min(size, scanned + SCAN_BYTES);
        read(reader, end, arrived.toEpochMilli());
        if (info.sealedTime() != null && end == size) {
            finish();
        }
        collect();
        checkpoint(false);
        return end < size;
    }

    private CameraObject switchTo(String bucket, String key, ObjectInfo info, Instant arrived) {
        finish();
        collect();
        checkpoint(true);
        long firstMsn = window.isEmpty() ? 0 : window.getLast().msn() + 1;
        CameraObject object =
                new CameraObject(
                        device, bucket, key, info.incarnation(), arrived.toEpochMilli(), firstMsn);
        index.putObject(object);
        current = object;
        unwritten.clear();
        written = 0;
        scanned = 0;
        segments = 0;
        ended = false;
        problem = "";
        resume(object, firstMsn, !window.isEmpty());
        return object;
    }

    private void read(ObjectReader reader, long end, long arrivalMillis) {
        SegmentLine target = line;
        if (target == null) {
            return;
        }
        arrival = arrivalMillis;
        TsScanner active = scanner;
        if (active == null) {
            active = new TsScanner(scanned, null, new Findings(target));
            scanner = active;
        }
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, end - scanned))];
        while (scanned < end) {
            int n = reader.read(scanned, buffer, 0, (int) Math.min(buffer.length, end - scanned));
            if (n <= 0) {
                break;
            }
            for (int at = 0; at < n; at += PIECE_BYTES) {
                active.feed(buffer, at, Math.min(PIECE_BYTES, n - at));
                if (active.lastPts() >= 0) {
                    target.picture(active.lastPts());
                }
            }
            scanned += n;
        }
    }

    /** Hears what the scanner finds; called under the camera's lock. */
    private final class Findings implements TsListener {
        private final SegmentLine target;

        Findings(SegmentLine target) {
            this.target = target;
        }

        @Override
        public void program(TsProgram program) {
            boolean playable = !program.hasVideo() || program.videoType() == TsProgram.H264;
            problem = playable ? "" : "The video is not H.264: most browsers can't play it.";
        }

        @Override
        public void keyframe(TsKeyframe keyframe) {
            if (keyframe.pts() < 0) {
                return;
            }
            if (!keyframe.tablesInFront()) {
                problem =
                        "PAT and PMT don't stand before keyframes: some players can't begin there.";
            }
            target.keyframe(keyframe.entryOffset(), keyframe.pts(), arrival);
        }

        @Override
        public void codec(TsCodec codec) {
            width = codec.width();
            height = codec.height();
            codecs =
                    java.util.stream.Stream.of(codec.video(), codec.audio())
                            .filter(java.util.Objects::nonNull)
                            .collect(java.util.stream.Collectors.joining(","));
        }

        @Override
        public void damage(long offset, Damage kind, long amount) {
            damages++;
        }
    }

    private void finish() {
        if (!ended && line != null) {
            line.end(scanned);
            ended = true;
        }
    }

    private void collect() {
        if (line != null) {
            List<Segment> fresh = line.take();
            segments += fresh.size();
            unwritten.addAll(fresh);
            show(fresh);
        }
    }

    private void show(List<Segment> fresh) {
        for (Segment segment : fresh) {
            window.add(segment);
            if (window.size() > WINDOW && window.removeFirst().discontinuity()) {
                discontinuitiesGone++;
            }
        }
    }

    private void checkpoint(boolean now) {
        CameraObject object = current;
        Instant time = clock.instant();
        if (object == null
                || unwritten.isEmpty()
                || !now && time.isBefore(lastCheckpoint.plus(CHECKPOINT))) {
            return;
        }
        lastCheckpoint = time;
        int chunk = (int) (written / CameraIndex.CHUNK_SEGMENTS);
        while (unwritten.size() >= CameraIndex.CHUNK_SEGMENTS) {
            List<Segment> full = unwritten.subList(0, CameraIndex.CHUNK_SEGMENTS);
            index.putChunk(object, chunk++, full);
            full.clear();
            written += CameraIndex.CHUNK_SEGMENTS;
        }
        index.putChunk(object, chunk, unwritten);
    }

    /** Writes what the index on disk lacks. */
    synchronized void close() {
        checkpoint(true);
    }

    /** The object is gone: its segments leave the playlist. */
    synchronized void forget(long incarnation) {
        window.removeIf(s -> s.incarnation() == incarnation);
        index.deleteObject(device, incarnation);
        if (current != null && current.incarnation() == incarnation) {
            current = null;
            line = null;
            scanner = null;
            unwritten.clear();
            size = 0;
            segments = 0;
        }
    }

    /** The live playlist; empty while there is nothing to play. */
    synchronized Optional<String> playlist() {
        List<Segment> all = new ArrayList<>(window);
        List<Segment> shown = all.subList(Math.max(0, all.size() - SHOWN), all.size());
        if (shown.isEmpty()) {
            return Optional.empty();
        }
        long gone = discontinuitiesGone;
        for (Segment segment : all) {
            if (segment.msn() > shown.getFirst().msn()) {
                break;
            }
            gone += segment.discontinuity() ? 1 : 0;
        }
        return Optional.of(CameraPlaylist.write(shown, shown.getFirst().msn(), gone, false));
    }

    /** The object that grows now. */
    synchronized Optional<CameraObject> current() {
        return Optional.ofNullable(current);
    }

    /** Segments of the current object, whether on disk or not. */
    synchronized List<Segment> currentSegments() {
        CameraObject object = current;
        if (object == null) {
            return List.of();
        }
        List<Segment> out =
                new ArrayList<>(
                        written > 0 ? index.segments(object).subList(0, (int) written) : List.of());
        out.addAll(unwritten);
        return out;
    }

    synchronized CameraStatus status() {
        List<Segment> all = new ArrayList<>(window);
        List<Segment> latest = all.subList(Math.max(0, all.size() - 5), all.size());
        double seconds = latest.stream().mapToDouble(Segment::seconds).sum();
        long bytes = latest.stream().mapToLong(Segment::lengthBytes).sum();
        CameraObject object = current;
        boolean live = lastAppend.isAfter(clock.instant().minus(LIVE));
        double last = latest.isEmpty() ? 0 : latest.getLast().seconds();
        return new CameraStatus(
                device,
                live,
                object == null ? null : object.bucket(),
                object == null ? null : object.key(),
                object == null ? 0 : object.incarnation(),
                size,
                object == null ? null : Instant.ofEpochMilli(object.startMillis()),
                lastAppend.equals(Instant.EPOCH) ? null : lastAppend,
                segments,
                last,
                seconds == 0 ? 0 : (long) (bytes * 8 / seconds),
                width,
                height,
                codecs,
                warning(last));
    }

    private String warning(double lastSeconds) {
        if (!problem.isEmpty()) {
            return problem;
        }
        if (lastSeconds > 4) {
            return "Keyframes are %.0f s apart: playback lags by as much. Set the camera's GOP to 1–2 s and turn smart codecs off."
                    .formatted(lastSeconds);
        }
        if (damages > 0 && segments == 0) {
            return "The bytes are no clean MPEG-TS ("
                    + damages
                    + " damaged places); they are stored all the same.";
        }
        if (segments == 0 && size > 1 << 20) {
            return "No keyframe in the first " + (size >> 20) + " MiB. Send H.264 in MPEG-TS.";
        }
        return "";
    }
}
