package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MasterPlaylist;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.ObjectInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ffmpeg publishes over RTMP; ffprobe and a strict parser read what comes out. */
class RtmpToHlsTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir static Path files = Path.of("");
    private static Path eight = Path.of("");
    private static Path small = Path.of("");

    @TempDir Path directory = Path.of("");
    private Rig rig;

    @BeforeAll
    static void encode() {
        eight = Ffmpeg.source(files, 8, "426x240");
        small = Ffmpeg.source(files, 4, "320x180");
    }

    @BeforeEach
    void open() {
        rig = Rig.open(directory, o -> o.withReconnectGrace(Duration.ofMillis(1_500)));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aPushPlaysLiveAndThenAsAWholeRecording() throws Exception {
        StreamInfo stream = rig.stream("demo");
        Instant before = Instant.now();
        Process push = Ffmpeg.push(eight, rig.ingest(stream), true);
        Rig.await("a live playlist", SOON, () -> rig.plays("/_live/demo/index.m3u8"));
        Rig.await(
                "two segments",
                SOON,
                () -> rig.media("/_live/demo/source/media.m3u8").segments().size() >= 2);
        StreamStatus live = rig.status("demo");
        assertEquals(StreamStatus.State.LIVE, live.state());
        assertEquals(426, live.width());
        assertEquals(25.0, live.framesPerSecond(), 0.5);
        assertEquals("mp4a.40.2", live.audioCodec());
        MasterPlaylist.Variant variant =
                PlaylistParser.master(rig.text("/_live/demo/index.m3u8")).variants().getFirst();
        assertEquals(live.videoCodec() + ",mp4a.40.2", variant.codecs());
        MediaPlaylist playing = rig.media("/_live/demo/source/media.m3u8");
        assertFalse(playing.ended());
        assertEquals(2, playing.targetDurationSeconds());
        for (MediaPlaylist.Segment s : playing.segments()) {
            assertEquals(2.0, s.durationSeconds(), 0.05);
        }
        Instant first = playing.segments().getFirst().programDateTime();
        assertTrue(first != null && first.isAfter(before) && first.isBefore(Instant.now()));
        Ffmpeg.finish(push, 30);
        Rig.await("the end", SOON, () -> rig.media("/_live/demo/source/media.m3u8").ended());
        assertRecording("demo", 200);
    }

    /** Everything that was pushed is there: frames decoded, times unbroken, the objects too. */
    private void assertRecording(String name, int frames) {
        Rig.await("all segments stored", SOON, () -> rig.status(name).unsentSegments() == 0);
        String url = rig.url("/_live/" + name + "/index.m3u8");
        Recording recording = rig.live.recordings().list(name, "", 10).getFirst();
        assertEquals(frames, Ffmpeg.frames(url, "v:0"));
        assertEquals(frames / 25.0, recording.duration().toMillis() / 1e3, 0.1);
        String path = "/_live/" + name + "/" + recording.session() + "/source/media.m3u8";
        MediaPlaylist vod = rig.media(path);
        assertTrue(vod.ended());
        assertEquals(MediaPlaylist.Type.VOD, vod.type());
        List<Double> times = Ffmpeg.times(url);
        assertEquals(frames, times.size());
        for (int i = 1; i < times.size(); i++) {
            assertEquals(0.04, times.get(i) - times.get(i - 1), 0.0021, "frame " + i);
        }
        List<String> keys =
                rig
                        .store
                        .objects()
                        .list(new ListObjects("recordings", "live/" + name + "/", "", "", 1_000))
                        .entries()
                        .stream()
                        .map(ObjectInfo::key)
                        .toList();
        assertTrue(keys.contains("live/" + name + "/source/0000000000.ts"), keys.toString());
        assertTrue(keys.contains(recording.playlistKey()), keys.toString());
        Rig.await("the playlist object is whole", SOON, () -> playlistObject(recording).ended());
        assertEquals(vod.segments().size(), playlistObject(recording).segments().size());
    }

    private MediaPlaylist playlistObject(Recording recording) {
        try (var in =
                rig
                        .store
                        .objects()
                        .open(recording.bucket(), recording.playlistKey())
                        .orElseThrow()
                        .stream()) {
            return PlaylistParser.media(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPublisherBackInTimeGoesOnWithTheSamePlaylist() {
        StreamInfo stream = rig.stream("again");
        Ffmpeg.finish(Ffmpeg.push(eight, rig.ingest(stream), false), 30);
        Rig.await("waiting", SOON, () -> rig.status("again").state() == StreamStatus.State.WAITING);
        MediaPlaylist before = rig.media("/_live/again/source/media.m3u8");
        assertFalse(before.ended());
        Ffmpeg.finish(Ffmpeg.push(small, rig.ingest(stream), false), 30);
        Rig.await(
                "more",
                SOON,
                () -> rig.media("/_live/again/source/media.m3u8").segments().size() == 6);
        MediaPlaylist after = rig.media("/_live/again/source/media.m3u8");
        assertEquals(before.mediaSequence(), after.mediaSequence());
        assertEquals(before.segments(), after.segments().subList(0, before.segments().size()));
        List<Integer> marks =
                IntStream.range(0, 6)
                        .filter(i -> after.segments().get(i).discontinuity())
                        .boxed()
                        .toList();
        assertEquals(List.of(4), marks, "another resolution begins with a discontinuity");
        Rig.await("the end", SOON, () -> rig.media("/_live/again/source/media.m3u8").ended());
        assertEquals(1, rig.live.recordings().list("again", "", 10).size());
        assertEquals(300, Ffmpeg.frames(rig.url("/_live/again/index.m3u8"), "v:0"));
    }

    @Test
    void aNewSessionsNumbersGoOnRising() {
        StreamInfo stream = rig.stream("later");
        Ffmpeg.finish(Ffmpeg.push(small, rig.ingest(stream), false), 30);
        Rig.await("offline", SOON, () -> rig.status("later").state() == StreamStatus.State.OFFLINE);
        assertTrue(rig.media("/_live/later/source/media.m3u8").ended());
        Ffmpeg.finish(Ffmpeg.push(small, rig.ingest(stream), false), 30);
        Rig.await(
                "again",
                SOON,
                () ->
                        rig.plays("/_live/later/source/media.m3u8")
                                && rig.media("/_live/later/source/media.m3u8").segments().size()
                                        == 2);
        MediaPlaylist second = rig.media("/_live/later/source/media.m3u8");
        assertEquals(2, second.mediaSequence());
        assertEquals("0000000002.ts", second.segments().getFirst().uri());
        assertEquals(2, rig.live.recordings().list("later", "", 10).size());
    }

    @Test
    void aKilledPublisherLeavesItsLastSegment() throws Exception {
        StreamInfo stream = rig.stream("killed");
        Process push = Ffmpeg.push(eight, rig.ingest(stream), true);
        Rig.await("a segment", SOON, () -> rig.status("killed").segments() >= 1);
        Thread.sleep(1_000);
        push.destroyForcibly();
        push.waitFor();
        Rig.await(
                "waiting", SOON, () -> rig.status("killed").state() == StreamStatus.State.WAITING);
        MediaPlaylist left = rig.media("/_live/killed/source/media.m3u8");
        assertTrue(left.segments().size() >= 2, left.write());
        double seconds =
                left.segments().stream().mapToDouble(MediaPlaylist.Segment::durationSeconds).sum();
        Rig.await("the end", SOON, () -> rig.media("/_live/killed/source/media.m3u8").ended());
        assertEquals(seconds * 25, Ffmpeg.frames(rig.url("/_live/killed/index.m3u8"), "v:0"), 1);
    }

    @Test
    void aFullDiskLosesNoSegment() {
        StreamInfo stream = rig.stream("full");
        rig.extents.full = true;
        Ffmpeg.finish(Ffmpeg.push(eight, rig.ingest(stream), false), 30);
        Rig.await(
                "spooled",
                SOON,
                () -> rig.metrics.get("millrace.live.spool.segments").gauge().value() == 4);
        assertEquals(4, rig.status("full").unsentSegments());
        assertEquals(
                200,
                Ffmpeg.frames(rig.url("/_live/full/source/media.m3u8"), "v:0"),
                "plays from memory and spool meanwhile");
        rig.extents.full = false;
        Rig.await("the end", SOON, () -> rig.status("full").state() == StreamStatus.State.OFFLINE);
        assertRecording("full", 200);
        assertEquals(0, rig.metrics.get("millrace.live.spool.segments").gauge().value());
        assertEquals(0, rig.status("full").lostSegments());
    }

    @Test
    void aRestartGoesOnWithTheSamePlaylistAndSendsWhatWasSpooled() {
        StreamInfo stream = rig.stream("restart");
        rig.extents.full = true;
        Ffmpeg.finish(Ffmpeg.push(small, rig.ingest(stream), false), 30);
        Rig.await(
                "spooled",
                SOON,
                () -> rig.metrics.get("millrace.live.spool.segments").gauge().value() == 2);
        rig.restart();
        assertEquals(stream, rig.live.streams().get("restart").orElseThrow());
        assertEquals(2, rig.media("/_live/restart/source/media.m3u8").segments().size());
        Ffmpeg.finish(Ffmpeg.push(small, rig.ingest(stream), false), 30);
        Rig.await(
                "more",
                SOON,
                () -> rig.media("/_live/restart/source/media.m3u8").segments().size() == 4);
        MediaPlaylist after = rig.media("/_live/restart/source/media.m3u8");
        assertEquals(0, after.mediaSequence());
        assertTrue(after.segments().get(2).discontinuity());
        Rig.await(
                "the end", SOON, () -> rig.status("restart").state() == StreamStatus.State.OFFLINE);
        Rig.await("all stored", SOON, () -> rig.status("restart").unsentSegments() == 0);
        assertEquals(200, Ffmpeg.frames(rig.url("/_live/restart/index.m3u8"), "v:0"));
    }

    @Test
    void aWrongKeyAndASecondPublisherAreRefused() throws Exception {
        StreamInfo stream = rig.stream("taken");
        String wrong = "rtmp://127.0.0.1:" + rig.live.rtmpPort() + "/live/taken?key=wrong";
        Process refused = Ffmpeg.push(small, wrong, false);
        assertTrue(refused.waitFor(2, TimeUnit.MINUTES));
        assertTrue(refused.exitValue() != 0);
        assertEquals(StreamStatus.State.OFFLINE, rig.status("taken").state());
        assertNull(rig.status("taken").session());

        Process first = Ffmpeg.push(eight, rig.ingest(stream), true);
        Rig.await("live", SOON, () -> rig.status("taken").state() == StreamStatus.State.LIVE);
        Process second = Ffmpeg.push(small, rig.ingest(stream), false);
        assertTrue(second.waitFor(2, TimeUnit.MINUTES));
        assertTrue(second.exitValue() != 0);
        assertTrue(first.isAlive());

        StreamInfo rotated = rig.live.streams().rotateKey("taken").orElseThrow();
        assertFalse(rotated.streamKey().equals(stream.streamKey()));
        assertTrue(first.waitFor(2, TimeUnit.MINUTES), "the old key's publisher is cut");
    }

    @Test
    void pathsThatAreNotThereSayWhy() {
        rig.stream("quiet");
        assertEquals(
                new PlaybackAnswer.Unavailable(
                        "nobody publishes stream quiet", Duration.ofSeconds(2)),
                rig.live.play("/_live/quiet/index.m3u8", ""));
        assertEquals(
                new PlaybackAnswer.Unavailable(
                        "stream quiet has no segment yet", Duration.ofSeconds(2)),
                rig.live.play("/_live/quiet/source/media.m3u8", ""));
        assertEquals(
                new PlaybackAnswer.NotFound("there is no stream none"),
                rig.live.play("/_live/none/index.m3u8", ""));
        for (String path :
                List.of(
                        "/_live/",
                        "/_live/quiet",
                        "/_live/quiet/source/7.ts",
                        "/_live/quiet/../x/y/z",
                        "/_live/quiet/other/media.m3u8",
                        "/_live/quiet/source/99999999999999999999.ts")) {
            assertInstanceOf(PlaybackAnswer.BadRequest.class, rig.live.play(path, ""), path);
        }
        assertInstanceOf(
                PlaybackAnswer.NotFound.class,
                rig.live.play("/_live/quiet/source/0000000007.ts", ""));
    }
}
