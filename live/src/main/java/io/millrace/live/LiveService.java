package io.millrace.live;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Opened;
import io.millrace.kit.door.DoorMetrics;
import io.millrace.live.camera.Cameras;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.RecentMedia;
import io.millrace.live.record.Spool;
import io.millrace.live.record.Uploader;
import io.millrace.live.rtmp.RtmpDoor;
import io.millrace.live.rtmp.RtmpDoorOptions;
import io.millrace.live.stream.Desk;
import io.millrace.live.stream.LiveStream;
import io.millrace.store.Store;
import io.millrace.store.log.Change;
import io.millrace.work.Follower;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts of live together; see {@link Live}. */
final class LiveService implements Live {
    private static final Logger LOG = LoggerFactory.getLogger(LiveService.class);
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration GATHER = Duration.ofMillis(100);
    private static final String CAMERA_ROOT = "/_camera/";
    private static final long TICK_MILLISECONDS = 250;
    private static final long PATROL_MILLISECONDS = 2_000;

    private final StreamBook streams;
    private final Spool spool;
    private final Uploader uploader;
    private final Recordings recordings;
    private final Playback playback;
    private final @Nullable RtmpDoor door;
    private final Cameras cameras;
    private final Follower<Change> follower;
    private volatile boolean closed;

    private LiveService(
            StreamBook streams,
            Spool spool,
            Uploader uploader,
            Recordings recordings,
            Playback playback,
            @Nullable RtmpDoor door,
            Cameras cameras,
            Follower<Change> follower) {
        this.streams = streams;
        this.spool = spool;
        this.uploader = uploader;
        this.recordings = recordings;
        this.playback = playback;
        this.door = door;
        this.cameras = cameras;
        this.follower = follower;
    }

    static LiveService open(
            KeySpace keySpace,
            Leases leases,
            Store store,
            StreamKeys keys,
            Cameras cameras,
            LiveOptions options,
            Announcements announcements,
            Clocks clocks,
            MeterRegistry metrics) {
        Catalogue catalogue = new Catalogue(keySpace);
        Spool spool = Spool.open(options.spool(), options.spoolMaxBytes());
        RecentMedia recent = new RecentMedia(options.memoryBytes());
        StreamBook streams = new StreamBook(catalogue, leases, store, spool, keys, options);
        try (Opened opened = new Opened()) {
            opened.add(cameras);
            Uploader uploader = opened.add(new Uploader(store, catalogue, spool, streams, clocks));
            streams.open(
                    new Desk(
                            catalogue,
                            uploader,
                            recent,
                            clocks,
                            announcements,
                            options.reconnectGrace(),
                            new Troubles(clocks.steady())));
            Recordings recordings =
                    opened.add(new Recordings(streams, catalogue, store, clocks.steady()));
            uploader.start();
            recordings.start();
            Playback playback = new Playback(streams, catalogue, recent, spool, store);
            RtmpDoor door =
                    options.rtmpPort() < 0
                            ? null
                            : opened.add(
                                    RtmpDoor.open(
                                            doorOptions(options), streams, clocks.monotonic()));
            Follower<Change> follower =
                    opened.add(
                            Follower.start(
                                    cameras.follower(),
                                    store.changes(),
                                    leases,
                                    cameras.changes()));
            LiveService live =
                    new LiveService(
                            streams,
                            spool,
                            uploader,
                            recordings,
                            playback,
                            door,
                            cameras,
                            follower);
            live.register(metrics, recent);
            Thread.ofVirtual().name("live-tick").start(live::tick);
            Thread.ofVirtual().name("live-patrol").start(live::patrol);
            opened.keep();
            return live;
        }
    }

    private static RtmpDoorOptions doorOptions(LiveOptions options) {
        return new RtmpDoorOptions(
                options.host(),
                options.rtmpPort(),
                options.bounds(),
                HANDSHAKE_TIMEOUT,
                options.idleTimeout(),
                GATHER,
                options.maxBitrateBitsPerSecond());
    }

    private void register(MeterRegistry metrics, RecentMedia recent) {
        Gauge.builder("millrace.live.streams", this, LiveService::liveStreams)
                .description("Streams with a publisher")
                .register(metrics);
        Gauge.builder("millrace.live.memory.bytes", recent, RecentMedia::bytes).register(metrics);
        Gauge.builder("millrace.live.spool.segments", spool, Spool::size).register(metrics);
        Gauge.builder("millrace.live.spool.bytes", spool, Spool::bytes).register(metrics);
        Gauge.builder("millrace.live.unsent.segments", uploader, Uploader::waiting)
                .register(metrics);
        FunctionCounter.builder("millrace.live.segments", uploader, Uploader::storedSegments)
                .description("Segments that reached the store")
                .register(metrics);
        FunctionCounter.builder("millrace.live.upload.failures", uploader, Uploader::failures)
                .register(metrics);
        FunctionCounter.builder("millrace.live.segments.lost", uploader, Uploader::lostSegments)
                .register(metrics);
        FunctionCounter.builder("millrace.live.dropped.units", this, LiveService::droppedUnits)
                .description("Access units dropped because they were damaged")
                .register(metrics);
        if (door != null) {
            Gauge.builder("millrace.rtmp.connections", door, RtmpDoor::connections)
                    .register(metrics);
            FunctionCounter.builder("millrace.rtmp.received.bytes", door, RtmpDoor::receivedBytes)
                    .register(metrics);
            DoorMetrics.register(metrics, "rtmp", List.of(door.guests()));
        }
    }

    private double liveStreams() {
        return streams.owners().stream().filter(s -> s.status().publishing()).count();
    }

    private double droppedUnits() {
        return streams.owners().stream().mapToLong(s -> s.status().droppedAccessUnits()).sum();
    }

    private void tick() {
        while (!closed) {
            try {
                TimeUnit.MILLISECONDS.sleep(TICK_MILLISECONDS);
                streams.owners().forEach(LiveStream::tick);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("a stream's tick failed", e);
            }
        }
    }

    private void patrol() {
        while (!closed) {
            try {
                TimeUnit.MILLISECONDS.sleep(PATROL_MILLISECONDS);
                streams.patrol();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.warn("looking after the streams failed: {}", e.toString());
                }
            }
        }
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public Recordings recordings() {
        return recordings;
    }

    @Override
    public Cameras cameras() {
        return cameras;
    }

    @Override
    public PlaybackAnswer play(String path, String rawQuery) {
        return path.startsWith(CAMERA_ROOT) ? cameras.play(path, rawQuery) : playback.play(path);
    }

    @Override
    public int rtmpPort() {
        return door == null ? -1 : door.port();
    }

    @Override
    public void close() {
        closed = true;
        if (door != null) {
            door.close();
        }
        streams.owners().forEach(s -> s.cut("the server stops"));
        recordings.close();
        uploader.close();
        cameras.close();
        follower.close();
        streams.close();
    }
}
