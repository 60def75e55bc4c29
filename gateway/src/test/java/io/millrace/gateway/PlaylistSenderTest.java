package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.http.Gzip;
import io.millrace.live.PlaybackAnswer;
import io.millrace.testkit.FakeExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Playlists travel packed where that is wanted, and not at all where they are known. */
class PlaylistSenderTest {
    private static final String TEXT = "#EXTINF:2.000000,\n0000000000.ts\n".repeat(14_400);
    private static final Duration HOUR = Duration.ofHours(1);

    private static FakeExchange get() {
        return new FakeExchange("GET", "/_live/a/media.m3u8");
    }

    private static FakeExchange sent(FakeExchange exchange, String text) {
        PlaylistSender.send(exchange, text, HOUR);
        return exchange;
    }

    @Test
    void aLongPlaylistIsPackedForWhoTakesIt() throws IOException {
        FakeExchange packed = sent(get().with("Accept-Encoding", "br, gzip;q=0.5"), TEXT);
        assertEquals("gzip", packed.answerHeader("Content-Encoding"));
        assertEquals("Accept-Encoding", packed.answerHeader("Vary"));
        assertEquals("max-age=3600", packed.answerHeader("Cache-Control"));
        assertTrue(packed.answerBytes().length < TEXT.length() / 20);
        assertEquals(TEXT, unpacked(packed));
        for (String refused : new String[] {"br", "gzip;q=0", "identity, *;q=0"}) {
            FakeExchange plain = sent(get().with("Accept-Encoding", refused), TEXT);
            assertNull(plain.answerHeader("Content-Encoding"), refused);
            assertEquals("Accept-Encoding", plain.answerHeader("Vary"));
            assertEquals(TEXT, new String(plain.answerBytes(), StandardCharsets.UTF_8));
        }
        assertNull(
                sent(get().with("Accept-Encoding", "gzip"), "#EXTM3U\n")
                        .answerHeader("Content-Encoding"));
    }

    private static String unpacked(FakeExchange exchange) throws IOException {
        return new String(
                Gzip.unpack(exchange.answerBytes(), TEXT.length()), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsKnownIsNotSentAgain() {
        String etag = sent(get(), TEXT).answerHeader("ETag");
        assertEquals(etag, sent(get().with("Accept-Encoding", "gzip"), TEXT).answerHeader("ETag"));
        FakeExchange known = sent(get().with("If-None-Match", etag), TEXT);
        assertEquals(304, known.status());
        assertEquals(etag, known.answerHeader("ETag"));
        assertEquals(0, known.answerBytes().length);
        FakeExchange grown = sent(get().with("If-None-Match", etag), TEXT + "#EXT-X-ENDLIST\n");
        assertEquals(200, grown.status());
        assertNotEquals(etag, grown.answerHeader("ETag"));
    }

    @Test
    void onePackedWhileItIsMadeIsWhole() throws IOException {
        FakeExchange packed = get().with("Accept-Encoding", "gzip");
        PlaylistSender.send(
                packed,
                new PlaybackAnswer.LongPlaylist(
                        out -> out.append(TEXT), Duration.ofSeconds(1), Optional.empty()));
        assertEquals("gzip", packed.answerHeader("Content-Encoding"));
        assertEquals(TEXT, unpacked(packed));
    }
}
