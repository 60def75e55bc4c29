package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.FormatException;
import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.live.StreamStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a push makes of its publisher's tags, good and bad. */
@Timeout(120)
class PushTest {
    private static final Instant BEGAN = Studio.NOON.plusSeconds(5);

    @TempDir Path directory;

    private void with(Consumer<Scene> test) {
        try (Studio studio = new Studio(directory)) {
            studio.clock.advance(Duration.between(Studio.NOON, BEGAN));
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a");
            publisher.enter(stream);
            test.accept(new Scene(studio, stream, publisher));
        }
    }

    private record Scene(Studio studio, LiveStream stream, Publisher publisher) {
        void video(long time, byte[] tag) {
            publisher.let().video(time, tag);
        }

        void audio(long time, byte[] tag) {
            publisher.let().audio(time, tag);
        }

        void picture(long time, boolean keyframe) {
            video(time, Publisher.picture(keyframe));
        }

        StreamStatus status() {
            return stream.status();
        }

        long dropped() {
            return status().droppedAccessUnits();
        }

        List<MediaPlaylist.Segment> segments() {
            return studio.playlist().segments();
        }

        List<Instant> times() {
            return segments().stream().map(MediaPlaylist.Segment::programDateTime).toList();
        }

        List<Boolean> discontinuities() {
            return segments().stream().map(MediaPlaylist.Segment::discontinuity).toList();
        }

        void assertUnsupported(Runnable tag) {
            FormatException refused = assertThrows(FormatException.class, tag::run);
            assertEquals(FormatException.Code.UNSUPPORTED, refused.code());
        }
    }

    /** The bytes of a segment, each a character. */
    private static String text(Scene s, long msn) {
        return new String(s.studio().recent.get("s", msn).bytes(), StandardCharsets.ISO_8859_1);
    }

    /** Where the first packet of that elementary stream (0xe0 video, 0xc0 audio) begins. */
    private static int pes(String segment, int streamId) {
        int at = segment.indexOf("\0\0\u0001" + (char) streamId);
        assertTrue(at > 0, "no such packet");
        return at;
    }

    /** A PTS or DTS of 33 bits in five bytes. */
    private static long ticks(String segment, int at) {
        return (segment.charAt(at) >> 1 & 7L) << 30
                | (long) segment.charAt(at + 1) << 22
                | (segment.charAt(at + 2) >> 1 & 0x7fL) << 15
                | (long) segment.charAt(at + 3) << 7
                | segment.charAt(at + 4) >> 1;
    }

    private static void metadata(Scene scene, Map<String, AmfValue> fields) {
        scene.publisher().let().metadata(new AmfValue.Obj(fields));
    }

    @Test
    void aCodecThatNothingPlaysIsRefusedByName() {
        with(
                s -> {
                    s.assertUnsupported(() -> s.video(0, new byte[] {0x1c, 1, 0, 0, 0}));
                    s.assertUnsupported(() -> s.audio(0, new byte[] {0x2f, 1}));
                    s.assertUnsupported(() -> s.audio(0, new byte[] {(byte) 0xaf, 0, 2 << 3, 0}));
                    assertEquals(0, s.dropped());
                });
    }

    @Test
    void picturesBeforeTheirConfigurationOrTheFirstKeyframeAreDropped() {
        with(
                s -> {
                    s.picture(0, true);
                    assertEquals(1, s.dropped());
                    s.video(0, Publisher.config(0));
                    s.picture(40, false);
                    assertEquals(2, s.dropped());
                    s.picture(80, true);
                    s.picture(120, false);
                    assertEquals(2, s.dropped());
                    s.video(160, new byte[] {0x57, 1, 0, 0, 0});
                    s.video(160, new byte[0]);
                    s.video(160, new byte[] {0x17, 2, 0, 0, 0});
                    assertEquals(2, s.dropped(), "tags that hold nothing");
                    assertNull(s.status().lastProblem());
                });
    }

