package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.live.StreamStatus.State;
import io.millrace.live.record.Checkpoint;
import io.millrace.live.record.SegmentRow;
import io.millrace.work.outgoing.Event;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a stream does when its rows can't be written, or somebody comes in between. */
@Timeout(120)
class LiveStreamDoubtTest {
    private static final byte[] CHECKPOINT = Studio.row(2);
    private static final byte[] SESSION = Studio.row(3);
    private static final String UNANSWERED = "the key space answers neither yes nor no";

    @TempDir Path directory;

    @Test
    void aStreamRunsOnWhenNoNumbersCanBeReservedAndSaysSo() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            studio.commits.breakAt(CHECKPOINT);
            Publisher publisher = new Publisher("a").begin(stream);
            assertEquals(
                    "numbers could not be reserved: " + UNANSWERED, stream.status().lastProblem());
            publisher.seconds(0, 3);
            assertEquals(1, studio.uris().size());
            assertEquals(0, stream.status().lostSegments());
            assertEquals(Checkpoint.NEW, studio.catalogue.checkpoint("s"));
            studio.commits.mend();
            publisher.seconds(3, 5);
            assertEquals(
                    new Checkpoint(1 + 64, -1, 64),
                    studio.catalogue.checkpoint("s"),
                    "it is tried again with the next segment");
        }
    }

    @Test
    void aSessionWhoseEndCannotBeKeptWaitsForTheNextTry() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 1);
            publisher.end();
            studio.awaitSent();
            studio.clock.advance(Studio.GRACE);
            studio.commits.breakAt(SESSION);
            stream.tick();
            assertEquals(State.WAITING, stream.status().state());
            assertEquals(
                    "the session's end could not be kept: " + UNANSWERED,
                    stream.status().lastProblem());
            assertFalse(studio.playlist().ended());
            studio.commits.mend();
            stream.tick();
            assertEquals(State.OFFLINE, stream.status().state());
            assertTrue(studio.playlist().ended());
            assertEquals(
                    List.of("io.millrace.stream.started", "io.millrace.stream.ended"),
                    studio.told.stream().map(Event::type).distinct().toList());
            assertEquals("streams/s", studio.told.getLast().subject());
        }
    }

    @Test
    void aPublisherThatComesWhileTheEndIsWrittenDownGoesOn() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 1);
            publisher.end();
            studio.awaitSent();
            String session = stream.status().session();
            studio.clock.advance(Studio.GRACE);
            Publisher back = new Publisher("b");
            studio.commits.before(SESSION, () -> back.begin(stream));
            stream.tick();
            assertEquals(State.LIVE, stream.status().state());
            assertEquals(session, stream.status().session());
            assertNotNull(stream.openSession());
            back.seconds(0, 1);
            back.end();
            assertFalse(studio.playlist().ended());
            assertEquals(2, studio.uris().size());
        }
    }

    @Test
    void whatIsNotInTheStoreYetIsPlayedFromMemoryAfterTheEnd() {
        try (Studio studio = new Studio(directory)) {
            Publisher publisher = new Publisher("a").begin(studio.open());
            publisher.seconds(0, 1);
            publisher.end();
            studio.awaitSent();
            studio.stream().giveUp();
            LiveStream next =
                    studio.open(
                            new SegmentRow(0, 2_000_000, Studio.NOON.toEpochMilli(), false, 0, 10));
            Publisher back = new Publisher("b").begin(next);
            back.seconds(0, 1);
            back.end();
            next.endNow();
            assertEquals(State.OFFLINE, next.status().state());
            assertNotNull(studio.recent.get("s", 1), "the spool's segment is not sent yet");
        }
    }

    @Test
    void theRatesAreTheRunningStreamsWhileNothingLandsInTheStore() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            studio.commits.breakAt(SESSION);
            publisher.seconds(0, 3);
            String master = String.valueOf(stream.masterPlaylist("x"));
            assertTrue(master.contains(":BANDWIDTH=" + studio.bytes(0) * 8L / 2 + ","), master);
        }
    }

    @Test
    void aStreamIsGivenUpEvenWhenItsNumbersCannotBeKept() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 1);
            studio.commits.breakAt(CHECKPOINT);
            stream.giveUp();
            assertFalse(stream.owned());
            assertEquals(-1, studio.catalogue.checkpoint("s").nextMsn(), "as after a crash");
        }
    }
}
