package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.SegmentRow;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes over one key space: a stream is published, played and written down by its owner. */
@Timeout(600)
class StreamOwnershipTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Leases.Options QUICK =
            new Leases.Options(Duration.ofMillis(100), Duration.ofSeconds(2));

    @TempDir Path directory;
    private KeySpace keySpace;
    private Node first;
    private Node second;
    private Path video;

    /** What a node has of its own. */
    private final class Node implements AutoCloseable {
        final Leases leases;
        final Extents extents;
        final Store store;
        final Access access;
        final Live live;

        Node(String name) {
            Path own = directory.resolve(name);
            leases = Leases.open(keySpace, name, QUICK, MonotonicClock.system());
            extents =
                    LocalExtents.open(
                            List.of(own.resolve("extents")),
                            ExtentsOptions.standard().withReserveBytes(0));
            store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), Clocks.system());
            access =
                    Access.open(
                            keySpace,
                            leases,
                            MasterKey.loadOrCreate(directory.resolve("master.key"), keySpace),
                            AccessOptions.defaults(),
                            Clocks.system());
            live =
                    Live.open(
                            keySpace,
                            leases,
                            store,
                            access,
                            LiveOptions.defaults(own)
                                    .withRtmpPort(0)
                                    .withSegmentTarget(Duration.ofSeconds(1))
                                    .withReconnectGrace(Duration.ofSeconds(2)),
                            Announcements.NONE,
                            Clocks.system(),
                            new SimpleMeterRegistry());
        }

        Process push(StreamInfo stream) {
            return Ffmpeg.push(
                    video,
                    "rtmp://127.0.0.1:" + live.rtmpPort() + "/live/" + stream.publishName(),
                    true);
        }

        PlaybackAnswer play() {
            return live.play("/_live/s/source/media.m3u8", "");
        }

        StreamStatus.State state() {
            return live.streams().status("s").orElseThrow().state();
        }

        @Override
        public void close() {
            live.close();
            access.close();
            store.close();
            extents.close();
            leases.close();
        }
    }

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        first = new Node("first");
        second = new Node("second");
        first.store.buckets().create("recordings", "tests", BucketAcl.PRIVATE);
        video = Ffmpeg.source(directory, 30, "320x180");
    }

    @AfterEach
    void close() {
        second.close();
        first.close();
        keySpace.close();
    }

    private StreamInfo stream() {
        return assertInstanceOf(
                Streams.CreateOutcome.Created.class,
                first.live.streams().create("s", "recordings", "live/"))
                .stream();
    }

    private List<SegmentRow> segments() {
        Catalogue catalogue = new Catalogue(keySpace);
        List<SegmentRow> all = new ArrayList<>();
        catalogue.sessions("s", 100).reversed().stream()
                .map(session -> catalogue.segments("s", session.id()))
                .forEach(all::addAll);
        return all;
    }

    @Test
    void theOtherNodeRefusesThePublisherNamesTheOwnerAndChangesItsSettings() throws Exception {
        StreamInfo stream = stream();
        assertEquals(stream, second.live.streams().get("s").orElseThrow());
        Process push = first.push(stream);
        try {
            Rig.await("live", SOON, () -> first.play() instanceof PlaybackAnswer.Playlist);
            try (RtmpClient late = new RtmpClient(second.live.rtmpPort())) {
                String answer = late.publish("live", stream.publishName());
                assertTrue(answer.contains("published on node first"), answer);
            }
            PlaybackAnswer.Unavailable away =
                    assertInstanceOf(PlaybackAnswer.Unavailable.class, second.play());
            assertTrue(away.reason().contains("first"), away.reason());
            assertEquals(StreamStatus.State.LIVE, second.state());
            second.live.streams().rotateKey("s").orElseThrow();
            Rig.await("cut", SOON, () -> first.state() != StreamStatus.State.LIVE);
        } finally {
            push.destroyForcibly();
        }
    }

    @Test
    void aStreamWhoseOwnerLostItIsTakenOverAndNoNumberIsGivenTwice() throws Exception {
        StreamInfo stream = stream();
        Process onFirst = first.push(stream);
        try {
            Rig.await("segments", SOON, () -> segments().size() >= 2);
            // Another start under its name ends the first node's session, as a long sleep would.
            Leases usurper = Leases.open(keySpace, "first", QUICK, MonotonicClock.system());
            usurper.close();
            Rig.await("cut", SOON, () -> !onFirst.isAlive());
            int before = segments().size();
            Process onSecond = second.push(stream);
            try {
                Rig.await("goes on", SOON, () -> segments().size() >= before + 3);
            } finally {
                onSecond.destroyForcibly();
            }
        } finally {
            onFirst.destroyForcibly();
        }
        List<SegmentRow> all = segments();
        for (int i = 1; i < all.size(); i++) {
            assertTrue(all.get(i).msn() > all.get(i - 1).msn(), all.toString());
            assertTrue(all.get(i).epoch() >= all.get(i - 1).epoch(), all.toString());
        }
        assertTrue(all.getLast().epoch() > all.getFirst().epoch(), all.toString());
    }
}
