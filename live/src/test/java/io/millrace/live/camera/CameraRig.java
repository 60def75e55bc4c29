package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.PlaybackAnswer;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.log.Change;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.verify.Hit;
import io.millrace.testkit.TestClock;
import io.millrace.work.Follower;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Cameras over a real store whose clocks a test moves. */
final class CameraRig implements AutoCloseable {
    static final String BUCKET = "rec";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final TestClock clock;
    final RocksKeySpace keySpace;
    final CameraIndex index;
    final Store store;
    final Access access;
    Cameras cameras;
    private final LocalExtents extents;
    private final Leases leases;
    private final int mostWorks;
    private final boolean first;

    /** Whether a test wrote rows of its own. */
    boolean invented;

    private @Nullable Follower<Change> follower;

    CameraRig(Path directory) {
        this(directory, StoreOptions.defaults());
    }

    CameraRig(Path directory, StoreOptions options) {
        this(directory, options, Scans.MOST_WORKS);
    }

    CameraRig(Path directory, StoreOptions options, int mostWorks) {
        this.mostWorks = mostWorks;
        first = true;
        clock = TestClock.running();
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = leases("node");
        extents = extents(directory.resolve("extents"));
        store = Store.open(keySpace, leases, extents, options, clock.clocks());
        index = new CameraIndex(keySpace, store.extentStore());
        store.buckets().create(BUCKET, "tests", BucketAcl.PRIVATE);
        access =
                Access.open(
                        keySpace,
                        leases,
                        MasterKey.loadOrCreate(directory.resolve("master.key"), keySpace),
                        AccessOptions.defaults(),
                        clock.clocks());
        cameras = cameras();
    }

    /** Another node of the same key space, with extents of its own. */
    private CameraRig(CameraRig other, Path directory) {
        mostWorks = other.mostWorks;
        first = false;
        clock = other.clock;
        keySpace = other.keySpace;
        access = other.access;
        leases = leases("peer");
        extents = extents(directory);
        store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), clock.clocks());
        index = new CameraIndex(keySpace, store.extentStore());
        cameras = cameras();
    }

    CameraRig peer(Path directory) {
        return new CameraRig(this, directory);
    }

    private Leases leases(String node) {
        return Leases.open(keySpace, node, Leases.Options.standard(), MonotonicClock.system());
    }

    private static LocalExtents extents(Path directory) {
        return LocalExtents.open(List.of(directory), ExtentsOptions.standard().withReserveBytes(0));
    }

    private Cameras cameras() {
        return new Cameras(
                keySpace, store, access, clock.clocks(), new SimpleMeterRegistry(), mostWorks);
    }

    CameraRig started() {
        follower = Follower.start(cameras.follower(), store.changes(), leases, cameras.changes());
        return this;
    }

    void stop() {
        if (follower != null) {
            follower.close();
        }
    }

    /** Ends the cameras and begins them again over the same data. */
    void restart() {
        stop();
        cameras = cameras();
        started();
    }

    /** What is wrong with the index while nobody writes to it. */
    List<String> disagreements() {
        return CameraRows.disagreements(keySpace, store.objects()).stream()
                .map(Hit::toString)
                .toList();
    }

    /** The index as a scan writes it. */
    OwnedIndex owned() {
        return new OwnedIndex(leases.acquire("test").orElseThrow().keySpace(), store.extentStore());
    }

    void register(String device) {
        register(device, device + "/");
    }

    void register(String device, String prefix) {
        access.devices().register(device, BUCKET, prefix, access.root()).orThrow();
    }

    ObjectInfo append(String key, byte[] bytes) {
        return append(key, bytes, ObjectMetadata.NONE);
    }

    ObjectInfo append(String key, byte[] bytes, ObjectMetadata metadata) {
        long position = store.objects().head(BUCKET, key).map(ObjectInfo::sizeBytes).orElse(0L);
        AppendObject request = AppendObject.of(BUCKET, key, position, bytes.length).with(metadata);
        return assertInstanceOf(
                        AppendOutcome.Appended.class, store.objects().append(request, bytes))
                .info();
    }

    static ObjectMetadata captured(String time) {
        return new ObjectMetadata(null, Map.of(), Map.of(CaptureTime.NAME, time));
    }

    /** Waits until every byte of the object is indexed, each once; clocks move on meanwhile. */
    void awaitIndexed(ObjectInfo object, String device) {
        try {
            await(
                    object.key() + " indexed",
                    () -> coverage(device, object.incarnation()).equals(whole(object)));
        } catch (AssertionError e) {
            String holds = coverage(device, object.incarnation());
            throw new AssertionError(holds + " instead of " + whole(object), e);
        }
    }

    private static String whole(ObjectInfo object) {
        return "0-" + object.sizeBytes();
    }

    /** Which bytes of an object its segments hold, as text: one range when each is there once. */
    String coverage(String device, long incarnation) {
        List<CameraSegment> segments = new ArrayList<>();
        index.runs(device, incarnation, 0).forEach(r -> segments.addAll(r.segments()));
        segments.sort(Comparator.comparingLong(CameraSegment::offset));
        StringBuilder out = new StringBuilder();
        long end = -1;
        for (CameraSegment s : segments) {
            if (s.offset() != end) {
                out.append(end < 0 ? "" : end + " ").append(s.offset()).append('-');
            }
            end = s.endOffset();
        }
        return out.append(end).toString();
    }

    void await(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            clock.advance(Duration.ofMillis(100));
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    PlaybackAnswer play(String device, String query) {
        return cameras.play("/_camera/" + device + "/index.m3u8", query);
    }

    Optional<MediaPlaylist> live(String device) {
        return play(device, "") instanceof PlaybackAnswer.Playlist(String text, Duration age)
                ? Optional.of(PlaylistParser.media(text))
                : Optional.empty();
    }

    /** A playlist of the past. */
    PlaybackAnswer.LongPlaylist past(String device, String query) {
        await(
                "the archive is taken over",
                () -> !(play(device, query) instanceof PlaybackAnswer.Unavailable));
        PlaybackAnswer answer = play(device, query);
        return assertInstanceOf(
                PlaybackAnswer.LongPlaylist.class, answer, () -> "answered " + answer);
    }

    static MediaPlaylist parsed(PlaybackAnswer.LongPlaylist playlist) {
        StringBuilder text = new StringBuilder();
        try {
            playlist.text().writeTo(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return PlaylistParser.media(text.toString());
    }

    static long bytes(MediaPlaylist playlist) {
        return playlist.segments().stream().mapToLong(s -> s.range().length()).sum();
    }

    void assertPlayed(String device, long bytes) {
        assertEquals(bytes, bytes(parsed(past(device, "from=0"))));
    }

    @Override
    public void close() {
        stop();
        if (first) {
            List<String> wrong = invented ? List.of() : disagreements();
            assertEquals(List.of(), wrong);
            access.close();
        }
        store.close();
        extents.close();
        leases.close();
        if (first) {
            keySpace.close();
        }
    }
}
