package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.flv.FlvFile;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.kit.door.DoorBounds;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishers whose bytes, times or manners are wrong; the stream outlives them. */
class BadPublisherTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir static Path files = Path.of("");
    private static List<FlvFile.Tag> tags = List.of();

    @TempDir Path directory = Path.of("");
    private Rig rig;
    private StreamInfo stream;

    @BeforeAll
    static void encode() throws IOException {
        tags = RtmpClient.tags(Ffmpeg.source(files, 8, "320x180"));
    }

    @BeforeEach
    void open() {
        rig = Rig.open(directory, o -> o.withReconnectGrace(Duration.ofSeconds(1)));
        stream = rig.stream("bad");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private interface Change {
        /** Sends a tag, changed or not. */
        void send(RtmpClient client, FlvFile.Tag tag, int index) throws IOException;
    }

    private void push(Change change) throws IOException {
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            assertTrue(client.publish("live", stream.publishName()).contains("Publish.Start"));
            for (int i = 0; i < tags.size(); i++) {
                change.send(client, tags.get(i), i);
            }
        }
        Rig.await("waiting", SOON, () -> rig.status("bad").state() == StreamStatus.State.WAITING);
    }

    private List<MediaPlaylist.Segment> segments() {
        return rig.media("/_live/bad/source/media.m3u8").segments();
    }

    private int decodedFrames() {
        Rig.await("the end", SOON, () -> rig.status("bad").state() == StreamStatus.State.OFFLINE);
        Rig.await("all stored", SOON, () -> rig.status("bad").unsentSegments() == 0);
        String url = rig.url("/_live/bad/index.m3u8");
        String complaints = Ffmpeg.run("ffmpeg", "-v", "error", "-i", url, "-f", "null", "-");
        assertEquals(
                "",
                complaints.lines().filter(l -> !l.contains("Opening")).reduce("", String::concat));
        return Ffmpeg.frames(url, "v:0");
    }

    @Test
    void timestampsWrapAt32BitsUnnoticed() throws IOException {
        push(
                (client, tag, i) ->
                        client.send(tag.type(), 0xffffffffL - 3_000 + tag.timestamp(), tag.body()));
        assertTrue(segments().stream().noneMatch(MediaPlaylist.Segment::discontinuity));
        assertEquals(
                8.0,
                segments().stream().mapToDouble(MediaPlaylist.Segment::durationSeconds).sum(),
                0.1);
        assertEquals(200, decodedFrames());
    }

    @Test
    void aJumpInTimeIsADiscontinuityAndNothingIsLost() throws IOException {
        push(
                (client, tag, i) ->
                        client.send(
                                tag.type(),
                                tag.timestamp() + (tag.timestamp() >= 4_000 ? 3_600_000 : 0),
                                tag.body()));
        List<MediaPlaylist.Segment> all = segments();
        assertEquals(
                1,
                IntStream.range(0, all.size()).filter(i -> all.get(i).discontinuity()).count(),
                "" + all);
        assertEquals(
                8.0, all.stream().mapToDouble(MediaPlaylist.Segment::durationSeconds).sum(), 0.2);
        assertEquals(200, decodedFrames());
    }

    @Test
    void timesThatStepBackALittleStillRise() throws IOException {
        push(
                (client, tag, i) ->
                        client.send(
                                tag.type(),
                                Math.max(0, tag.timestamp() - (i % 7 == 0 ? 90 : 0)),
                                tag.body()));
        Rig.await("the end", SOON, () -> rig.status("bad").state() == StreamStatus.State.OFFLINE);
        List<Double> times = Ffmpeg.times(rig.url("/_live/bad/index.m3u8"));
        for (int i = 1; i < times.size(); i++) {
            assertTrue(
                    times.get(i) > times.get(i - 1),
                    i + ": " + times.get(i - 1) + " " + times.get(i));
        }
    }

    @Test
    void aDamagedAccessUnitCostsItsGroupOfPicturesOnly() throws IOException {
        int[] video = {0};
        push(
                (client, tag, i) -> {
                    byte[] body = tag.body().clone();
                    if (tag.type() == 9 && ++video[0] == 61) { // the 60th frame: its length lies
                        body[5] = 0x7f;
                    }
                    client.send(tag.type(), tag.timestamp(), body);
                });
        StreamStatus status = rig.status("bad");
        assertTrue(
                status.droppedAccessUnits() >= 10 && status.droppedAccessUnits() <= 25,
                "" + status);
        assertTrue(String.valueOf(status.lastProblem()).contains("damaged video"), "" + status);
        assertEquals(200 - status.droppedAccessUnits(), decodedFrames());
    }

    @Test
    void randomDamageNeverStopsTheStream() throws IOException {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        push(
                (client, tag, i) -> {
                    byte[] body = tag.body().clone();
                    if (i > 4 && random.nextInt(10) == 0) {
                        for (int n = 0; n < 4; n++) {
                            body[1 + random.nextInt(body.length - 1)] = (byte) random.nextInt();
                        }
                    }
                    client.send(tag.type(), tag.timestamp(), body);
                });
        Rig.await("the end", SOON, () -> rig.status("bad").state() == StreamStatus.State.OFFLINE);
        assertTrue(rig.media("/_live/bad/source/media.m3u8").ended(), seed.toString());
        // A good push afterwards is whole.
        push((client, tag, i) -> client.send(tag.type(), tag.timestamp(), tag.body()));
        assertEquals(200, decodedFrames(), seed.toString());
    }

    @Test
    void codecsThatNobodyCouldPlayAreRefusedByName() throws IOException {
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            client.publish("live", stream.publishName());
            client.send(9, 0, new byte[] {(byte) 0x90, 'h', 'v', 'c', '1', 0, 0, 0});
            assertTrue(
                    client.awaitText("Publish.Failed").contains("H.265 (HEVC) video; send H.264"));
            assertEquals("", client.awaitText("never"), "and the connection ends");
        }
    }

    @Test
    void garbageAndSilenceAreCut() throws Exception {
        Random random = new Random(3);
        for (int round = 0; round < 30; round++) {
            try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
                byte[] noise = new byte[3_000];
                random.nextBytes(noise);
                client.raw(noise);
            } catch (IOException e) {
                // cut already
            }
        }
        Rig.await(
                "all gone",
                SOON,
                () -> rig.metrics.get("millrace.rtmp.connections").gauge().value() == 0);
        Instant start = Instant.now();
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            assertEquals("", client.awaitText("never"));
        }
        assertTrue(Duration.between(start, Instant.now()).toSeconds() < 15);
        assertFalse(rig.status("bad").state() == StreamStatus.State.LIVE);
    }

    @Test
    void otherApplicationsAndWrongKeysAreToldSo() throws IOException {
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            assertTrue(client.publish("vod", "x").contains("publish to rtmp://host/live"));
        }
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            String wrong = client.publish("live", "bad?key=nope");
            assertTrue(wrong.contains("Publish.Denied"), wrong);
        }
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            String none = client.publish("live", "nobody?key=nope");
            assertTrue(none.contains("no such stream, or its key is another"), none);
        }
    }

    @Test
    void aDoorFullOfStrangersTakesPublishersAndKeepsThem() throws Exception {
        rig.close();
        DoorBounds few = new DoorBounds(20, 8 << 20, 100, 8 << 20, 20);
        rig = Rig.open(directory.resolve("few"), o -> o.within(few));
        stream = rig.stream("bad");
        StreamInfo other = rig.stream("other");
        List<Socket> strangers = new ArrayList<>();
        try (RtmpClient first = new RtmpClient(rig.live.rtmpPort())) {
            assertTrue(first.publish("live", stream.publishName()).contains("Publish.Start"));
            for (int i = 0; i < 60; i++) {
                Socket stranger = new Socket("127.0.0.1", rig.live.rtmpPort());
                stranger.getOutputStream().write(3); // the first byte of a handshake
                strangers.add(stranger);
            }
            try (RtmpClient second = new RtmpClient(rig.live.rtmpPort())) {
                assertTrue(second.publish("live", other.publishName()).contains("Publish.Start"));
                for (FlvFile.Tag tag : tags.subList(0, 50)) {
                    first.send(tag.type(), tag.timestamp(), tag.body());
                    second.send(tag.type(), tag.timestamp(), tag.body());
                }
                awaitState("bad", StreamStatus.State.LIVE);
                awaitState("other", StreamStatus.State.LIVE);
            }
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    private void awaitState(String name, StreamStatus.State state) {
        Rig.await(name + " " + state, SOON, () -> rig.status(name).state() == state);
    }
}