    @Test
    void afterDamageAllIsDroppedUpToTheNextKeyframe() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    for (byte[] damaged :
                            List.of(
                                    new byte[] {0x27, 1},
                                    new byte[] {0x27, 7, 0, 0, 0},
                                    new byte[] {0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x41},
                                    Publisher.avcc(false, 0xc1),
                                    new byte[] {0x17, 0, 0, 0, 0, 9})) {
                        long before = s.dropped();
                        s.picture(0, true);
                        s.video(10, damaged);
                        assertEquals(before + 1, s.dropped());
                        assertTrue(
                                String.valueOf(s.status().lastProblem())
                                        .matches("damaged video: .* .*"));
                        s.picture(20, false);
                        assertEquals(before + 2, s.dropped());
                        s.picture(30, true);
                        s.picture(40, false);
                        assertEquals(before + 2, s.dropped());
                    }
                    long before = s.dropped();
                    s.video(50, Publisher.avcc(false, 6, 1));
                    assertEquals(before + 1, s.dropped(), "no slice in it");
                    s.picture(60, false);
                    assertEquals(before + 1, s.dropped());
                });
    }

    @Test
    void aConfigurationThatEndsTooSoonIsDamageWhereverItEnds() {
        with(
                s -> {
                    byte[] whole = Publisher.config(0);
                    for (int end = 5; end < whole.length; end++) {
                        s.video(0, Arrays.copyOf(whole, end));
                        assertEquals(end - 4, s.dropped(), "cut at " + end);
                    }
                });
    }

    @Test
    void damagedSoundIsDroppedAndThePictureGoesOn() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.audio(0, Publisher.sound(10));
                    assertEquals(1, s.dropped(), "no configuration yet");
                    s.audio(0, Publisher.soundConfig(3));
                    s.picture(0, true);
                    s.audio(10, new byte[] {(byte) 0xaf});
                    assertEquals(2, s.dropped());
                    s.audio(10, new byte[] {(byte) 0xaf, 0});
                    assertEquals(3, s.dropped());
                    s.audio(10, Publisher.sound(8 * 1024 - 7));
                    assertEquals(4, s.dropped(), "longer than an ADTS frame");
                    s.audio(10, Publisher.sound(8 * 1024 - 8));
                    s.audio(20, new byte[] {(byte) 0xaf, 1});
                    s.audio(20, new byte[0]);
                    s.picture(40, false);
                    assertEquals(4, s.dropped());
                });
    }

    @Test
    void aKeyframeByItsFlagOrItsSliceBeginsASegment() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.video(0, Publisher.avcc(true, 0x41, 1));
                    s.video(2_000, Publisher.avcc(false, 0x65, 1));
                    s.video(2_040, Publisher.avcc(false, 0x41, 1));
                    assertEquals(1, s.status().segments());
                    assertEquals(0, s.dropped());
                    assertTrue(text(s, 0).contains("\0\0\u0001g"), "the parameter sets");
                });
    }

    @Test
    void anotherConfigurationIsADiscontinuityAndTheSameOneIsNot() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.video(1, Publisher.config(0));
                    s.picture(1_000, false);
                    assertEquals(0, s.dropped());
                    s.video(1_500, Publisher.config(25));
                    s.picture(1_600, false);
                    assertEquals(1, s.dropped(), "it waits for a keyframe");
                    s.picture(2_000, true);
                    s.picture(4_000, true);
                    assertEquals(List.of(false, true), s.discontinuities());
                });
    }

    @Test
    void theFrameRateIsTheStreamsOwnWordOrElseTheEncoders() {
        Map<String, AmfValue> rate = new LinkedHashMap<>();
        with(
                s -> {
                    rate.put("framerate", new AmfValue.Num(24));
                    metadata(s, rate);
                    s.video(0, Publisher.config(0));
                    assertEquals(24, frameRate(s));
                    for (int fps : new int[] {25, 1}) {
                        s.video(0, Publisher.config(fps));
                        assertEquals(fps, frameRate(s));
                    }
                });
    }

    @Test
    void anAbsurdFrameRateIsNotBelieved() {
        with(
                s -> {
                    for (double rate : new double[] {1_000, -1, 0}) {
                        metadata(s, Map.of("framerate", new AmfValue.Num(24)));
                        metadata(s, Map.of("framerate", new AmfValue.Num(rate)));
                        s.video(0, Publisher.config(25));
                        s.video(0, Publisher.config(0));
                        assertEquals(0, frameRate(s), "" + rate);
                    }
                    metadata(s, Map.of("framerate", new AmfValue.Num(0.5)));
                    s.video(0, Publisher.config(25));
                    s.video(0, Publisher.config(0));
                    assertEquals(0.5, frameRate(s));
                    metadata(s, Map.of());
                    s.video(0, Publisher.config(25));
                    s.video(0, Publisher.config(0));
                    assertEquals(0, frameRate(s), "not said");
                });
    }

    @Test
    void soundAloneHasNoFrameRateWhateverIsSaid() {
        with(
                s -> {
                    metadata(s, Map.of("framerate", new AmfValue.Num(24)));
                    s.audio(0, Publisher.soundConfig(3));
                    s.audio(0, Publisher.sound(10));
                    s.audio(2_000, Publisher.sound(10));
                    String master = String.valueOf(s.stream().masterPlaylist("x"));
                    assertTrue(master.contains("CODECS=\"mp4a.40.2\""), master);
                    assertTrue(!master.contains("FRAME-RATE"), master);
                });
    }

    @Test
    void thePublishersPictureAndSoundAreDescribedAsTheyAreKnown() {
        with(
                s -> {
                    assertNull(s.status().videoCodec());
                    assertNull(s.status().audioCodec());
                    s.audio(0, Publisher.soundConfig(3));
                    assertEquals("mp4a.40.2", s.status().audioCodec());
                    assertEquals(48_000, s.status().audioSampleRateHertz());
                    assertEquals(2, s.status().audioChannels());
                    assertNull(s.status().videoCodec());
                    assertEquals(0, s.status().width());
                    assertEquals(0, s.status().height());
                    s.video(0, Publisher.config(25));
                    assertEquals("avc1.42c01e", s.status().videoCodec());
                    assertEquals(Publisher.WIDTH, s.status().width());
                    assertEquals(Publisher.HEIGHT, s.status().height());
                    assertEquals("mp4a.40.2", s.status().audioCodec());
                    s.audio(0, Publisher.soundConfig(4));
                    assertEquals(44_100, s.status().audioSampleRateHertz());
                    assertEquals("avc1.42c01e", s.status().videoCodec());
                    s.publisher().end();
                    assertEquals(StreamStatus.State.WAITING, s.status().state());
                });
    }

    @Test
    void aPictureWithoutSoundIsDescribedAsThat() {
        with(
                s -> {
                    s.video(0, Publisher.config(25));
                    assertNull(s.status().audioCodec());
                    assertEquals(0, s.status().audioSampleRateHertz());
                    assertEquals(0, s.status().audioChannels());
                    s.picture(0, true);
                    s.picture(1_500, true);
                    assertEquals(Duration.ofMillis(1_500), s.status().keyframeInterval());
                });
    }

    /** As the multivariant playlist tells it. */
    private static double frameRate(Scene s) {
        s.picture(0, true);
        s.picture(10_000, true);
        String master = String.valueOf(s.stream().masterPlaylist("x"));
        int at = master.indexOf("FRAME-RATE=");
        return at < 0 ? 0 : Double.parseDouble(master.substring(at + 11).split("[,\n]")[0]);
    }

    @Test
    void soundAloneIsPlayedUnlessAPictureIsAnnounced() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    for (int i = 0; i < 200; i++) {
                        s.audio(i * 1_024L / 48, Publisher.sound(100));
                    }
                    assertEquals(2, s.status().segments());
                    assertNull(s.status().videoCodec());
                    assertEquals(0, s.status().width());
                    assertEquals(1.941, s.segments().getFirst().durationSeconds(), 0.01);
                    s.publisher().end();
                    assertEquals(3, s.status().segments(), "the last one lasts as its frames do");
                    assertEquals(
                            200 * 1_024 / 48_000.0,
                            s.segments().stream()
                                    .mapToDouble(MediaPlaylist.Segment::durationSeconds)
                                    .sum(),
                            0.01);
                });
    }

    @Test
    void soundBeforeAnAnnouncedPictureIsHeldBackWithoutBeingCountedAsDropped() {
        with(
                s -> {
                    metadata(s, Map.of("videocodecid", new AmfValue.Num(7)));
                    metadata(s, Map.of());
                    s.audio(0, Publisher.soundConfig(3));
                    s.audio(0, Publisher.sound(100));
                    s.audio(3_000, Publisher.sound(100));
                    assertEquals(0, s.status().segments());
                    assertEquals(0, s.dropped());
                    s.video(3_000, Publisher.config(0));
                    s.picture(3_000, true);
                    s.audio(3_010, Publisher.sound(100));
                    s.picture(5_000, true);
                    assertEquals(1, s.status().segments());
                    assertEquals(2.0, s.segments().getFirst().durationSeconds());
                });
    }

    @Test
    void soundThatBeginsLateBeginsASegmentAtTheNextKeyframe() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.audio(500, Publisher.soundConfig(3));
                    s.audio(500, Publisher.soundConfig(3));
                    assertEquals(1, s.status().segments(), "the program's tables change");
                    s.picture(600, false);
                    assertEquals(1, s.dropped());
                    s.picture(1_000, true);
                    s.picture(3_000, true);
                    assertEquals(List.of(false, true), s.discontinuities());
                    s.audio(3_000, Publisher.soundConfig(4));
                    assertEquals(44_100, s.status().audioSampleRateHertz());
                    s.picture(3_500, true);
                    s.picture(5_500, true);
                    assertEquals(List.of(false, true, false, true), s.discontinuities());
                });
    }

    @Test
    void soundThatChangesBeginsASegmentAtTheNextKeyframeAndNoSooner() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.audio(500, Publisher.soundConfig(4));
                    assertEquals(1, s.status().segments());
                    s.picture(600, false);
                    assertEquals(1, s.dropped(), "a segment begins with a keyframe");
                    s.picture(1_000, true);
                    s.audio(1_500, Publisher.soundConfig(4));
                    s.picture(1_600, false);
                    assertEquals(1, s.dropped(), "the same once more changes nothing");
                    s.picture(3_000, true);
                    assertTrue(text(s, 1).contains("\u001b\u00e1\0"), "a picture in its program");
                    assertTrue(text(s, 1).contains("\u000f\u00e1\u0001"), "and a sound");
                    assertEquals(List.of(false, true), s.discontinuities());
                });
    }

    @Test
    void aJumpInTimeIsADiscontinuityAtTheNextKeyframe() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.picture(1_000, false);
                    s.picture(100_000, false);
                    assertEquals("the publisher's timestamps jumped", s.status().lastProblem());
                    assertEquals(0, s.status().segments());
                    s.picture(100_500, true);
                    assertEquals(0, s.dropped());
                    assertEquals(1, s.status().segments());
                    s.picture(102_500, true);
                    s.picture(104_500, true);
                    assertEquals(List.of(false, true, false), s.discontinuities());
                });
    }

    @Test
    void aJumpThatTheSoundShowsFirstWaitsForTheNextKeyframeToo() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.audio(0, Publisher.sound(10));
                    s.audio(100_000, Publisher.sound(10));
                    assertEquals("the publisher's timestamps jumped", s.status().lastProblem());
                    assertEquals(0, s.status().segments());
                    s.picture(100_100, true);
                    s.picture(102_100, true);
                    assertEquals(List.of(false, true), s.discontinuities());
                });
    }

    @Test
    void aJumpInSoundAloneIsADiscontinuityAtOnce() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    s.audio(0, Publisher.sound(10));
                    s.audio(100_000, Publisher.sound(10));
                    assertEquals(1, s.status().segments());
                    assertEquals(0, s.dropped());
                    s.audio(102_000, Publisher.sound(10));
                    s.audio(104_000, Publisher.sound(10));
                    assertEquals(List.of(false, true, false), s.discontinuities());
                });
    }

    /** The clock of the media and the one on the wall part: where a segment is, is told anew. */
    @Test
    void afterAJumpPicturesHaveTheTimeAtWhichTheyCame() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    assertTimeOfArrival(s, time -> s.picture(time, true));
                });
    }

    @Test
    void afterAJumpSoundsHaveTheTimeAtWhichTheyCame() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    assertTimeOfArrival(s, time -> s.audio(time, Publisher.sound(10)));
                });
    }

    private static void assertTimeOfArrival(Scene s, LongConsumer tag) {
        tag.accept(0);
        s.studio().clock.advance(Duration.ofMillis(7_123));
        tag.accept(100_000);
        tag.accept(102_000);
        assertEquals(List.of(BEGAN, BEGAN.plusMillis(7_123)), s.times());
    }

    @Test
    void segmentsHaveTheTimeAtWhichTheyCameByAClockThatNobodySets() {
        with(
                s -> {
                    s.video(0, Publisher.config(0));
                    s.picture(0, true);
                    s.studio().clock.stepWall(Duration.ofHours(1));
                    s.studio().clock.advance(Duration.ofSeconds(2));
                    s.picture(2_000, true);
                    s.studio().clock.advance(Duration.ofSeconds(2));
                    s.picture(4_000, true);
                    assertEquals(List.of(BEGAN, BEGAN.plusSeconds(2)), s.times());
                });
    }

    @Test
    void aPictureIsInTheSegmentWithItsTimesAndTheSoundBesideIt() {
        with(
                s -> {
                    metadata(s, Map.of("videocodecid", new AmfValue.Num(7)));
                    s.audio(0, Publisher.soundConfig(3));
                    s.video(0, Publisher.config(0));
                    byte[] tag = Publisher.avcc(true, 0x65, 'p', 'i', 'c');
                    tag[4] = 80; // shown 80 ms after it is decoded
                    s.video(0, tag);
                    s.audio(0, Publisher.sound(10));
                    s.picture(2_000, true);
                    String segment = text(s, 0);
                    int video = pes(segment, 0xe0);
                    assertEquals(Timeline.BASE_TICKS, ticks(segment, video + 14), "decoded");
                    assertEquals(Timeline.BASE_TICKS + 80 * 90, ticks(segment, video + 9));
                    assertTrue(segment.substring(video).contains("\0\0\u0001epic"));
                    assertEquals(Timeline.BASE_TICKS, ticks(segment, pes(segment, 0xc0) + 9));
                });
    }

    @Test
    void aSoundsFramesAreInTheSegmentWithTheirHeaders() {
        with(
                s -> {
                    s.audio(0, Publisher.soundConfig(3));
                    byte[] tag = Publisher.sound(20);
                    Arrays.fill(tag, 2, tag.length, (byte) 0x5a);
                    s.audio(0, tag);
                    s.audio(2_000, Publisher.sound(20));
                    String segment = text(s, 0);
                    int at = segment.indexOf("\u00ff\u00f1");
                    assertTrue(at > 0, "an ADTS header");
                    assertEquals("Z".repeat(20), segment.substring(at + 7, at + 27));
                });
    }

    @Test
    void everyBytePublishedCountsInTheRate() {
        with(
                s -> {
                    byte[] command = new byte[1_000 - Publisher.config(0).length];
                    command[0] = 0x57;
                    s.video(0, command);
                    s.video(0, Publisher.config(0));
                    s.audio(0, new byte[0]);
                    s.publisher().let().audio(0, Publisher.soundConfig(3));
                    s.studio().clock.advance(Duration.ofSeconds(1));
                    s.stream().tick();
                    assertEquals(
                            (1_000 + Publisher.soundConfig(3).length) * 8L,
                            s.status().bitrateBitsPerSecond());
                });
    }
}
