package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CorsTest {
    @Test
    void oneStarStandsForAnything() {
        assertTrue(Cors.matches("*", "", false));
        assertTrue(Cors.matches("*", "https://a.example", false));
        assertTrue(Cors.matches("https://*.example", "https://a.example", false));
        assertTrue(Cors.matches("https://*", "https://a", false));
        assertFalse(Cors.matches("https://*.example", "https://.exampl", false));
        assertFalse(Cors.matches("a*a", "a", false));
        assertTrue(Cors.matches("x-oss-*", "X-Oss-Meta-A", true));
        assertFalse(Cors.matches("x-oss-*", "X-Oss-Meta-A", false));
        assertFalse(Cors.matches("https://a", "https://A", false));
    }

    @Test
    void playbackKeepsItsOwnQueryOnly() {
        assertEquals(
                "from=1&to=2",
                Playback.withoutSignature("X-Amz-Date=x&from=1&X-Amz-Signature=y&to=2"));
        assertEquals("", Playback.withoutSignature("OSSAccessKeyId=a&Expires=1&Signature=s"));
    }
}
