package io.millrace.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.access.Access;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.kit.Clocks;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.Live;
import io.millrace.live.StreamStatus;
import io.millrace.live.camera.CameraStatus;
import io.millrace.live.camera.Cameras;
import io.millrace.store.Store;
import io.millrace.store.StoreStatistics;
import io.millrace.store.space.Room;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live numbers: once a second the meters and counters of this process are read, and the last
 * five minutes kept for the plots. Thread-safe.
 */
final class Overview {
    private static final Logger LOG = LoggerFactory.getLogger(Overview.class);
    private static final int KEPT = 300;
    private static final int DEVICES_A_READ = 1000;
    private static final int COUNT_EVERY = 3;

    private final ConsoleOptions options;
    private final Store store;
    private final Access access;
    private final Live live;
    private final Cameras cameras;
    private final MeterRegistry metrics;
    private final EdgeReports reports;
    private final Concerns concerns;
    private final InstantSource clock;
    private final MonotonicClock monotonic;
    private final long startedNanos;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private volatile Counts counts = new Counts(0, 0, 0, 0, 0, 0, 0, 0, List.of());
    private @Nullable Totals last;
    private long registrations = -1;
    private int devices;
    private @Nullable Thread sampler;
    private volatile boolean closed;

    Overview(
            ConsoleOptions options,
            Store store,
            Access access,
            Live live,
            Cameras cameras,
            MeterRegistry metrics,
            EdgeReports reports,
            Concerns concerns,
            Clocks clocks) {
        this.options = options;
        this.store = store;
        this.access = access;
        this.live = live;
        this.cameras = cameras;
        this.metrics = metrics;
        this.reports = reports;
        this.concerns = concerns;
        this.clock = clocks.wall();
        this.monotonic = clocks.monotonic();
        this.startedNanos = monotonic.nanos();
    }

    /** Rates at one second. */
    record Point(
            double requests,
            double bytesIn,
            double bytesOut,
            double edgeRequests,
            double edgeBytes,
            @Nullable Double hitRatio,
            long storageBytes) {}

    private record Sample(Instant at, Point point) {}

    private record Counts(
            long storageBytes,
            long objects,
            int buckets,
            int streams,
            int liveStreams,
            int cameras,
            int camerasRecording,
            long freeingBytes,
            List<Concern> concerns) {}

    private record Totals(long nanos, double requests, double bytesIn, double bytesOut) {}

    /** What the page shows at one moment. */
    record Now(
            Instant now,
            long uptimeSeconds,
            String version,
            long storageBytes,
            long objects,
            int buckets,
            int streams,
            int liveStreams,
            int cameras,
            int camerasRecording,
            int edges,
            Disk disk,
            List<Concern> concerns,
            Point latest) {}

    /**
     * How the disks stand that bytes are stored on.
     *
     * @param level plenty, short or full
     * @param freeingBytes what was deleted, or replaced, and is still to be freed
     */
    record Disk(String level, long freeingBytes, List<OneDisk> disks) {
        static Disk of(Room room, long freeingBytes) {
            return new Disk(
                    word(room.level(), room.isShort()),
                    freeingBytes,
                    room.states().stream().map(OneDisk::of).toList());
        }

        private static String word(DiskSpace.Level level, boolean isShort) {
            return level == DiskSpace.Level.FULL ? "full" : isShort ? "short" : "plenty";
        }
    }

    /** One file system. */
    record OneDisk(
            String device, String level, long totalBytes, long freeBytes, long reserveBytes) {
        private static OneDisk of(DiskSpace.State state) {
            return new OneDisk(
                    state.device(),
                    state.level().name().toLowerCase(Locale.ROOT),
                    state.totalBytes(),
                    state.freeBytes(),
                    state.reserveBytes());
        }
    }

    /** The plots' past. */
    record History(int stepSeconds, List<Long> times, List<Point> points) {}

    void start() {
        sampler = Thread.ofVirtual().name("console-overview").start(this::run);
    }

