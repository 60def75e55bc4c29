package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.flv.FlvFile;
import io.millrace.formats.hls.MediaPlaylist;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever an encoder sends and in whatever order: each playlist that is seen during the push keeps
 * the rules, and every packet arrives. ffmpeg encodes, ffprobe counts.
 */
class PushMatrixTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int AUDIO = 8;
    private static final int VIDEO = 9;

    @TempDir static Path files = Path.of("");
    @TempDir static Path directory = Path.of("");
    private static Rig rig;

    /** 20 s, 25 pictures a second, a keyframe each two seconds. */
    private static List<FlvFile.Tag> plain = List.of();

    @BeforeAll
    static void open() throws IOException {
        rig = Rig.open(directory, o -> o.withReconnectGrace(Duration.ofMillis(300)));
        plain = encode("plain", 20, "-g", "50", "-bf", "0");
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static List<FlvFile.Tag> encode(String name, int seconds, String... more)
            throws IOException {
        Path file = files.resolve(name + ".flv");
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-y", "-v", "error"));
        command.addAll(List.of("-f", "lavfi", "-i"));
        command.add("testsrc2=size=160x90:rate=25:duration=" + seconds);
        command.addAll(List.of("-f", "lavfi", "-i"));
        command.add("sine=frequency=440:sample_rate=48000:duration=" + seconds);
        command.addAll(List.of("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"));
        command.addAll(List.of("-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k"));
        command.addAll(List.of(more));
        command.addAll(List.of("-f", "flv", file.toString()));
        Ffmpeg.run(command.toArray(String[]::new));
        return RtmpClient.tags(file);
    }

    /** What a push came to. */
    private record Outcome(
            List<FlvFile.Tag> tags,
            PlaylistRules recording,
            int pictures,
            int sounds,
            StreamStatus status) {
        MediaPlaylist whole() {
            return recording.last();
        }

        double seconds() {
            return whole().segments().stream()
                    .mapToDouble(MediaPlaylist.Segment::durationSeconds)
                    .sum();
        }

        long discontinuities() {
            return whole().segments().stream().filter(MediaPlaylist.Segment::discontinuity).count();
        }

        void assertAllThere() {
            assertEquals(count(tags, VIDEO), pictures, "pictures");
            assertEquals(count(tags, AUDIO), sounds, "sounds");
            assertEquals(0, status.droppedAccessUnits());
            assertEquals(0, status.lostSegments());
        }

        void assertPlays(double seconds, int discontinuities) {
            assertAllThere();
            assertEquals(discontinuities, discontinuities(), whole().write());
            assertEquals(seconds, seconds(), 0.35, whole().write());
        }
    }

    /** Tags that hold an access unit, not a configuration. */
    private static int count(List<FlvFile.Tag> tags, int type) {
        return (int)
                tags.stream()
                        .filter(t -> t.type() == type && t.body().length > 2 && t.body()[1] == 1)
                        .count();
    }

    private static Outcome push(String name, List<FlvFile.Tag> tags) throws IOException {
        StreamInfo stream = rig.stream(name);
        String media = "/_live/" + name + "/source/media.m3u8";
        TsPictures pictures =
                new TsPictures(msn -> rig.bytes("/_live/%s/source/%010d.ts".formatted(name, msn)));
        PlaylistRules live = new PlaylistRules(name, pictures::independent);
        PlaylistRules recording = new PlaylistRules(name + "'s recording", pictures::independent);
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            assertTrue(client.publish("live", stream.publishName()).contains("Publish.Start"));
            for (int i = 0; i < tags.size(); i++) {
                client.send(tags.get(i).type(), tags.get(i).timestamp(), tags.get(i).body());
                if (i % 16 == 0) {
                    see(live, media);
                }
            }
        }
        String session = rig.status(name).session();
        String whole = "/_live/" + name + "/" + session + "/source/media.m3u8";
        Rig.await(
                name + " is over",
                SOON,
                () -> {
                    see(live, media);
                    see(recording, whole);
                    return rig.status(name).state() == StreamStatus.State.OFFLINE
                            && rig.status(name).unsentSegments() == 0;
                });
        see(live, media);
        see(recording, whole);
        assertTrue(live.last().ended(), live.last().write());
        assertTrue(recording.last().ended(), recording.last().write());
        assertEquals(live.last().targetDurationSeconds(), recording.last().targetDurationSeconds());
        Map<String, Integer> packets = packets(rig.url(whole));
        return new Outcome(
                tags,
                recording,
                packets.getOrDefault("video", 0),
                packets.getOrDefault("audio", 0),
                rig.status(name));
    }

    private static void see(PlaylistRules rules, String path) {
        if (rig.plays(path)) {
            rules.see(rig.text(path));
        }
    }

    /** How many packets of pictures and of sound are at a URL. */
    private static Map<String, Integer> packets(String url) {
        String out =
                Ffmpeg.run(
                        ("ffprobe -v error -count_packets -of csv=p=0"
                                        + " -show_entries stream=codec_type,nb_read_packets "
                                        + url)
                                .split(" "));
        return out.lines()
                .filter(l -> l.contains(","))
                .map(l -> l.strip().split(","))
                .collect(Collectors.toMap(p -> p[0], p -> Integer.parseInt(p[1]), (x, y) -> x));
    }

    /** The same tags in the order of that time. */
    private static List<FlvFile.Tag> ordered(
            List<FlvFile.Tag> tags, ToLongFunction<FlvFile.Tag> arrival) {
        List<FlvFile.Tag> all = new ArrayList<>(tags);
        all.sort(Comparator.comparingLong(arrival));
        return all;
    }

    /** The same tags with other times. */
    private static List<FlvFile.Tag> timed(
            List<FlvFile.Tag> tags, ToLongFunction<FlvFile.Tag> time) {
        return tags.stream()
                .map(t -> new FlvFile.Tag(t.type(), time.applyAsLong(t), t.body()))
                .toList();
    }

    private static long late(FlvFile.Tag tag, int type, long milliseconds) {
        return tag.timestamp()
                + (tag.type() == type && count(List.of(tag), type) == 1 ? milliseconds : 0);
    }

    @Test
    void soundAndPicturesMayComeSecondsApart() throws IOException {
        push("sound-late", ordered(plain, t -> late(t, AUDIO, 5_000))).assertPlays(20, 0);
        push("pictures-late", ordered(plain, t -> late(t, VIDEO, 5_000))).assertPlays(20, 0);
    }

    @Test
    void eachTrackHasAClockOfItsOwn() throws IOException {
        List<FlvFile.Tag> pictureFirst = ordered(plain, t -> late(t, AUDIO, 30));
        push("behind", timed(pictureFirst, t -> t.timestamp() + (t.type() == VIDEO ? 1_500 : 0)))
                .assertAllThere();
        push("zero", timed(plain, t -> t.type() == AUDIO ? 0 : t.timestamp())).assertPlays(20, 0);
    }

    @Test
    void jumpsAreDiscontinuitiesAndLoseNothing() throws IOException {
        for (long jump : new long[] {60_000, -60_000, -3_000}) {
            long start = 100_000;
            push(
                            "jump" + jump,
                            timed(
                                    plain,
                                    t ->
                                            start
                                                    + t.timestamp()
                                                    + (t.timestamp() < 9_000 ? 0 : jump)))
                    .assertPlays(20, 1);
        }
        push("wrap", timed(plain, t -> (0xffff_ffffL - 9_000 + t.timestamp()) & 0xffff_ffffL))
                .assertPlays(20, 0);
    }

    @Test
    void pausesEndSegmentsThatCannotSpanThem() throws IOException {
        push("pause", timed(plain, t -> t.timestamp() + (t.timestamp() < 9_000 ? 0 : 6_000)))
                .assertPlays(20, 1);
        push("long-pause", timed(plain, t -> t.timestamp() + (t.timestamp() < 9_000 ? 0 : 75_000)))
                .assertPlays(20, 1);
    }

    @Test
    void whilePicturesStayAwaySoundGoesOn() throws IOException {
        List<FlvFile.Tag> sound = encode("sound-110", 110, "-vn", "-ac", "2");
        List<FlvFile.Tag> tags = new ArrayList<>(sound);
        for (FlvFile.Tag t : plain) {
            if (t.type() == VIDEO) {
                long time = t.timestamp() + (t.timestamp() < 5_000 ? 0 : 85_000);
                tags.add(new FlvFile.Tag(VIDEO, time, t.body()));
            }
        }
        Outcome outcome = push("stalled", ordered(tags, FlvFile.Tag::timestamp));
        outcome.assertPlays(110, 0);
        assertEquals(2, outcome.whole().targetDurationSeconds());
    }

    @Test
    void everyWayToEncodeKeepsTheRules() throws IOException {
        Outcome reordered = push("b-frames", encode("b", 10, "-g", "50", "-bf", "3"));
        reordered.assertPlays(10, 0);
        assertTrue(reordered.whole().independentSegments());

        Outcome open =
                push(
                        "open-gop",
                        encode("o", 10, "-g", "50", "-bf", "3", "-x264-params", "open-gop=1"));
        open.assertPlays(10, 0);
        assertFalse(open.whole().independentSegments(), "an open group needs the one before");

        Outcome variable =
                push(
                        "variable",
                        encode(
                                "v",
                                20,
                                "-g",
                                "20",
                                "-vf",
                                "select=gt(random(7)\\,0.6)",
                                "-vsync",
                                "vfr"));
        variable.assertAllThere();
        assertEquals(20, variable.seconds(), 1.5);

        Outcome seldom =
                push("seldom", encode("s", 20, "-g", "9999", "-force_key_frames", "0,2,4,13,14"));
        seldom.assertPlays(20, 0);
        assertEquals(2, seldom.whole().targetDurationSeconds());
        assertFalse(seldom.whole().independentSegments());
    }

    @Test
    void soundAloneKeepsTheRules() throws IOException {
        push("surround", encode("six", 20, "-vn", "-ac", "6")).assertPlays(20, 0);
        push("picture-surround", encode("p6", 10, "-g", "50", "-ac", "6")).assertPlays(10, 0);
    }

    @Test
    void withoutAKeyframeTheFirstSegmentEndsAfterAMinute() throws IOException {
        Outcome outcome = push("none", encode("n", 130, "-g", "9999", "-r", "5", "-an"));
        outcome.assertPlays(130, 0);
        assertEquals(60, outcome.whole().targetDurationSeconds());
        assertEquals(3, outcome.whole().segments().size());
    }
}
