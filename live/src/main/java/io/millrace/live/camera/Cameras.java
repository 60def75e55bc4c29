package io.millrace.live.camera;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.live.PlaybackAnswer;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectType;
import io.millrace.work.Follower;
import io.millrace.work.Stamped;
import io.millrace.work.Tenure;
import io.millrace.work.WorkException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cameras' playback: hears from the change log which objects grew, scans what is new and answers
 * playlists. Thread-safe.
 *
 * <p>Each camera is scanned by one virtual thread at a time; at most {@link #SCANS} read at once.
 */
public final class Cameras implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cameras.class);
    private static final int SCANS = 8;
    private static final Duration LIVE_MAX_AGE = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration ARCHIVE_MAX_AGE = Duration.ofSeconds(60);

    private final Store store;
    private final InstantSource clock;
    private final CameraIndex index;
    private final Archive archive;
    private final DeviceTable devices;
    private final Map<String, Camera> cameras = new ConcurrentHashMap<>();
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();
    private final Semaphore scans = new Semaphore(SCANS);
    private final Counter failures;
    private volatile boolean closed;

    /**
     * The newest thing to scan for a camera; appends that come while it runs replace each other.
     */
    private record Job(String bucket, String key, Instant arrived) {}

    public Cameras(
            KeySpace keySpace, Store store, Access access, Clocks clocks, MeterRegistry metrics) {
        this.store = store;
        this.clock = clocks.wall();
        this.index = new CameraIndex(keySpace);
        this.archive = new Archive(index);
        this.devices = new DeviceTable(access, clocks.monotonic());
        this.failures = metrics.counter("millrace.camera.scan.failures");
        Gauge.builder(
                        "millrace.camera.live",
                        this,
                        c -> c.list().stream().filter(CameraStatus::live).count())
                .register(metrics);
    }

    /** Catches up with what devices appended while nobody looked. */
    private void catchUp() {
        for (DeviceInfo device : devices.all()) {
            Camera camera = camera(device.id());
            camera.current()
                    .ifPresent(o -> changed(device.id(), o.bucket(), o.key(), lastModified(o)));
        }
    }

    private Instant lastModified(CameraObject object) {
        return store.objects()
                .head(object.bucket(), object.key())
                .map(ObjectInfo::lastModified)
                .orElse(Instant.EPOCH);
    }

    /** The camera as this node follows it; elsewhere as the index on disk has it now. */
    private Camera camera(String device) {
        return index.owned() ? cameras.computeIfAbsent(device, this::restored) : restored(device);
    }

    private Camera restored(String device) {
        Camera camera = new Camera(device, store, index, clock);
        camera.restore();
        return camera;
    }

    /** What to do with the change log's records; quick, the work is done elsewhere. */
    public Follower.Handler<Change> changes() {
        return new Follower.Handler<>() {
            @Override
            public void begin(Tenure tenure) {
                index.owned(tenure.keySpace());
                catchUp();
            }

            @Override
            public void handle(Tenure tenure, int shard, List<Stamped<Change>> records) {
                records.forEach(r -> changed(r.record()));
            }

            @Override
            public void rescan(Tenure tenure) {
                devices.all().forEach(Cameras.this::rescan);
            }

            @Override
            public void end() {
                forget();
            }
        };
    }

    /**
     * Writes what the index lacks, if it still may, and remembers nothing: another node follows.
     */
    private void forget() {
        try {
            cameras.values().forEach(Camera::close);
        } catch (WorkException e) {
            LOG.info("the cameras' last seconds are for the next follower: {}", e.getMessage());
        } finally {
            index.owned(null);
            cameras.clear();
        }
    }

    private void rescan(DeviceInfo device) {
        Listing page;
        String after = "";
        do {
            page =
                    store.objects()
                            .list(
                                    new ListObjects(
                                            device.bucket(), device.prefix(), "", after, 500));
            for (ObjectInfo object : page.entries()) {
                if (object.type() == ObjectType.APPENDABLE) {
                    changed(device.id(), object.bucket(), object.key(), object.lastModified());
                }
            }
            after = page.next();
        } while (page.truncated() && !closed);
    }

    private void changed(Change change) {
        Optional<Bucket> bucket = store.buckets().byId(change.bucketId());
        if (bucket.isEmpty()) {
            return;
        }
        Optional<DeviceInfo> device = devices.of(bucket.get().name(), change.key());
        if (device.isEmpty()) {
            return;
        }
        String id = device.get().id();
        switch (change.kind()) {
            case APPEND, SEAL -> changed(id, bucket.get().name(), change.key(), change.time());
            case DELETE -> camera(id).forget(change.incarnation());
            case PUT, META -> {
                if (change.kind() == ChangeKind.PUT
                        && appendable(bucket.get().name(), change.key())) {
                    changed(id, bucket.get().name(), change.key(), change.time());
                }
            }
        }
    }

    private boolean appendable(String bucket, String key) {
        return store.objects()
                .head(bucket, key)
                .map(i -> i.type() == ObjectType.APPENDABLE)
                .orElse(false);
    }

    private void changed(String device, String bucket, String key, Instant arrived) {
        Job job = new Job(bucket, key, arrived);
        if (jobs.put(device, job) == null && !closed) {
            Thread.ofVirtual().name("camera-" + device).start(() -> work(device));
        }
    }

    private void work(String device) {
        while (!closed) {
            Job job = jobs.get(device);
            if (job == null) {
                return;
            }
            boolean more = scan(device, job);
            if (!more && jobs.remove(device, job)) {
                return;
            }
        }
    }

    private boolean scan(String device, Job job) {
        scans.acquireUninterruptibly();
        try {
            return camera(device).scan(job.bucket(), job.key(), job.arrived());
        } catch (RuntimeException e) {
            failures.increment();
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("device", device)
                    .addKeyValue("key", job.key())
                    .log("camera scan failed");
            return false;
        } finally {
            scans.release();
        }
    }

    /** Answers a path below {@code /_camera/}; see {@link CameraPath}. */
    public PlaybackAnswer play(String path, String rawQuery) {
        return switch (CameraPath.parse(path, rawQuery)) {
            case CameraPath.Wrong(String reason) -> new PlaybackAnswer.BadRequest(reason);
            case CameraPath.LivePlaylist(String device) when !index.owned() ->
                    known(device)
                            ? new PlaybackAnswer.Unavailable(
                                    "Another node follows the cameras; it has this playlist.",
                                    RETRY)
                            : unknown(device);
            case CameraPath.LivePlaylist(String device) ->
                    known(device)
                            ? camera(device)
                                    .playlist()
                                    .<PlaybackAnswer>map(
                                            text -> new PlaybackAnswer.Playlist(text, LIVE_MAX_AGE))
                                    .orElse(
                                            new PlaybackAnswer.NotFound(
                                                    "Camera "
                                                            + device
                                                            + " has sent no playable second yet."))
                            : unknown(device);
            case CameraPath.Archive window ->
                    known(window.device()) ? archived(window) : unknown(window.device());
            case CameraPath.Media(String device, long incarnation) -> media(device, incarnation);
        };
    }

    private boolean known(String device) {
        return devices.all().stream().anyMatch(d -> d.id().equals(device));
    }

    private static PlaybackAnswer unknown(String device) {
        return new PlaybackAnswer.NotFound("There is no camera " + device + ".");
    }

    private PlaybackAnswer archived(CameraPath.Archive window) {
        List<Segment> segments =
                archive.window(
                        window.device(),
                        window.fromMillis(),
                        window.toMillis(),
                        camera(window.device()));
        if (segments.isEmpty()) {
            return new PlaybackAnswer.NotFound(
                    "Camera " + window.device() + " recorded nothing in that time.");
        }
        return new PlaybackAnswer.Playlist(
                CameraPlaylist.write(segments, 0, 0, true), ARCHIVE_MAX_AGE);
    }

    private PlaybackAnswer media(String device, long incarnation) {
        Optional<CameraObject> object =
                camera(device)
                        .current()
                        .filter(o -> o.incarnation() == incarnation)
                        .or(() -> index.object(device, incarnation));
        Optional<ObjectReader> reader =
                object.flatMap(o -> store.objects().open(o.bucket(), o.key()))
                        .filter(r -> r.info().incarnation() == incarnation);
        if (reader.isEmpty()) {
            return new PlaybackAnswer.NotFound(
                    "Camera " + device + " has no object " + incarnation + ".");
        }
        ObjectInfo info = reader.get().info();
        boolean growing = info.type() == ObjectType.APPENDABLE && info.sealedTime() == null;
        String etag = Long.toUnsignedString(incarnation, 36);
        return new PlaybackAnswer.Media(
                "video/mp2t", etag, true, growing, new ObjectBody(reader.get()));
    }

    /** Every registered device's state. */
    public List<CameraStatus> list() {
        return devices.all().stream().map(d -> camera(d.id()).status()).toList();
    }

    public Optional<CameraStatus> status(String device) {
        return known(device) ? Optional.of(camera(device).status()) : Optional.empty();
    }

    /** Stops scanning; the follower is closed after this, and writes the index as it ends. */
    @Override
    public void close() {
        closed = true;
    }
}
