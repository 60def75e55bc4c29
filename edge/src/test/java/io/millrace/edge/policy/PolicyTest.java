package io.millrace.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.edge.http.Headers;
import io.millrace.kit.http.HttpDate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111 as a pure function: no clock, no socket. */
class PolicyTest {
    private static final long NOW = 1_800_000_000L;

    private static Headers headers(String... lines) {
        Headers headers = new Headers();
        for (String line : lines) {
            int colon = line.indexOf(':');
            headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static Storing.Verdict judge(int status, String... lines) {
        return Storing.judge(
                new Storing.Exchange(
                        "GET",
                        false,
                        status,
                        headers(lines),
                        NOW * 1000,
                        NOW * 1000,
                        Instant.ofEpochMilli(NOW * 1000),
                        -1));
    }

    private static Freshness kept(int status, String... lines) {
        return assertInstanceOf(Storing.Verdict.Keep.class, judge(status, lines)).freshness();
    }

    private static void left(int status, String... lines) {
        assertInstanceOf(Storing.Verdict.Leave.class, judge(status, lines));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "60|Cache-Control: max-age=60",
                "90|Cache-Control: max-age=60, s-maxage=90",
                "60|Cache-Control: MAX-AGE=60",
                "60|Cache-Control: max-age=\"60\"",
                "60|Cache-Control: x=\"a, max-age=5\", max-age=60",
                "30|Cache-Control: max-age=60, max-age=30",
                "2147483647|Cache-Control: max-age=99999999999999999999",
                "120|CDN-Cache-Control: max-age=120^Cache-Control: max-age=60",
                "60|CDN-Cache-Control: max-age=120,,^Cache-Control: max-age=60",
                "60|Cache-Control: max-age=60^Expires: Thu, 01 Jan 1970 00:00:00 GMT",
                "1|ETag: \"x\"^Cache-Control: max-age=1",
            })
    void explicitLifetimes(long seconds, String lines) {
        assertEquals(seconds, kept(200, lines.split("\\^")).lifetimeSeconds());
    }

    @Test
    void expiresCountsFromTheDate() {
        Freshness f =
                kept(
                        200,
                        "Date: " + HttpDate.format(NOW - 10),
                        "Expires: " + HttpDate.format(NOW + 50));
        assertEquals(60, f.lifetimeSeconds());
        assertEquals(10, f.ageSeconds(NOW * 1000));
        assertEquals(50, f.ttlSeconds(NOW * 1000));
        left(200, "Expires: 0");
        left(200, "Expires: Thu, 18 Aug 2050 02:01:18 GMT, 1");
    }

    @Test
    void ageOfCachesBeforeCounts() {
        assertEquals(25, kept(200, "Cache-Control: max-age=60", "Age: 25").ageSeconds(NOW * 1000));
        assertEquals(0, kept(200, "Cache-Control: max-age=60", "Age: -3").ageSeconds(NOW * 1000));
        assertEquals(7, kept(200, "Cache-Control: max-age=60", "Age: 7, 9").ageSeconds(NOW * 1000));
    }

    @Test
    void withoutAWordOfTheOriginATenthOfTheAgeWithinBounds() {
        String date = "Date: " + HttpDate.format(NOW);
        assertEquals(
                10,
                kept(200, date, "Last-Modified: " + HttpDate.format(NOW - 5)).lifetimeSeconds());
        assertEquals(
                100,
                kept(200, date, "Last-Modified: " + HttpDate.format(NOW - 1000)).lifetimeSeconds());
        assertEquals(
                3600,
                kept(200, date, "Last-Modified: " + HttpDate.format(NOW - 10_000_000))
                        .lifetimeSeconds());
        assertEquals(10, kept(200, date, "ETag: \"x\"").lifetimeSeconds());
        left(200, date);
        left(201, date);
        assertEquals(1, kept(503, date).lifetimeSeconds());
        assertEquals(1, kept(404, date).lifetimeSeconds());
    }

    @Test
    void whatMustNotBeKept() {
        left(200, "Cache-Control: no-store, max-age=60");
        left(200, "Cache-Control: private, max-age=60");
        left(200, "Cache-Control: max-age=60", "Vary: *");
        left(401, "Cache-Control: max-age=60");
        left(407, "Cache-Control: max-age=60");
        left(303, "Cache-Control: max-age=60");
        left(206, "Cache-Control: max-age=60");
        left(200, "Cache-Control: no-cache");
        left(200, "Set-Cookie: a=b", "ETag: \"x\"");
        left(200, "Cache-Control: max-age=oops");
    }

    @Test
    void anAuthorizedAnswerIsKeptOnlyWhenItSaysSo() {
        for (String cc :
                List.of("public, max-age=60", "s-maxage=60", "must-revalidate, max-age=60")) {
            assertInstanceOf(Storing.Verdict.Keep.class, authorized("Cache-Control: " + cc));
        }
        assertInstanceOf(Storing.Verdict.Leave.class, authorized("Cache-Control: max-age=60"));
    }

    private static Storing.Verdict authorized(String line) {
        return Storing.judge(
                new Storing.Exchange(
                        "GET",
                        true,
                        200,
                        headers(line),
                        NOW * 1000,
                        NOW * 1000,
                        Instant.ofEpochMilli(NOW * 1000),
                        -1));
    }

    @Test
    void theDomainsOwnLifetimeOverrides() {
        Storing.Verdict v =
                Storing.judge(
                        new Storing.Exchange(
                                "GET",
                                false,
                                200,
                                headers("Cache-Control: max-age=5"),
                                NOW * 1000,
                                NOW * 1000,
                                Instant.ofEpochMilli(NOW * 1000),
                                500));
        assertEquals(
                500,
                assertInstanceOf(Storing.Verdict.Keep.class, v)
                        .freshness()
                        .under(500)
                        .lifetimeSeconds());
    }

    private static Policy.Decision decide(long secondsLater, String... lines) {
        return Policy.decide(CacheControl.NONE, kept(200, lines), (NOW + secondsLater) * 1000);
    }

    @Test
    void decisions() {
        assertInstanceOf(Policy.Decision.Fetch.class, Policy.decide(CacheControl.NONE, null, 0));
        assertEquals(new Policy.Decision.Serve(59, 1), decide(59, "Cache-Control: max-age=60"));
        assertInstanceOf(Policy.Decision.Fetch.class, decide(60, "Cache-Control: max-age=60"));
        assertInstanceOf(
                Policy.Decision.Revalidate.class,
                decide(60, "Cache-Control: max-age=60", "ETag: \"x\""));
        assertInstanceOf(
                Policy.Decision.Revalidate.class,
                decide(0, "Cache-Control: no-cache", "ETag: \"x\""));
        String swr = "Cache-Control: max-age=60, stale-while-revalidate=30";
        assertInstanceOf(Policy.Decision.ServeAndRevalidate.class, decide(89, swr));
        assertInstanceOf(Policy.Decision.Fetch.class, decide(90, swr));
        assertInstanceOf(Policy.Decision.Fetch.class, decide(70, swr + ", must-revalidate"));
        CacheControl only = CacheControl.ofRequest(headers("Cache-Control: only-if-cached"));
        assertInstanceOf(Policy.Decision.OnlyIfCached.class, Policy.decide(only, null, 0));
    }

    @Test
    void staleAnswersStandInForErrorsWithinTheirWindow() {
        long later = (NOW + 100) * 1000;
        assertTrue(Policy.mayServeOnError(kept(200, "Cache-Control: max-age=60"), later));
        assertFalse(
                Policy.mayServeOnError(
                        kept(200, "Cache-Control: max-age=60, must-revalidate"), later));
        assertFalse(
                Policy.mayServeOnError(
                        kept(200, "Cache-Control: max-age=60, stale-if-error=10"), later));
        assertTrue(
                Policy.mayServeOnError(
                        kept(200, "Cache-Control: max-age=1, stale-if-error=1000"), later));
        assertFalse(Policy.mayServeOnError(kept(200, "Cache-Control: s-maxage=60"), later));
    }

    @Test
    void conditions() {
        assertTrue(Conditions.notModified(headers("If-None-Match: \"a\", W/\"b\""), "\"b\"", null));
        assertTrue(Conditions.notModified(headers("If-None-Match: *"), "\"b\"", null));
        assertFalse(Conditions.notModified(headers("If-None-Match: \"a\""), "\"b\"", null));
        String date = HttpDate.format(NOW);
        assertTrue(Conditions.notModified(headers("If-Modified-Since: " + date), null, date));
        assertFalse(
                Conditions.notModified(
                        headers("If-Modified-Since: " + date, "If-None-Match: \"x\""),
                        "\"y\"",
                        date));
        assertTrue(Conditions.failed(headers("If-Match: \"a\""), "\"b\"", null));
        assertFalse(Conditions.failed(headers("If-Match: \"a\""), "\"a\"", null));
    }

    @Test
    void datesInAllThreeForms() {
        assertEquals(784111777, HttpDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT"));
        assertEquals(784111777, HttpDate.seconds("Sun Nov  6 08:49:37 1994"));
        assertEquals(HttpDate.NONE, HttpDate.seconds("yesterday"));
        assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.format(784111777));
    }
}
