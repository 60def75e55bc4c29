package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.signing.UrlAuth.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The proofs in a CDN's URLs, with the vendor's vectors. */
class UrlAuthTest {
    private static final Duration HALF_AN_HOUR = Duration.ofSeconds(1800);
    private static final String KEY = "aliyuncdnexp1234";

    @Test
    void typeBHoldsForTheVendorsVector() {
        String path = "/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3";
        Instant time = Instant.parse("2015-08-15T00:00:00Z");
        String signed = "/201508150800/9044548ef1527deadafa49a890a377f0" + path;
        assertEquals(signed, UrlAuth.B.sign(path, time, KEY));
        Outcome.Valid valid =
                assertInstanceOf(
                        Outcome.Valid.class,
                        UrlAuth.B.verify(signed, "x=1", HALF_AN_HOUR, time, "other", KEY));
        assertEquals(path, valid.path());
        assertEquals("x=1", valid.query());
    }

    @Test
    void typeCHoldsForTheVendorsVector() {
        long timestamp = 0x55CE8100L;
        String signed = "/a37fa50a5fb8f71214b1e7c95ec7a1bd/55CE8100/test.flv";
        assertEquals(signed, UrlAuth.C.sign("/test.flv", timestamp, KEY));
        Instant now = Instant.ofEpochSecond(timestamp);
        assertInstanceOf(Outcome.Valid.class, UrlAuth.C.verify(signed, "", HALF_AN_HOUR, now, KEY));
        String query = UrlAuth.C.signQuery("/test.flv", timestamp, KEY, "KEY1", "KEY2");
        assertEquals("KEY1=a37fa50a5fb8f71214b1e7c95ec7a1bd&KEY2=55CE8100", query);
        Outcome.Valid valid =
                assertInstanceOf(
                        Outcome.Valid.class,
                        UrlAuth.C.verifyQuery(
                                "/test.flv",
                                "a=b&" + query + "&c",
                                "KEY1",
                                "KEY2",
                                HALF_AN_HOUR,
                                now,
                                KEY));
        assertEquals("a=b&c", valid.query());
    }

    @Test
    void typeAHoldsUntilTheLastSecondAndForThatPathOnly() {
        long ts = 1_700_000_000L;
        String proof = UrlAuth.A.sign("/video/a.mp4", ts, "0", "0", KEY);
        String query = "x=1&auth_key=" + proof;
        Instant last = Instant.ofEpochSecond(ts + 1800);
        Outcome.Valid valid =
                assertInstanceOf(
                        Outcome.Valid.class,
                        UrlAuth.A.verify("/video/a.mp4", query, HALF_AN_HOUR, last, KEY));
        assertEquals("x=1", valid.query());
        assertEquals(last, valid.expires());
        assertInstanceOf(
                Outcome.Expired.class,
                UrlAuth.A.verify("/video/a.mp4", query, HALF_AN_HOUR, last.plusSeconds(1), KEY));
        assertInstanceOf(
                Outcome.Wrong.class,
                UrlAuth.A.verify("/video/b.mp4", query, HALF_AN_HOUR, last, KEY));
        assertInstanceOf(
                Outcome.Wrong.class,
                UrlAuth.A.verify("/video/a.mp4", query, HALF_AN_HOUR, last, "other"));
        assertInstanceOf(
                Outcome.Missing.class,
                UrlAuth.A.verify("/video/a.mp4", "x=1", HALF_AN_HOUR, last, KEY));
        assertInstanceOf(
                Outcome.Missing.class,
                UrlAuth.A.verify("/video/a.mp4", query + "&auth_key=x", HALF_AN_HOUR, last, KEY));
        for (String bad : new String[] {"", "1", "1-2-3", "a-b-c-d", "1-2-3-4-5", "-1-0-0-0"}) {
            Outcome outcome = UrlAuth.A.verify("/v", "auth_key=" + bad, HALF_AN_HOUR, last, KEY);
            assertTrue(!(outcome instanceof Outcome.Valid), bad);
        }
        String moved = query.replace(Long.toString(ts), Long.toString(ts + 9999));
        assertInstanceOf(
                Outcome.Wrong.class,
                UrlAuth.A.verify("/video/a.mp4", moved, HALF_AN_HOUR, last, KEY));
    }

    @Test
    void typeFHoldsForDecimalAndHexadecimalTimes() {
        long ts = 1_700_000_000L;
        Instant now = Instant.ofEpochSecond(ts);
        String query = UrlAuth.F.sign("/a", ts, KEY, "sign", "time");
        assertInstanceOf(
                Outcome.Valid.class,
                UrlAuth.F.verify("/a", query, "sign", "time", HALF_AN_HOUR, now, KEY));
        String hex = Long.toHexString(ts);
        String md5 =
                Hashes.HEX.formatHex(
                        Hashes.digest("MD5")
                                .digest(
                                        (KEY + "/a" + hex)
                                                .getBytes(
                                                        java.nio.charset.StandardCharsets.UTF_8)));
        assertInstanceOf(
                Outcome.Valid.class,
                UrlAuth.F.verify("/a", "s=" + md5 + "&t=" + hex, "s", "t", HALF_AN_HOUR, now, KEY));
        assertInstanceOf(
                Outcome.Malformed.class,
                UrlAuth.F.verify("/a", "s=" + md5, "s", "t", HALF_AN_HOUR, now, KEY));
    }
}
