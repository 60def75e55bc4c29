package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.MonotonicClock;
import io.millrace.live.StreamStatus.State;
import io.millrace.live.record.Checkpoint;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.rtmp.Ingest;
import io.millrace.work.Leases;
import io.millrace.work.WorkException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stream changes hands: from a publisher to the next, from a node to another. */
@Timeout(120)
class LiveStreamHandoverTest {
    @TempDir Path directory;

    /** Ends once the given thread waits for it; not at all when that thread has gone on. */
    private static Consumer<Runnable> whenAwaitedBy(Thread waiting, AtomicBoolean goneOn) {
        return end ->
                Thread.startVirtualThread(
                        () -> {
                            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                                if (goneOn.get()) {
                                    return;
                                }
                                Thread.onSpinWait();
                            }
                            end.run();
                        });
    }

    @Test
    void aPublisherTakesASilentOnesPlaceAfterItsLastSegment() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            AtomicBoolean goneOn = new AtomicBoolean();
            Publisher silent = new Publisher("a").begin(stream);
            silent.seconds(0, 1);
            silent.silentMilliseconds = 5_000;
            silent.ends = whenAwaitedBy(Thread.currentThread(), goneOn);
            Ingest.Admission next = new Publisher("b").enter(stream);
            goneOn.set(true);
            assertInstanceOf(Ingest.Admission.Admitted.class, next);
            assertEquals(1, stream.status().segments());
            assertEquals("b", stream.status().publisher());
        }
    }

    @Test
    void aStreamThatStopsWaitsForItsPublishersLastSegment() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            AtomicBoolean goneOn = new AtomicBoolean();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 1);
            publisher.ends = whenAwaitedBy(Thread.currentThread(), goneOn);
            stream.cut("the server stops");
            goneOn.set(true);
            assertEquals(1, stream.status().segments());
            assertEquals(State.WAITING, stream.status().state());
        }
    }

    @Test
    void aPublisherWhoseWaitIsInterruptedStaysOutside() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher silent = new Publisher("a").begin(stream);
            silent.silentMilliseconds = 5_000;
            silent.ends = end -> {};
            Thread.currentThread().interrupt();
            Ingest.Admission next = new Publisher("b").enter(stream);
            assertTrue(Thread.interrupted(), "and its thread knows");
            Ingest.Admission.Refused busy = assertInstanceOf(Ingest.Admission.Refused.class, next);
            assertEquals(Ingest.Why.BUSY, busy.why());
            assertEquals("s has a publisher already", busy.reason());
            assertEquals("a", stream.status().publisher());
        }
    }

    private static void steal(Studio studio) {
        try (Leases thief =
                Leases.open(
                        studio.keySpace,
                        "node",
                        Leases.Options.standard(),
                        MonotonicClock.system())) {
            thief.acquire("live/stream/s").orElseThrow();
        }
    }

    /** The node believes that it holds the stream; the commit that reserves numbers says no. */
    @Test
    void noNumberIsGivenOutThatAnotherNodeMayReserve() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            Publisher publisher = new Publisher("a").begin(stream);
            publisher.seconds(0, 2 * 32 + 1);
            studio.awaitSent();
            steal(studio);
            assertTrue(stream.owned());
            publisher.seconds(2 * 32 + 1, 2 * 33 + 1);
            assertFalse(stream.owned());
            assertEquals(1, stream.status().lostSegments());
            assertEquals("another node owns the stream now", stream.status().lastProblem());
            assertEquals(32, stream.status().segments());
            assertEquals("0000000031.ts", studio.uris().getLast());
        }
    }

    @Test
    void aPublisherIsNotLetInToAStreamWhoseNumbersAreAnotherNodes() {
        try (Studio studio = new Studio(directory)) {
            Publisher first = new Publisher("a").begin(studio.open());
            first.seconds(0, 3);
            first.end();
            studio.awaitSent();
            studio.stream().giveUp();
            LiveStream next = studio.open();
            steal(studio);
            WorkException lost =
                    assertThrows(WorkException.class, () -> new Publisher("b").enter(next));
            assertEquals(WorkException.Code.LOST, lost.code());
            assertEquals(State.WAITING, next.status().state());
        }
    }

    @Test
    void discontinuityNumbersGoOnAboveThoseOfTheSegmentsThatAreThere() {
        try (Studio studio = new Studio(directory)) {
            LiveStream stream = studio.open();
            for (int push = 0; push < 3; push++) {
                Publisher publisher = new Publisher("p" + push).begin(stream);
                publisher.seconds(0, 1);
                publisher.end();
            }
            studio.awaitSent();
            String session = String.valueOf(stream.status().session());
            stream.giveUp();
            studio.keepCheckpoint(new Checkpoint(64, 3, 0));
            Publisher next = new Publisher("next").begin(studio.open());
            next.seconds(0, 1);
            next.end();
            studio.awaitSent();
            SegmentRow last = studio.catalogue.segments("s", session).getLast();
            assertEquals(3, last.msn());
            assertEquals(3, last.discontinuityNumber());
        }
    }
}
