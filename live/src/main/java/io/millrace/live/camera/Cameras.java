package io.millrace.live.camera;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cameras' playback: answers playlists and their bytes from the index, and says how cameras are
 * doing. What the index holds is {@link Following}'s work. Thread-safe.
 */
public final class Cameras implements AutoCloseable {
    /** How the names of the consumers of the change log begin. */
    static final String FOLLOWERS = "cameras/";

    private static final Duration LIVE_MAX_AGE = Duration.ofSeconds(1);
    private static final Duration ARCHIVE_MAX_AGE = Duration.ofSeconds(60);
    private static final Duration TAKE_OVER = Duration.ofSeconds(5);
    private static final int DEVICES_A_PAGE = 1_000;

    private final Store store;
    private final Access access;
    private final Clocks clocks;
    private final CameraIndex index;
    private final Timeline timeline;
    private final Following following;
    private final String follower;

    public Cameras(
            KeySpace keySpace, Store store, Access access, Clocks clocks, MeterRegistry metrics) {
        this(keySpace, store, access, clocks, metrics, Scans.MOST_WORKS);
    }

    /**
     * @param mostWorks how many objects are worked on at a time
     */
    Cameras(
            KeySpace keySpace,
            Store store,
            Access access,
            Clocks clocks,
            MeterRegistry metrics,
            int mostWorks) {
        this.store = store;
        this.access = access;
        this.clocks = clocks;
        this.follower = FOLLOWERS + store.extentStore();
        this.index = new CameraIndex(keySpace, store.extentStore());
        this.timeline = new Timeline(index);
        this.following =
                new Following(
                        keySpace,
                        store,
                        access.devices(),
                        clocks,
                        metrics.counter("millrace.camera.scan.failures"),
                        mostWorks);
        Gauge.builder(
                        "millrace.camera.live",
                        this,
                        c -> c.list().stream().filter(CameraStatus::live).count())
                .register(metrics);
        Gauge.builder("millrace.camera.objects.growing", this, Cameras::growing).register(metrics);
    }

    private int growing() {
        return following.scans().map(Scans::active).orElse(0);
    }

    /**
     * The name under which the change log is followed: once for each extent store, by the node that
     * has its bytes.
     */
    public String follower() {
        return follower;
    }

    /** What to do with the change log's records. */
    public Follower.Handler<Change> changes() {
        return following;
    }

    /** The camera as this node scans it; elsewhere as the index has it now. */
    private Camera camera(String device) {
        return following
                .scans()
                .map(mine -> mine.camera(device))
                .orElseGet(() -> Camera.restore(device, index, clocks));
    }

    /** Answers a path below {@code /_camera/}; see {@link CameraPath}. */
    public PlaybackAnswer play(String path, String rawQuery) {
        CameraPath asked = CameraPath.parse(path, rawQuery);
        if (asked instanceof CameraPath.Wrong(String reason)) {
            return new PlaybackAnswer.BadRequest(reason);
        }
        Optional<DeviceInfo> device = access.devices().get(asked.device());
        if (device.isEmpty()) {
            return new PlaybackAnswer.NotFound("There is no camera " + asked.device() + ".");
        }
        return switch (asked) {
            case CameraPath.Wrong(String reason) -> new PlaybackAnswer.BadRequest(reason);
            case CameraPath.LivePlaylist live -> live(device.get().id());
            case CameraPath.Archive window -> archived(window);
            case CameraPath.Media(String id, long incarnation) -> media(device.get(), incarnation);
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
                            + following.looked().orElse(0L)
                            + " objects looked at.",
                    TAKE_OVER);
        }
        following.scans().ifPresent(mine -> mine.save(asked.device()));
        Timeline.Window window = asked.window(clocks.wall().millis());
        Timeline.Extent extent = timeline.extent(window);
        if (extent.entries() == 0) {
            return new PlaybackAnswer.NotFound(
                    "Camera " + asked.device() + " recorded nothing in that time.");
        }
        if (extent.entries() <= window.limit()) {
            return past(window.unlimited(), extent, Optional.empty());
        }
        if (asked.limit().isEmpty()) {
            return new PlaybackAnswer.BadRequest(
                    "That time has more than "
                            + Timeline.MOST_ENTRIES
                            + " segments. Ask for it by pages: add 'limit', then follow the Link"
                            + " header, whose 'page' says where the next page begins.");
        }
        Optional<Timeline.Place> next = timeline.read(window, line -> {});
        return past(
                next.isPresent() ? window : window.unlimited(),
                extent,
                next.map(place -> asked.next(window, place)));
    }

    private PlaybackAnswer past(
            Timeline.Window window, Timeline.Extent extent, Optional<String> next) {
        return new PlaybackAnswer.LongPlaylist(
                CameraPlaylist.past(timeline, window, extent.longestTicks()),
                ARCHIVE_MAX_AGE,
                next);
    }

    private PlaybackAnswer media(DeviceInfo device, long incarnation) {
        Optional<ObjectReader> opened =
                place(device, incarnation)
                        .filter(key -> key.startsWith(device.prefix()))
                        .flatMap(key -> store.objects().open(device.bucket(), key));
        if (opened.isPresent()) {
            ObjectReader reader = opened.get();
            ObjectInfo info = reader.info();
            if (info.incarnation() == incarnation) {
                boolean growing = info.type() == ObjectType.APPENDABLE && info.sealedTime() == null;
                String etag = Long.toUnsignedString(incarnation, 36);
                return new PlaybackAnswer.Media(
                        "video/mp2t", etag, true, growing, new ObjectBody(reader));
            }
            reader.close();
        }
        return new PlaybackAnswer.NotFound(
                "Camera " + device.id() + " has no object " + incarnation + ".");
    }

    /** The key of a device's object. One so new that it was never scanned is only noted yet. */
    private Optional<String> place(DeviceInfo device, long incarnation) {
        return index.object(device.id(), incarnation)
                .map(CameraObject::key)
                .or(() -> index.pending(device.id(), incarnation).map(CameraIndex.Pending::key));
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
                following
                        .looked()
                        .map(n -> "The archive is being read again: " + n + " objects looked at.")
                        .orElse("");
        return camera(device).status(remark);
    }

    /**
     * A page of what the index knows of a device's objects, in the order of their numbers.
     *
     * @param after the number of the last one that was given, 0 at first
     */
    public List<CameraRecording> recordings(String device, long after, int limit) {
        following.scans().ifPresent(mine -> mine.save(device));
        return index.objects(device, after, limit).stream().map(index::recording).toList();
    }

    /** Stops scanning and writes the index, if this node still may; another follows. */
    @Override
    public void close() {
        following.end();
    }
}
