package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.live.Trouble.Kind;
import io.millrace.testkit.TestClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why publishers stay outside is known until one of them delivers. */
class PublisherTroublesTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir Path directory = Path.of("");

    private static Trouble only(StreamStatus status) {
        assertEquals(1, status.troubles().size(), status.toString());
        return status.troubles().getFirst();
    }

    @Test
    void aRefusalAndAnEndAreToldUntilAPushDelivers() throws Exception {
        try (Rig rig = Rig.open(directory, o -> o)) {
            StreamInfo stream = rig.stream("show");
            assertEquals(List.of(), rig.status("show").troubles());
            refuse(rig, "shoe\u0007?key=x");
            Troubles.Stranger stranger = rig.live.streams().strangers().getFirst();
            assertEquals("shoe?", stranger.name());
            assertEquals("there is no stream of this name", stranger.trouble().reason());
            assertEquals(List.of(), rig.status("show").troubles());
            refuse(rig, "show?key=nope");
            refuse(rig, "show?key=nope");
            Trouble wrong = only(rig.status("show"));
            assertEquals(Kind.REFUSED, wrong.kind());
            assertEquals("its stream key is wrong", wrong.reason());
            assertEquals(2, wrong.times());
            assertTrue(String.valueOf(wrong.publisher()).startsWith("127.0.0.1:"));

            hevc(rig, stream);
            Rig.await("dropped", SOON, () -> only(rig.status("show")).kind() == Kind.DROPPED);
            Trouble codec = only(rig.status("show"));
            assertTrue(codec.reason().contains("H.265 (HEVC) video; send H.264"), codec.reason());

            Path file = Ffmpeg.source(directory, 3, "320x180");
            Process ffmpeg = Ffmpeg.push(file, rig.ingest(stream), true);
            try {
                Rig.await("delivered", SOON, () -> rig.status("show").segments() > 0);
                assertEquals(List.of(), rig.status("show").troubles());
                refuse(rig, stream.publishName());
                Trouble taken = only(rig.status("show"));
                assertEquals(Kind.REFUSED, taken.kind());
                assertTrue(taken.reason().contains("has a publisher already"), taken.reason());
            } finally {
                assertTrue(ffmpeg.waitFor(60, java.util.concurrent.TimeUnit.SECONDS));
            }
            assertEquals(Kind.REFUSED, only(rig.status("show")).kind(), "ffmpeg said goodbye");
        }
    }

    @Test
    void whatStrangersTryBesideAPushIsForgottenAfterAnHour() {
        TestClock clock = new TestClock(Instant.parse("2026-06-01T12:00:00Z"));
        Troubles troubles = new Troubles(clock.clocks().steady());
        troubles.refused("show", "192.0.2.1:7", "its stream key is wrong");
        for (int i = 0; i < 20; i++) {
            troubles.stranger("s" + i, "192.0.2.1:7");
        }
        assertEquals(8, troubles.strangers().size(), "the newest ones");
        assertEquals("s19", troubles.strangers().getFirst().name());
        clock.advance(Duration.ofHours(1));
        assertEquals(Optional.empty(), troubles.of("show", true));
        assertTrue(troubles.of("show", false).isPresent(), "nobody has delivered since");
        assertEquals(List.of(), troubles.strangers());
    }

    private static void refuse(Rig rig, String name) throws IOException {
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            String answer = client.publish("live", name);
            assertTrue(answer.contains("Publish.Denied") || answer.contains("BadName"), answer);
        }
    }

    private static void hevc(Rig rig, StreamInfo stream) throws IOException {
        try (RtmpClient client = new RtmpClient(rig.live.rtmpPort())) {
            client.publish("live", stream.publishName());
            client.send(9, 0, new byte[] {(byte) 0x90, 'h', 'v', 'c', '1', 0, 0, 0});
            client.awaitText("Publish.Failed");
        }
    }
}
