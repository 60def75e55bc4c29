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
import io.millrace.store.log.Change;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectType;
import io.millrace.work.Follower;
import io.millrace.work.Stamped;
import io.millrace.work.Tenure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cameras' playback: hears from the change log which objects grew, has them scanned and answers
 * playlists. Thread-safe.
 */
public final class Cameras implements AutoCloseable {
    private static final Duration LIVE_MAX_AGE = Duration.ofSeconds(1);
    private static final Duration ARCHIVE_MAX_AGE = Duration.ofSeconds(60);
    private static final Duration TAKE_OVER = Duration.ofSeconds(5);
    private static final int DEVICES_A_PAGE = 1_000;

    private final KeySpace keySpace;
    private final Store store;
    private final Access access;
    private final Clocks clocks;
    private final InstantSource wall;
    private final CameraIndex index;
    private final Timeline timeline;
    private final Counter failures;

    /** While this node is the one that scans. */
    private volatile @Nullable Scans scans;

    private volatile @Nullable Rescan rescan;

    public Cameras(
            KeySpace keySpace, Store store, Access access, Clocks clocks, MeterRegistry metrics) {
        this.keySpace = keySpace;
        this.store = store;
        this.access = access;
        this.clocks = clocks;
        this.wall = clocks.wall();
        this.index = new CameraIndex(keySpace);
        this.timeline = new Timeline(index);
        this.failures = metrics.counter("millrace.camera.scan.failures");
        Gauge.builder(
                        "millrace.camera.live",
                        this,
                        c -> c.list().stream().filter(CameraStatus::live).count())
                .register(metrics);
        Gauge.builder("millrace.camera.objects.growing", this, Cameras::growing).register(metrics);
    }

    private int growing() {
        Scans mine = scans;
        return mine == null ? 0 : mine.active();
    }

    /** What to do with the change log's records; quick, the work is done elsewhere. */
    public Follower.Handler<Change> changes() {
        return new Follower.Handler<>() {
            @Override
            public void begin(Tenure tenure) {
                scan(tenure);
            }

            @Override
            public void handle(Tenure tenure, int shard, List<Stamped<Change>> records) {
                Scans mine = Objects.requireNonNull(scans);
                records.forEach(r -> mine.changed(r.record()));
            }

            @Override
            public void rescan(Tenure tenure) {
                lookAtAll(new OwnedIndex(tenure.keySpace()), Objects.requireNonNull(scans));
            }

            @Override
            public void end() {
                close();
            }
        };
    }

    /**
     * Goes on with what waited when the last owner ended; before it, once, the index of an older
     * version is taken over.
     */
    private void scan(Tenure tenure) {
        OwnedIndex owned = new OwnedIndex(tenure.keySpace());
        Scans mine =
                new Scans(
                        store,
                        access.devices(),
                        owned,
                        tenure::goesOn,
                        clocks.monotonic(),
                        failures);
        scans = mine;
        if (!owned.isCurrent()) {
            new UpgradeFrom1(keySpace, store, owned).run();
            lookAtAll(owned, mine);
            owned.markCurrent();
        }
        mine.resume();
    }

    private void lookAtAll(OwnedIndex owned, Scans mine) {
        Rescan looking = new Rescan(store, access.devices(), owned, mine);
        rescan = looking;
        try {
            looking.run();
        } finally {
            rescan = null;
        }
    }

    /** The camera as this node scans it; elsewhere as the index has it now. */
    private Camera camera(String device) {
        Scans mine = scans;
        return mine == null
                ? Camera.restore(device, index, clocks.monotonic())
                : mine.camera(device);
    }

    /** Answers a path below {@code /_camera/}; see {@link CameraPath}. */
    public PlaybackAnswer play(String path, String rawQuery) {
        CameraPath asked = CameraPath.parse(path, rawQuery);
        if (asked instanceof CameraPath.Wrong(String reason)) {
            return new PlaybackAnswer.BadRequest(reason);
        }
        if (access.devices().get(asked.device()).isEmpty()) {
            return new PlaybackAnswer.NotFound("There is no camera " + asked.device() + ".");
        }
        return switch (asked) {
            case CameraPath.Wrong(String reason) -> new PlaybackAnswer.BadRequest(reason);
            case CameraPath.LivePlaylist(String device) -> live(device);
            case CameraPath.Archive window -> archived(window);
            case CameraPath.Media(String device, long incarnation) -> media(device, incarnation);
        };
    }

