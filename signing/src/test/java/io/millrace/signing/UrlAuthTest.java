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

    private static String md5(String text) {
        return ByHand.digest("MD5", ByHand.utf8(text));
    }

    private static Outcome a(String proof) {
        return UrlAuth.A.verify(
                "/v", "auth_key=" + proof, HALF_AN_HOUR, Instant.ofEpochSecond(1000), KEY);
    }

    @Test
    void typeAsProofHasFourParts() {
        assertInstanceOf(Outcome.Valid.class, a(UrlAuth.A.sign("/v", 1000, "r", "u", KEY)));
        assertInstanceOf(Outcome.Valid.class, a(UrlAuth.A.sign("/v", 1000, "", "", KEY)));
        for (String bad : new String[] {"1", "1-2", "1-2-3", "1-2-3-4-5", "-1-2-3", ""}) {
            assertInstanceOf(Outcome.Malformed.class, a(bad), bad);
        }
        assertInstanceOf(Outcome.Wrong.class, a("1000-r-u-" + md5("other")));
        assertInstanceOf(
                Outcome.Malformed.class, a("x-r-u-" + md5("/v-x-r-u-" + KEY)), "no time at all");
        long last = 253_402_300_799L;
        assertInstanceOf(Outcome.Valid.class, a(UrlAuth.A.sign("/v", last, "r", "u", KEY)));
        assertInstanceOf(Outcome.Valid.class, a(UrlAuth.A.sign("/v", 0, "r", "u", KEY)));
        assertInstanceOf(Outcome.Malformed.class, a(UrlAuth.A.sign("/v", last + 1, "r", "u", KEY)));
    }

    @Test
    void typeBsProofStandsInFrontOfThePath() {
        Instant time = Instant.parse("2026-06-01T12:00:00Z");
        String good = UrlAuth.B.sign("/a/b", time, KEY);
        Outcome.Valid valid =
                assertInstanceOf(
                        Outcome.Valid.class,
                        UrlAuth.B.verify(good, "", HALF_AN_HOUR, time.plusSeconds(1800), KEY));
        assertEquals("/a/b", valid.path());
        assertEquals(time.plusSeconds(1800), valid.expires());
        assertInstanceOf(
                Outcome.Expired.class,
                UrlAuth.B.verify(good, "", HALF_AN_HOUR, time.plusSeconds(1801), KEY));
        assertInstanceOf(
                Outcome.Wrong.class, UrlAuth.B.verify(good + "x", "", HALF_AN_HOUR, time, KEY));
        assertInstanceOf(
                Outcome.Wrong.class, UrlAuth.B.verify(good, "", HALF_AN_HOUR, time, "a", "b"));
        String md5 = "0".repeat(32);
        for (String missing :
                new String[] {
                    "/",
                    "/a",
                    "/202606011200",
                    "/202606011200/" + md5,
                    "/20260601120/" + md5 + "/a",
                    "/2026060112000/" + md5 + "/a",
                    "/202606011200/" + md5 + "0/a",
                    "/202606011200/" + md5.substring(1) + "/a",
                    "/20260601120x/" + md5 + "/a"
                }) {
            assertInstanceOf(
                    Outcome.Missing.class,
                    UrlAuth.B.verify(missing, "", HALF_AN_HOUR, time, KEY),
                    missing);
        }
        String never = "202613011200";
        assertInstanceOf(
                Outcome.Malformed.class,
                UrlAuth.B.verify(
                        "/" + never + "/" + md5(KEY + never + "/a") + "/a",
                        "",
                        HALF_AN_HOUR,
                        time,
                        KEY));
        String zeros = "000000000000";
        assertInstanceOf(
                Outcome.Malformed.class,
                UrlAuth.B.verify("/" + zeros + "/" + md5 + "/a", "", HALF_AN_HOUR, time, KEY));
    }

    private static Outcome c(String hex, String path) {
        return UrlAuth.C.verify(
                "/" + md5(KEY + path + hex) + "/" + hex + path,
                "q",
                HALF_AN_HOUR,
                Instant.ofEpochSecond(1000),
                "other",
                KEY);
    }

    @Test
    void typeCsTimeIsHexadecimal() {
        assertInstanceOf(Outcome.Valid.class, c("3E8", "/a"));
        assertInstanceOf(Outcome.Valid.class, c("3e8", "/a"));
        assertInstanceOf(Outcome.Valid.class, c("0000000003e8", "/a"));
        assertInstanceOf(Outcome.Malformed.class, c("00000000003e8", "/a"), "13 digits");
        assertInstanceOf(Outcome.Malformed.class, c("0".repeat(16), "/a"));
        assertInstanceOf(Outcome.Missing.class, c("0".repeat(17), "/a"), "no proof's shape");
        assertInstanceOf(Outcome.Malformed.class, c("3g8", "/a"));
        assertInstanceOf(Outcome.Malformed.class, c("", "/a"));
        assertInstanceOf(Outcome.Expired.class, expiredC());
        for (String missing : new String[] {"/", "/a", "/a/b/c", "/" + "0".repeat(32) + "/3e8"}) {
            assertInstanceOf(
                    Outcome.Missing.class,
                    UrlAuth.C.verify(missing, "", HALF_AN_HOUR, Instant.EPOCH, KEY),
                    missing);
        }
        Outcome.Valid valid = assertInstanceOf(Outcome.Valid.class, c("3E8", "/a/b"));
        assertEquals("/a/b", valid.path());
        assertEquals("q", valid.query());
        assertInstanceOf(
                Outcome.Wrong.class,
                UrlAuth.C.verify(
                        "/" + "0".repeat(32) + "/3E8/a",
                        "",
                        HALF_AN_HOUR,
                        Instant.ofEpochSecond(1000),
                        KEY));
    }

    private static Outcome expiredC() {
        return UrlAuth.C.verify(
                UrlAuth.C.sign("/a", 1000, KEY),
                "",
                HALF_AN_HOUR,
                Instant.ofEpochSecond(2801),
                KEY);
    }

    private static Outcome f(String time) {
        String query = "sign=" + md5(KEY + "/a" + time) + "&time=" + time;
        return UrlAuth.F.verify(
                "/a", query, "sign", "time", HALF_AN_HOUR, Instant.ofEpochSecond(1000), "x", KEY);
    }

    @Test
    void typeFsTenDigitsAreDecimalAndEverythingElseHexadecimal() {
        assertEquals(1_700_000_000L + 1800, expires(f("1700000000")));
        assertEquals(0x6553F100L + 1800, expires(f("6553F100")));
        assertEquals(0x170000000L + 1800, expires(f("170000000")));
        assertInstanceOf(Outcome.Malformed.class, f("17000000000"), "far beyond year 9999");
        assertEquals(0x00000003e8L + 1800, expires(f("00000003e8")));
        assertInstanceOf(Outcome.Malformed.class, f("x"));
        assertInstanceOf(Outcome.Malformed.class, f(""));
        String hexOfTenDigits = "1234567890";
        String query = "k1=" + md5(KEY + "/a" + hexOfTenDigits) + "&k2=" + hexOfTenDigits;
        assertEquals(
                0x1234567890L + 1800,
                expires(
                        UrlAuth.C.verifyQuery(
                                "/a", query, "k1", "k2", HALF_AN_HOUR, Instant.EPOCH, KEY)),
                "type C's time is always hexadecimal");
    }

    private static long expires(Outcome outcome) {
        return assertInstanceOf(Outcome.Valid.class, outcome).expires().getEpochSecond();
    }

    private static Outcome query(String query) {
        return UrlAuth.F.verify(
                "/a", query, "s", "t", HALF_AN_HOUR, Instant.ofEpochSecond(1000), KEY);
    }

    @Test
    void bothParametersOfTheQueryStandThereOnceAndAreTakenOut() {
        String s = "s=" + md5(KEY + "/a1700000000");
        String t = "t=1700000000";
        assertInstanceOf(Outcome.Missing.class, query(""));
        assertInstanceOf(Outcome.Missing.class, query("a=1&ss=2&s&t"));
        assertInstanceOf(Outcome.Malformed.class, query(s));
        assertInstanceOf(Outcome.Malformed.class, query(t));
        assertInstanceOf(Outcome.Malformed.class, query(s + "&" + s + "&" + t));
        assertInstanceOf(Outcome.Malformed.class, query(s + "&" + t + "&" + t));
        assertInstanceOf(Outcome.Wrong.class, query("s=x&" + t));
        for (String each :
                new String[] {
                    s + "&" + t, t + "&" + s, s + "&a=1&" + t, "a=1&" + s + "&" + t + "&tt=2&s"
                }) {
            Outcome.Valid valid = assertInstanceOf(Outcome.Valid.class, query(each), each);
            String rest = each.replace(s, "").replace(t, "").replaceAll("&+", "&");
            assertEquals(rest.replaceAll("^&|&$", ""), valid.query());
            assertEquals("/a", valid.path());
        }
    }
}