    private void run() {
        for (int i = 0; !closed; i++) {
            try {
                if (i % COUNT_EVERY == 0) {
                    counts = count();
                }
                sample();
            } catch (RuntimeException e) {
                LOG.warn("The overview could not be measured: {}", e.toString());
            }
            try {
                Thread.sleep(1000);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Counts count() {
        StoreStatistics stored = store.statistics();
        List<StreamStatus> streams =
                live.streams().list().stream()
                        .flatMap(s -> live.streams().status(s.name()).stream())
                        .toList();
        int onAir =
                (int) streams.stream().filter(s -> s.state() == StreamStatus.State.LIVE).count();
        int recording = (int) cameras.list().stream().filter(CameraStatus::live).count();
        return new Counts(
                stored.bytes(),
                stored.objects(),
                stored.buckets(),
                streams.size(),
                onAir,
                devices(),
                recording,
                stored.deadBytes(),
                concerns.look(streams));
    }

    /** Counted again when one was registered or deleted, not each time. */
    private int devices() {
        long now = access.devices().registrations();
        if (now != registrations) {
            devices = countDevices();
            registrations = now;
        }
        return devices;
    }

    private int countDevices() {
        int count = 0;
        String after = "";
        List<DeviceInfo> page;
        do {
            page = access.devices().list(after, DEVICES_A_READ);
            count += page.size();
            after = page.isEmpty() ? after : page.getLast().id();
        } while (page.size() == DEVICES_A_READ);
        return count;
    }

    private void sample() {
        Totals now =
                new Totals(
                        monotonic.nanos(),
                        total("millrace.gateway.requests"),
                        total("millrace.gateway.received") + total("millrace.rtmp.received.bytes"),
                        total("millrace.gateway.sent"));
        Totals before = last == null ? now : last;
        last = now;
        double seconds = Math.max(0.001, (now.nanos() - before.nanos()) / 1e9);
        EdgeReports.Window edge = reports.window();
        Point point =
                new Point(
                        (now.requests() - before.requests()) / seconds,
                        (now.bytesIn() - before.bytesIn()) / seconds,
                        (now.bytesOut() - before.bytesOut()) / seconds,
                        edge.requestsPerSecond(),
                        edge.bytesPerSecond(),
                        edge.hitRatio(),
                        counts.storageBytes());
        synchronized (samples) {
            samples.addLast(new Sample(clock.instant(), point));
            if (samples.size() > KEPT) {
                samples.removeFirst();
            }
        }
    }

    /** The sum over all meters of a name, whatever their tags. */
    private double total(String name) {
        double sum = 0;
        for (Meter meter : metrics.find(name).meters()) {
            sum +=
                    switch (meter) {
                        case Counter c -> c.count();
                        case FunctionCounter c -> c.count();
                        case Timer t -> t.count();
                        default -> 0;
                    };
        }
        return sum;
    }

    Now now() {
        Point latest;
        synchronized (samples) {
            latest =
                    samples.isEmpty()
                            ? new Point(0, 0, 0, 0, 0, null, 0)
                            : samples.getLast().point();
        }
        Counts c = counts;
        Instant now = clock.instant();
        return new Now(
                now,
                monotonic.elapsed(startedNanos).toSeconds(),
                options.version(),
                c.storageBytes(),
                c.objects(),
                c.buckets(),
                c.streams(),
                c.liveStreams(),
                c.cameras(),
                c.camerasRecording(),
                reports.alive(),
                Disk.of(store.room(), c.freeingBytes()),
                c.concerns(),
                latest);
    }

    History history() {
        List<Long> times = new ArrayList<>();
        List<Point> points = new ArrayList<>();
        synchronized (samples) {
            for (Sample sample : samples) {
                times.add(sample.at().getEpochSecond());
                points.add(sample.point());
            }
        }
        return new History(1, times, points);
    }

    void close() {
        closed = true;
        Thread thread = sampler;
        if (thread != null) {
            try {
                thread.join(Duration.ofSeconds(3)); // not interrupted: it may be reading the store
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
