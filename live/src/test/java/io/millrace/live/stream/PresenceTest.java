package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.live.StreamStatus;
import io.millrace.live.StreamStatus.State;
import io.millrace.live.Trouble;
import io.millrace.live.record.SegmentRow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a stream says of itself, and since when. */
@Timeout(120)
class PresenceTest {
    private static final Duration STALE = StreamStatus.STALE;
    private static final Duration TOLD_AT_LEAST = Duration.ofSeconds(10);

    @TempDir Path directory;

    private static void is(StreamStatus status, State state, Instant since) {
        assertEquals(state, status.state());
        assertEquals(since, status.since());
    }

    @Test
    void nothingIsLiveForLongAfterItsLastSegment() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            is(stream.status(), State.LIVE, Studio.NOON);
            studio.clock.advance(Duration.ofSeconds(4));
            publisher.seconds(0, 3);
            Instant segment = Studio.NOON.plusSeconds(4);
            studio.clock.advance(STALE.minusMillis(1));
            is(stream.status(), State.LIVE, Studio.NOON);
            studio.clock.advance(Duration.ofMillis(1));
            is(stream.status(), State.SILENT, segment);
            publisher.seconds(3, 5);
            is(stream.status(), State.LIVE, segment.plus(STALE));
        }
    }

    @Test
    void whoBringsNothingAtAllIsSilentSinceTheyCame() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            new Publisher("a").begin(stream);
            studio.clock.advance(STALE);
            is(stream.status(), State.SILENT, Studio.NOON);
        }
    }

    @Test
    void whoWasSilentForLongWasGoneWithTheLastPicture() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 3);
            studio.clock.advance(Duration.ofSeconds(30));
            publisher.end();
            studio.awaitSent();
            String session = String.valueOf(stream.status().session());
            SegmentRow last = studio.catalogue.lastSegments("s", session, 1).getFirst();
            Instant end = last.start().plusNanos(last.durationMicros() * 1_000);
            assertTrue(end.isBefore(Studio.NOON.plusSeconds(4)));
            is(stream.status(), State.WAITING, end);
        }
    }

    @Test
    void aStreamOfLongSegmentsIsLiveBetweenThem() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            for (int half = 0; half <= 18; half++) {
                publisher.let().video(half * 500L, Publisher.picture(half % 18 == 0));
            }
            assertEquals(1, stream.status().segments());
            studio.clock.advance(Duration.ofMillis(13_499));
            is(stream.status(), State.LIVE, Studio.NOON);
            studio.clock.advance(Duration.ofMillis(1));
            is(stream.status(), State.SILENT, Studio.NOON);
        }
    }

    @Test
    void anEndIsWhenThePublisherLeftAlsoAfterTheGraceAndARestart() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 5);
            studio.clock.advance(Duration.ofSeconds(5));
            publisher.end();
            Instant left = Studio.NOON.plusSeconds(5);
            is(stream.status(), State.WAITING, left);
            studio.awaitSent();
            studio.clock.advance(Studio.GRACE);
            stream.tick();
            is(stream.status(), State.OFFLINE, left);
            String session = String.valueOf(stream.status().session());
            SegmentRow last = studio.catalogue.lastSegments("s", session, 1).getFirst();
            stream.giveUp();
            studio.clock.advance(Duration.ofHours(1));
            Instant end = last.start().plusNanos(last.durationMicros() * 1_000);
            assertTrue(end.isBefore(left));
            is(studio.open().status(), State.OFFLINE, end.truncatedTo(ChronoUnit.MILLIS));
        }
    }

    @Test
    void whatKeepsSegmentsOutOfTheStoreIsToldUntilTheyArrive() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            stream.uploadProblem("the disk is full", false);
            stream.uploadProblem("the disk is full", true);
            List<Trouble> troubles = stream.status().troubles();
            assertEquals(
                    List.of(
                            new Trouble(
                                    Trouble.Kind.NOT_STORED,
                                    "the disk is full",
                                    null,
                                    Studio.NOON,
                                    2)),
                    troubles);
            studio.clock.advance(TOLD_AT_LEAST.minusMillis(1));
            stream.tick();
            assertEquals(troubles, stream.status().troubles());
            studio.clock.advance(Duration.ofMillis(1));
            stream.tick();
            assertEquals(List.of(), stream.status().troubles());
        }
    }
}