    private PlaybackAnswer live(String device) {
        return camera(device)
                .playlist()
                .<PlaybackAnswer>map(text -> new PlaybackAnswer.Playlist(text, LIVE_MAX_AGE))
                .orElse(
                        new PlaybackAnswer.NotFound(
                                "Camera " + device + " has sent no playable second yet."));
    }

    private PlaybackAnswer archived(CameraPath.Archive asked) {
        if (!index.isCurrent()) {
            return new PlaybackAnswer.Unavailable(
                    "The archive is being taken over from an older version: "
                            + looked()
                            + " objects looked at.",
                    TAKE_OVER);
        }
        Scans mine = scans;
        if (mine != null) {
            mine.save(asked.device());
        }
        long now = wall.millis();
        Timeline.Window window = asked.window(now);
        Timeline.Extent extent = timeline.extent(window);
        if (extent.entries() == 0) {
            return new PlaybackAnswer.NotFound(
                    "Camera " + asked.device() + " recorded nothing in that time.");
        }
        if (extent.entries() <= window.limit()) {
            return past(window, extent, Optional.empty());
        }
        if (asked.limit().isEmpty()) {
            return new PlaybackAnswer.BadRequest(
                    "That time has more than "
                            + Timeline.MOST_ENTRIES
                            + " segments. Ask for it by pages: add 'limit', then follow the Link"
                            + " header, whose 'page' says where the next page begins.");
        }
        Optional<Timeline.Place> next = timeline.read(window, line -> {});
        return past(window, extent, next.map(place -> asked.next(window, place)));
    }

    private PlaybackAnswer past(
            Timeline.Window window, Timeline.Extent extent, Optional<String> next) {
        return new PlaybackAnswer.LongPlaylist(
                CameraPlaylist.past(timeline, window, extent.longestTicks()),
                ARCHIVE_MAX_AGE,
                next);
    }

    private PlaybackAnswer media(String device, long incarnation) {
        Optional<ObjectReader> reader =
                index.object(device, incarnation)
                        .flatMap(o -> store.objects().open(o.bucket(), o.key()))
                        .or(() -> unsaved(device, incarnation))
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

    /** An object so new that the index has it as work only. */
    private Optional<ObjectReader> unsaved(String device, long incarnation) {
        return Optional.ofNullable(scans)
                .flatMap(mine -> mine.pending(device, incarnation))
                .flatMap(
                        o ->
                                store.buckets()
                                        .byId(o.bucketId())
                                        .flatMap(b -> store.objects().open(b.name(), o.key())));
    }

    /** Every registered device's state. */
    public List<CameraStatus> list() {
        List<CameraStatus> all = new ArrayList<>();
        String after = "";
        List<DeviceInfo> page;
        do {
            page = access.devices().list(after, DEVICES_A_PAGE);
            for (DeviceInfo device : page) {
                all.add(state(device.id()));
                after = device.id();
            }
        } while (page.size() == DEVICES_A_PAGE);
        return all;
    }

    public Optional<CameraStatus> status(String device) {
        return access.devices().get(device).map(d -> state(d.id()));
    }

    private CameraStatus state(String device) {
        String remark =
                rescan == null
                        ? ""
                        : "The archive is being read again: " + looked() + " objects looked at.";
        return camera(device).status(remark);
    }

    private long looked() {
        Rescan looking = rescan;
        return looking == null ? 0 : looking.looked();
    }

    /** Stops scanning and writes the index, if this node still may; another follows. */
    @Override
    public void close() {
        Scans mine = scans;
        if (mine != null) {
            mine.close();
            scans = null;
        }
    }
}
