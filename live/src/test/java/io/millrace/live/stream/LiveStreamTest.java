package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.StreamStatus;
import io.millrace.live.StreamStatus.State;
import io.millrace.live.record.Checkpoint;
import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import io.millrace.live.rtmp.Ingest;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stream's numbers, sessions and playlist, from its publisher's first tag to its end. */
@Timeout(120)
class LiveStreamTest {
    private static final int STRIDE = 64;

    @TempDir Path directory;

    private static List<String> names(int from, int to) {
        return IntStream.range(from, to).mapToObj(SegmentRow::fileName).toList();
    }

    private static Ingest.Admission.Refused refused(Ingest.Admission admission) {
        return assertInstanceOf(Ingest.Admission.Refused.class, admission);
    }

    @Test
    void aNewStreamIsOfflineAndHasNothingToPlay() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            StreamStatus status = stream.status();
            assertEquals(State.OFFLINE, status.state());
            assertNull(status.since());
            assertNull(status.session());
            assertNull(status.publisher());
            assertNull(status.lastProblem());
            assertEquals(Duration.ZERO, status.keyframeInterval());
            assertNull(stream.mediaPlaylist());
            assertNull(stream.masterPlaylist("x"));
            assertNull(stream.openSession());
            assertTrue(stream.idle());
            assertTrue(stream.owned());
            assertEquals(0, status.unsentSegments());
            stream.tick();
            stream.endNow();
            assertEquals(State.OFFLINE, stream.status().state());
            assertNull(stream.status().lastProblem(), "there is no session that could end");
        }
    }

    @Test
    void segmentsGetTheNextNumbersAndGoToPlayersAndToTheStore() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("192.0.2.1:5").begin(stream);
            assertNull(stream.mediaPlaylist(), "before the first segment");
            publisher.seconds(0, 7);
            assertEquals(names(0, 3), studio.uris());
            MediaPlaylist playlist = studio.playlist();
            assertEquals(0, playlist.mediaSequence());
            assertEquals(0, playlist.discontinuitySequence());
            assertFalse(playlist.ended());
            assertEquals(2, playlist.targetDurationSeconds());
            assertTrue(
                    playlist.segments().stream().noneMatch(MediaPlaylist.Segment::discontinuity));
            for (int msn = 0; msn < 3; msn++) {
                assertNotNull(studio.recent.get("s", msn), "in memory for players");
            }
            studio.awaitSent();
            Session session = stream.openSession();
            assertNotNull(session);
            assertEquals(3, session.row().segments());
            assertEquals(0, session.row().firstMsn());
            assertEquals(2, session.row().lastMsn());
            assertEquals("avc1.42c01e", session.row().media().videoCodec());
            assertEquals(
                    new SegmentRow(
                            1,
                            2_000_000,
                            Studio.NOON.plusMillis(500).toEpochMilli(),
                            false,
                            0,
                            studio.bytes(1),
                            1,
                            true),
                    studio.catalogue.segments("s", session.id()).get(1),
                    "with its owner's epoch");
            assertTrue(
                    studio.store
                            .objects()
                            .head("recordings", "live/s/source/0000000002.ts")
                            .isPresent());
        }
    }

    @Test
    void aSessionIsWrittenDownBeforeAnythingIsInIt() {
        try (Studio studio = new Studio(directory)) {
            new Publisher("a").enter(studio.open());
            assertEquals(
                    List.of(
                            new SessionRow(
                                    "s",
                                    "20260601T120000Z",
                                    "recordings",
                                    "live/",
                                    Studio.NOON.toEpochMilli(),
                                    -1,
                                    -1,
                                    -1,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    MediaDescription.UNKNOWN,
                                    0)),
                    studio.catalogue.sessions("s", 9));
        }
    }

    @Test
    void theStatusTellsWhoPublishesWhat() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("192.0.2.1:5").begin(stream);
            publisher.let().audio(0, Publisher.soundConfig(3));
            publisher.seconds(0, 3);
            StreamStatus status = stream.status();
            assertEquals("s", status.stream());
            assertEquals(State.LIVE, status.state());
            assertEquals(Studio.NOON, status.since());
            assertEquals("20260601T120000Z", status.session());
            assertEquals("192.0.2.1:5", status.publisher());
            assertEquals("avc1.42c01e", status.videoCodec());
            assertEquals("mp4a.40.2", status.audioCodec());
            assertEquals(Publisher.WIDTH, status.width());
            assertEquals(Publisher.HEIGHT, status.height());
            assertEquals(48_000, status.audioSampleRateHertz());
            assertEquals(2, status.audioChannels());
            assertEquals(2.0, status.framesPerSecond());
            assertEquals(Duration.ofSeconds(1), status.keyframeInterval());
            assertEquals(1, status.segments());
            assertEquals(0, status.droppedAccessUnits());
            assertEquals(0, status.discontinuities());
            assertEquals(0, status.bitrateBitsPerSecond());
            studio.clock.advance(Duration.ofSeconds(1));
            stream.tick();
            long bits = stream.status().bitrateBitsPerSecond();
            assertTrue(bits > 0, "bytes of the last second");
            publisher.end();
            StreamStatus after = stream.status();
            assertEquals(State.WAITING, after.state());
            assertEquals(Studio.NOON.plusSeconds(1), after.since());
            assertNull(after.publisher());
            assertEquals(0, after.bitrateBitsPerSecond());
            assertEquals(0, after.framesPerSecond());
            assertEquals(Duration.ZERO, after.keyframeInterval());
            assertEquals("avc1.42c01e", after.videoCodec());
            assertEquals(2, after.segments());
            studio.clock.advance(Duration.ofSeconds(20));
            new Publisher("b").begin(stream);
            stream.tick();
            assertEquals(0, stream.status().bitrateBitsPerSecond(), "the last one's is over");
        }
    }

    @Test
    void aPublisherThatComesBackWithinTheGraceGoesOnAfterADiscontinuity() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher first = new Publisher("a").begin(stream);
            first.seconds(0, 4);
            first.end();
            String session = stream.status().session();
            studio.clock.advance(Studio.GRACE.minusMillis(1));
            stream.tick();
            assertEquals(State.WAITING, stream.status().state());
            Publisher again = new Publisher("b").begin(stream);
            again.seconds(0, 3);
            assertEquals(session, stream.status().session());
            assertEquals(1, stream.status().discontinuities());
            assertEquals(names(0, 3), studio.uris());
            MediaPlaylist playlist = studio.playlist();
            assertEquals(0, playlist.discontinuitySequence(), "the tag stands in the playlist");
            assertEquals(
                    List.of(false, false, true),
                    playlist.segments().stream()
                            .map(MediaPlaylist.Segment::discontinuity)
                            .toList());
            assertFalse(stream.idle());
            assertFalse(stream.close(), "somebody publishes");
            again.let().video(9_000, Publisher.avcc(false, 0xff));
            assertEquals(1, stream.status().droppedAccessUnits());
            again.end();
            assertEquals(1, stream.status().droppedAccessUnits(), "of the pushes before, too");
            studio.clock.advance(Studio.GRACE);
            stream.tick();
            assertEquals(State.OFFLINE, stream.status().state(), "the grace begins anew");
        }
    }

    @Test
    void theDiscontinuitySequenceCountsWhatHasLeftTheWindow() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            for (int push = 0; push < 3; push++) {
                Publisher publisher = new Publisher("p" + push).begin(stream);
                publisher.seconds(0, 2);
                publisher.end();
            }
            Publisher last = new Publisher("last").begin(stream);
            last.seconds(0, 41);
            assertEquals(3, studio.playlist().discontinuitySequence());
            assertEquals(3, stream.status().discontinuities());
            studio.awaitSent();
            last.seconds(41, 46);
            long first = studio.playlist().mediaSequence();
            assertNull(studio.recent.get("s", first - 1), "what no playlist shows is forgotten");
            assertNotNull(studio.recent.get("s", first));
        }
    }

    @Test
    void theSessionEndsAfterTheGraceAndItsPlaylistSaysSo() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 4);
            publisher.end();
            studio.awaitSent();
            Session session = stream.openSession();
            assertNotNull(session);
            assertFalse(stream.idle());
            studio.clock.advance(Studio.GRACE);
            stream.tick();
            assertEquals(State.OFFLINE, stream.status().state());
            assertEquals(Studio.NOON, stream.status().since(), "its publisher left then");
            assertTrue(studio.playlist().ended());
            assertEquals(names(0, 2), studio.uris(), "players ask for the end again");
            assertNull(stream.openSession());
            assertSame(session, stream.session(session.id()));
            assertSame(session, stream.anySession(session.id()));
            assertNull(stream.session("another"));
            assertEquals(
                    Studio.NOON.plus(Studio.GRACE).toEpochMilli(), session.row().endedMillis());
            assertNull(studio.recent.get("s", 1), "all of it is in the store");
            assertTrue(studio.object(session.row().playlistKey()).contains("#EXT-X-ENDLIST"));
            assertFalse(stream.idle(), "it lingers for the players");
            assertFalse(stream.close());
            studio.clock.advance(Duration.ofMillis(14_999));
            assertFalse(stream.idle());
            studio.clock.advance(Duration.ofMillis(1));
            stream.tick();
            assertEquals(
                    Studio.NOON.plus(Studio.GRACE).toEpochMilli(),
                    session.row().endedMillis(),
                    "it ends once");
            assertTrue(stream.idle());
            assertTrue(stream.close());
            Ingest.Admission.Refused late = refused(new Publisher("late").enter(stream));
            assertEquals(Ingest.Why.UNAVAILABLE, late.why());
        }
    }

    @Test
    void theNextSessionBeginsWithAnEmptyPlaylistAndTheNextNumber() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher first = new Publisher("a").begin(stream);
            first.seconds(0, 4);
            first.let().video(1, new byte[] {0x27, 1});
            first.end();
            Publisher back = new Publisher("a").begin(stream);
            back.seconds(0, 1);
            back.end();
            stream.uploadProblem("gone", true);
            studio.awaitSent();
            stream.endNow();
            assertNotNull(stream.status().lastProblem());
            assertEquals(1, stream.status().discontinuities());
            Publisher second = new Publisher("b").begin(stream);
            assertNull(stream.mediaPlaylist());
            StreamStatus fresh = stream.status();
            assertEquals("20260601T120001Z", fresh.session(), "a second after the last one");
            assertEquals(0, fresh.segments());
            assertEquals(0, fresh.droppedAccessUnits());
            assertEquals(0, fresh.lostSegments());
            assertEquals(0, fresh.discontinuities());
            assertNull(fresh.lastProblem());
            second.seconds(0, 3);
            assertEquals(names(3, 4), studio.uris());
            assertEquals(3, studio.playlist().mediaSequence());
            assertTrue(
                    studio.playlist().segments().getFirst().discontinuity(),
                    "numbers go on, times do not");
            assertEquals(0, stream.status().discontinuities(), "none within the session");
        }
    }

    @Test
    void aSecondPublisherIsRefusedWhileTheFirstIsAlive() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher first = new Publisher("192.0.2.1:5").begin(stream);
            Ingest.Admission.Refused busy = refused(new Publisher("b").enter(stream));
            assertEquals(Ingest.Why.BUSY, busy.why());
            assertEquals("s has a publisher already (192.0.2.1:5)", busy.reason());
            assertEquals(List.of(), first.cuts);
            first.seconds(0, 1);
            first.silentMilliseconds = 4_999;
            assertEquals(Ingest.Why.BUSY, refused(new Publisher("b").enter(stream)).why());
            first.silentMilliseconds = 5_000;
            Publisher second = new Publisher("b").begin(stream);
            assertEquals(List.of("silent, and another publisher took its place"), first.cuts);
            assertEquals("b", stream.status().publisher());
            assertEquals(1, stream.status().segments(), "the last segment of the first was kept");
            first.end();
            assertEquals(
                    "b", stream.status().publisher(), "the first one's end is not the second's");
            second.end();
            assertEquals(State.WAITING, stream.status().state());
        }
    }

    @Test
    void aPublisherWhoseKeyIsChangedIsCut() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            stream.update(Studio.info("other"));
            Publisher publisher = new Publisher("a").begin(stream);
            stream.update(Studio.info("other"));
            assertEquals(List.of(), publisher.cuts);
            stream.update(Studio.info("new"));
            assertEquals(List.of("the stream key was changed"), publisher.cuts);
            assertEquals("new", stream.info().streamKey());
        }
    }

    @Test
    void aStreamThatStopsCutsItsPublisherAndTakesNobody() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 1);
            stream.cut("the server stops");
            assertEquals(List.of("the server stops"), publisher.cuts);
            assertEquals(1, stream.status().segments());
            Ingest.Admission.Refused late = refused(new Publisher("b").enter(stream));
            assertEquals(Ingest.Why.UNAVAILABLE, late.why());
            assertEquals("the server stops", late.reason());
        }
    }

    @Test
    void whoPublishesIsCutWhenTheStreamIsGivenUp() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 1);
            studio.stream().giveUp();
            assertEquals(List.of("the stream is not this node's any more"), publisher.cuts);
            assertEquals(
                    new Checkpoint(STRIDE, 1, 0),
                    studio.catalogue.checkpoint("s"),
                    "the last segment got its number first");
            assertFalse(studio.stream().owned());
        }
    }

    @Test
    void aStreamThatWasNeverLiveKeepsNoNumbers() {
        try (Studio studio = new Studio(directory)) {
            studio.open().giveUp();
            assertEquals(Checkpoint.NEW, studio.catalogue.checkpoint("s"));
        }
    }

    @Test
    void aStreamThatGotNoSegmentBeginsAtTheFirstNumberOnce() {
        try (Studio studio = new Studio(directory)) {
            new Publisher("a").begin(studio.open()).end();
            studio.stream().giveUp();
            assertEquals(new Checkpoint(STRIDE, 0, 0), studio.catalogue.checkpoint("s"));
            Publisher next = new Publisher("b").begin(studio.open());
            next.seconds(0, 1);
            next.end();
            assertEquals(names(0, 1), studio.uris());
            assertEquals(2, studio.playlist().targetDurationSeconds(), "by the setting");
            assertEquals(
                    new Checkpoint(STRIDE, -1, STRIDE),
                    studio.catalogue.checkpoint("s"),
                    "after a crash it does not begin there again");
        }
    }

    private static SegmentRow row(long msn, long discontinuityNumber) {
        return new SegmentRow(
                msn, 2_000_000, Studio.NOON.toEpochMilli(), false, discontinuityNumber, 10);
    }

    @Test
    void aCleanStopGoesOnWithTheNextNumberAndTheSameWindow() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 8);
            publisher.end();
            studio.awaitSent();
            String session = studio.stream().status().session();
            studio.stream().giveUp();
            assertFalse(studio.stream().owned());
            Checkpoint kept = studio.catalogue.checkpoint("s");
            assertEquals(new Checkpoint(STRIDE, 4, 0), kept);
            LiveStream next = studio.open();
            assertEquals(State.WAITING, next.status().state());
            assertEquals(Studio.NOON, next.status().since());
            assertEquals(session, next.status().session());
            assertEquals("avc1.42c01e", next.status().videoCodec());
            assertEquals(4, next.status().segments());
            assertEquals(names(0, 4), studio.uris());
            Publisher back = new Publisher("b").begin(next);
            back.seconds(0, 3);
            assertEquals("0000000004.ts", studio.uris().getLast());
            assertTrue(studio.playlist().segments().getLast().discontinuity());
            assertEquals(
                    -1,
                    studio.catalogue.checkpoint("s").nextMsn(),
                    "while it runs nobody may go on");
        }
    }

    @Test
    void afterACrashNumbersGoOnAboveAllThatWereGivenOut() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            assertEquals(new Checkpoint(STRIDE, -1, STRIDE), studio.catalogue.checkpoint("s"));
            publisher.seconds(0, 5);
            studio.awaitSent();
            LiveStream next = studio.open();
            assertEquals(State.WAITING, next.status().state());
            assertNull(next.mediaPlaylist(), "a playlist can't skip numbers");
            new Publisher("b").begin(next).seconds(0, 3);
            assertEquals(List.of("0000000064.ts"), studio.uris());
            assertEquals(STRIDE, studio.playlist().discontinuitySequence());
        }
    }

    @Test
    void numbersAreReservedBeforeHalfOfAStrideIsLeft() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 2 * 32 + 1);
            assertEquals(STRIDE, studio.catalogue.checkpoint("s").reservedMsn());
            publisher.seconds(2 * 32 + 1, 2 * 33 + 1);
            assertEquals(32 + STRIDE, studio.catalogue.checkpoint("s").reservedMsn());
            assertEquals(-1, studio.catalogue.checkpoint("s").nextMsn());
        }
    }

    @Test
    void aRestartShowsTheStoredAndTheSpooledSegments() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 5);
            publisher.end();
            studio.awaitSent();
            studio.stream().giveUp();
            studio.keepCheckpoint(new Checkpoint(STRIDE, 5, 2));
            LiveStream next = studio.open(row(3, 1), row(4, 7));
            assertEquals(names(0, 5), studio.uris());
            assertEquals(2, next.status().unsentSegments());
            assertFalse(studio.playlist().ended());
            next.tick();
            assertEquals(
                    State.WAITING, next.status().state(), "its publisher gets the whole grace");
            studio.clock.advance(Studio.GRACE);
            next.tick();
            assertEquals(State.OFFLINE, next.status().state());
            assertNotNull(next.mediaPlaylist());
            studio.clock.advance(Duration.ofMinutes(1));
            assertFalse(next.idle(), "two segments are not in the store");
        }
    }

    @Test
    void aSessionThatHadEndedStaysEnded() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 2);
            publisher.end();
            studio.awaitSent();
            studio.stream().endNow();
            String id = String.valueOf(studio.stream().status().session());
            studio.stream().giveUp();
            LiveStream next = studio.open();
            assertEquals(State.OFFLINE, next.status().state());
            assertNull(next.mediaPlaylist());
            assertNull(next.session(id));
            assertNotNull(next.anySession(id), "kept, to bring late segments home");
            assertNull(next.anySession("20000101T000000Z"));
            assertEquals("avc1.42c01e", next.status().videoCodec());
        }
    }

    @Test
    void aNodeThatLostTheStreamGivesOutNoNumberAndCutsThePublisher() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 3);
            assertEquals(names(0, 1), studio.uris());
            studio.awaitSent();
            try (Leases thief =
                    Leases.open(
                            studio.keySpace,
                            "node",
                            Leases.Options.standard(),
                            MonotonicClock.system())) {
                thief.acquire("live/stream/s").orElseThrow();
                studio.lease().close();
                publisher.seconds(3, 5);
                assertEquals(names(0, 1), studio.uris());
                assertEquals(1, stream.status().lostSegments());
                assertEquals("another node owns the stream now", stream.status().lastProblem());
                stream.tick();
                assertEquals(
                        List.of("this node could not keep the stream; another may have it"),
                        publisher.cuts);
                assertFalse(stream.owned());
                studio.clock.advance(Duration.ofMinutes(5));
                stream.tick();
                assertEquals(
                        State.WAITING, stream.status().state(), "its end is the owner's to say");
                assertEquals(-1, studio.catalogue.sessions("s", 1).getFirst().endedMillis());
            }
        }
    }

    @Test
    void theMultivariantPlaylistTellsTheRatesAndTheCodecs() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            assertNull(stream.masterPlaylist("media.m3u8"));
            publisher.seconds(0, 3);
            String master = String.valueOf(stream.masterPlaylist("media.m3u8"));
            int bytes = studio.bytes(0);
            long rate = bytes * 8L / 2;
            assertTrue(master.contains("BANDWIDTH=" + rate), master);
            assertTrue(master.contains("AVERAGE-BANDWIDTH=" + rate), master);
            assertTrue(master.contains("CODECS=\"avc1.42c01e\""), master);
            assertTrue(master.contains("RESOLUTION=320x192"), master);
            assertTrue(master.endsWith("media.m3u8\n"), master);
            publisher.end();
            studio.awaitSent();
            rate = studio.catalogue.sessions("s", 1).getFirst().peakBitsPerSecond();
            stream.giveUp();
            String again = String.valueOf(studio.open().masterPlaylist("media.m3u8"));
            assertTrue(again.contains("BANDWIDTH=" + rate), "by the session's record: " + again);
            String unknown = LivePlaylist.master(MediaDescription.UNKNOWN, "x", 0, 0, true);
            assertTrue(unknown.contains("BANDWIDTH=1\n"), "never nothing: " + unknown);
            assertTrue(unknown.contains("#EXT-X-INDEPENDENT-SEGMENTS"), unknown);
            MediaDescription fast = new MediaDescription("avc1.42c01e", 320, 192, 25, null, 0, 0);
            String known = LivePlaylist.master(fast, "x", 1, 1, true);
            assertTrue(known.contains("FRAME-RATE=25"), known);
        }
    }

    @Test
    void whatTheUploaderSaysIsToldToo() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            stream.uploadProblem("slow", false);
            assertEquals("slow", stream.status().lastProblem());
            assertEquals(0, stream.status().lostSegments());
            stream.uploadProblem("gone", true);
            assertEquals(1, stream.status().lostSegments());
        }
    }

    @Test
    void sessionsStayInOrderWhenTheClockIsSetBack() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            new Publisher("a").begin(stream).end();
            stream.endNow();
            studio.clock.stepWall(Duration.ofHours(-1));
            new Publisher("b").begin(stream).end();
            assertEquals("20260601T120001Z", stream.status().session());
            stream.endNow();
            studio.clock.stepWall(Duration.ofHours(2));
            new Publisher("c").begin(stream).end();
            assertEquals("20260601T130000Z", stream.status().session());
            List<String> ids =
                    studio.catalogue.sessions("s", 9).stream().map(SessionRow::id).toList();
            assertEquals(List.of("20260601T130000Z", "20260601T120001Z", "20260601T120000Z"), ids);
            assertNotEquals(ids.getFirst(), ids.getLast());
        }
    }
}
