package io.millrace.live.stream;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.StreamInfo;
import io.millrace.live.Troubles;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.Checkpoint;
import io.millrace.live.record.Journal;
import io.millrace.live.record.RecentMedia;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.Spool;
import io.millrace.live.record.Uploader;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import io.millrace.work.outgoing.Announcements;
import io.millrace.work.outgoing.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** One stream over a real key space and store, by clocks that the test moves. No network. */
final class Studio implements AutoCloseable {
    /** What was told of streams. */
    final List<Event> told = new CopyOnWriteArrayList<>();

    static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    static final Duration GRACE = Duration.ofSeconds(30);

    final TestClock clock = new TestClock(NOON);
    final KeySpace keySpace;
    final Commits commits;
    final Leases leases;
    final Catalogue catalogue;
    final RecentMedia recent = new RecentMedia(64 << 20);
    final Store store;
    final Troubles troubles = new Troubles(clock.clocks().steady());
    final Desk desk;
    private final Extents extents;
    private final Uploader uploader;
    private @Nullable LiveStream stream;

    Studio(Path directory) {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        commits = new Commits(keySpace);
        leases =
                Leases.open(
                        commits.keySpace(),
                        "node",
                        new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120)),
                        MonotonicClock.system());
        extents =
                LocalExtents.open(
                        List.of(directory.resolve("extents")),
                        ExtentsOptions.standard().withReserveBytes(0));
        store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), clock.clocks());
        store.buckets().create("recordings", "tests", BucketAcl.PRIVATE);
        catalogue = new Catalogue(keySpace);
        Spool spool = Spool.open(directory.resolve("spool"), 1 << 20);
        uploader = new Uploader(store, catalogue, spool, new Watching(), clock.clocks());
        desk =
                new Desk(
                        catalogue,
                        uploader,
                        recent,
                        clock.clocks(),
                        (batch, event) -> told.add(event),
                        GRACE,
                        troubles);
        uploader.start();
    }

    private final class Watching implements Uploader.Watcher {
        @Override
        public boolean owns(String stream) {
            return true;
        }

        @Override
        public @Nullable Session session(String name, String id) {
            return stream().anySession(id);
        }

        @Override
        public void problem(String name, String text, boolean segmentLost) {
            stream().uploadProblem(text, segmentLost);
        }
    }

    static StreamInfo info(String key) {
        return new StreamInfo("s", "recordings", "live/", key, Duration.ofSeconds(2), NOON);
    }

    Tenure lease() {
        return leases.acquire("live/stream/s").orElseThrow();
    }

    /** Takes the stream up, as a start does. */
    LiveStream open(SegmentRow... spooled) {
        stream =
                new LiveStream(
                        info("key"),
                        desk,
                        new Journal(lease(), desk.announcements()),
                        List.of(spooled));
        return stream;
    }

    /** What an owner before would have left. */
    void keepCheckpoint(Checkpoint checkpoint) {
        try (Journal before = new Journal(lease(), Announcements.NONE)) {
            before.checkpoint("s", checkpoint);
        }
    }

    /** The key of the stream's row of that kind, as the catalogue makes it. */
    static byte[] row(int kind) {
        return Keys.family('S').u8(kind).text("s").done();
    }

    LiveStream stream() {
        return Objects.requireNonNull(stream);
    }

    MediaPlaylist playlist() {
        return PlaylistParser.media(Objects.requireNonNull(stream().mediaPlaylist()));
    }

    List<String> uris() {
        return playlist().segments().stream().map(MediaPlaylist.Segment::uri).toList();
    }

    /** The length of a segment that is still in memory. */
    int bytes(long msn) {
        return Objects.requireNonNull(recent.get("s", msn)).row().sizeBytes();
    }

    /** An object of the recordings, as text. */
    String object(String key) {
        try (InputStream in = store.objects().open("recordings", key).orElseThrow().stream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until everything that was finished is in the store. */
    void awaitSent() {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (stream().status().unsentSegments() > 0) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not stored within a minute");
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        uploader.close();
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }
}
