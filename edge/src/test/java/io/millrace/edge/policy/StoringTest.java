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
import org.junit.jupiter.params.provider.ValueSource;

/** Whether an answer is kept, why not, how old it is and how long it lives, one case a line. */
class StoringTest {
    private static final long NOW = 1_800_000_000L;

    /** Lines are separated by ^; {+n} and {-n} stand for the date n seconds from now. */
    private static Headers headers(String lines) {
        Headers headers = new Headers();
        for (String line : lines.split("\\^")) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String value = line.substring(colon + 1).strip();
            if (value.startsWith("{")) {
                long seconds = Long.parseLong(value.substring(1, value.length() - 1));
                value = HttpDate.format(NOW + seconds);
            }
            headers.add(line.substring(0, colon), value);
        }
        return headers;
    }

    private static Storing.Exchange exchange(int status, String lines) {
        return new Storing.Exchange(
                "GET",
                false,
                status,
                headers(lines),
                NOW * 1000,
                NOW * 1000,
                Instant.ofEpochMilli(NOW * 1000),
                -1);
    }

    private static Freshness kept(int status, String lines) {
        Storing.Verdict verdict = Storing.judge(exchange(status, lines));
        return assertInstanceOf(Storing.Verdict.Keep.class, verdict, lines).freshness();
    }

    private static String reason(Storing.Exchange exchange) {
        Storing.Verdict verdict = Storing.judge(exchange);
        return verdict instanceof Storing.Verdict.Leave leave ? leave.reason() : "kept";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kept         |200|Cache-Control: max-age=60",
                "kept         |599|Cache-Control: max-age=60",
                "status       |199|Cache-Control: max-age=60",
                "status       |600|Cache-Control: max-age=60",
                "status       |206|Cache-Control: max-age=60",
                "status       |304|Cache-Control: max-age=60",
                "no-store     |200|Cache-Control: no-store, max-age=60",
                "no-store     |201|Cache-Control: no-store, must-understand, max-age=60",
                "kept         |200|Cache-Control: no-store, must-understand, max-age=60",
                "private      |200|Cache-Control: private, max-age=60",
                "set-cookie   |200|Set-Cookie: a=b^ETag: \"x\"",
                "set-cookie   |200|Set-Cookie: a=b^Cache-Control: max-age=60",
                "set-cookie   |200|Set-Cookie: a=b^Cache-Control: public, s-maxage=60",
                "set-cookie   |200|Set-Cookie: a=b^ETag: \"x\"^Cache-Control: max-age=0",
                "set-cookie   |200|Set-Cookie: a=b^Expires: {60}",
                "vary-star    |200|Vary: *^Cache-Control: max-age=60",
                "vary-star    |200|Vary: accept,  * ^Cache-Control: max-age=60",
                "no-lifetime  |200|Cache-Control: max-age=0",
                "kept         |200|Cache-Control: max-age=1",
                "kept         |200|Cache-Control: max-age=0^ETag: \"x\"",
                "kept         |200|Cache-Control: max-age=0^Last-Modified: {-9}",
                "kept         |200|Cache-Control: max-age=0, stale-if-error=1",
                "kept         |200|Cache-Control: max-age=0, stale-while-revalidate=1",
                "no-lifetime  |200|Cache-Control: max-age=0, stale-while-revalidate=0",
            })
    void reasons(String reason, int status, String lines) {
        assertEquals(reason, reason(exchange(status, lines)));
    }

    @Test
    void onlyGetIsKept() {
        Headers fresh = headers("Cache-Control: max-age=60");
        assertEquals(
                "method",
                reason(
                        new Storing.Exchange(
                                "HEAD", false, 200, fresh, 0, 0, Instant.ofEpochMilli(0), -1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "authorization|max-age=60",
                "kept|max-age=60, public",
                "kept|s-maxage=60",
                "kept|s-maxage=0, stale-if-error=5",
                "kept|max-age=60, must-revalidate",
                "kept|max-age=60, proxy-revalidate",
            })
    void anAuthorizedAnswerMustAllowIt(String reason, String cacheControl) {
        Headers answer = headers("Cache-Control: " + cacheControl);
        assertEquals(
                reason,
                reason(
                        new Storing.Exchange(
                                "GET", true, 200, answer, 0, 0, Instant.ofEpochMilli(0), -1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // said outright
                "60  |200|Cache-Control: max-age=60",
                "90  |200|Cache-Control: max-age=60, s-maxage=90",
                "60  |404|Cache-Control: max-age=60",
                "0   |200|Cache-Control: no-cache, max-age=60^ETag: \"x\"",
                // by Expires, from Date or from the arrival
                "70  |200|Date: {-20}^Expires: {50}",
                "50  |200|Expires: {50}",
                "60  |200|Cache-Control: max-age=60^Expires: {50}",
                "0   |200|Expires: {-50}^ETag: \"x\"",
                "0   |200|Expires: 0^ETag: \"x\"",
                "0   |200|Expires: {50}^Expires: {60}^ETag: \"x\"",
                "10  |200|CDN-Cache-Control: public^Expires: {50}^ETag: \"x\"",
                // Pragma counts only without Cache-Control and Expires
                "0   |200|Pragma: no-cache^ETag: \"x\"",
                "10  |200|Pragma: other^ETag: \"x\"",
                "10  |200|Pragma: no-cache^Cache-Control: public^ETag: \"x\"",
                "50  |200|Pragma: no-cache^Expires: {50}",
                // a tenth of the age within bounds
                "10  |200|Date: {0}^Last-Modified: {-109}",
                "11  |200|Date: {0}^Last-Modified: {-110}",
                "12  |200|Date: {-10}^Last-Modified: {-130}",
                "13  |200|Last-Modified: {-130}",
                "3600|200|Last-Modified: {-36010}",
                "3599|200|Last-Modified: {-35999}",
                "10  |200|Last-Modified: {60}",
                "10  |200|ETag: \"x\"",
                "0   |201|ETag: \"x\"",
                "10  |201|Cache-Control: public^ETag: \"x\"",
                "10  |301|ETag: \"x\"",
                // errors: a second, unless the origin speaks of caching
                "1   |400|X: y",
                "1   |404|X: y",
                "1   |503|X: y",
                "1   |404|Cache-Control: public",
                "0   |404|Cache-Control: x^ETag: \"x\"",
                "0   |399|ETag: \"x\"",
            })
    void lifetimes(long seconds, int status, String lines) {
        assertEquals(seconds, kept(status, lines).lifetimeSeconds());
    }

    @ParameterizedTest
    @CsvSource({
        "500, 200, 500, max-age=5",
        "  0, 200,   0, max-age=5",
        "500, 299, 500, no-cache",
        "500, 300,   5, max-age=5",
        " -1, 200,   5, max-age=5",
    })
    void theDomainsOwnLifetimeRulesSuccesses(long rule, int status, long seconds, String cc) {
        Headers answer = headers("ETag: \"x\"^Cache-Control: " + cc);
        Storing.Exchange exchange =
                new Storing.Exchange(
                        "GET",
                        false,
                        status,
                        answer,
                        NOW * 1000,
                        NOW * 1000,
                        Instant.ofEpochMilli(NOW * 1000),
                        rule);
        Storing.Verdict verdict = Storing.judge(exchange);
        assertEquals(
                seconds,
                assertInstanceOf(Storing.Verdict.Keep.class, verdict)
                        .freshness()
                        .under(rule)
                        .lifetimeSeconds());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 |X: y",
                "25|Age: 25",
                "7 |Age: 7, 9",
                "7 |Age:  7 ",
                "0 |Age: -3",
                "0 |Age: 3x",
                "0 |Age: 3/",
                "0 |Age: 3:",
                "0 |Age: ,5",
                "9 |Age: 09",
                "2147483647|Age: 99999999999",
                "10|Date: {-10}",
                "0 |Date: {10}",
                "25|Date: {-10}^Age: 25",
                "10|Date: {-10}^Age: 5",
            })
    void initialAge(long seconds, String lines) {
        assertEquals(seconds, kept(200, "Cache-Control: max-age=60^" + lines).initialAgeSeconds());
    }

    @Test
    void theTimeOnTheWayCountsAsAge() {
        Headers answer = headers("Cache-Control: max-age=60^Age: 4");
        Storing.Exchange slow =
                new Storing.Exchange(
                        "GET",
                        false,
                        200,
                        answer,
                        NOW * 1000,
                        NOW * 1000 + 3999,
                        Instant.ofEpochMilli(NOW * 1000 + 3999),
                        -1);
        CacheControl cc = CacheControl.ofResponse(answer);
        Freshness freshness = Storing.freshness(slow, cc);
        assertEquals(7, freshness.initialAgeSeconds());
        assertEquals(200, freshness.status());
        assertEquals(cc, freshness.cacheControl());
        assertFalse(freshness.hasValidator());
        Storing.Exchange backwards =
                new Storing.Exchange(
                        "GET",
                        false,
                        200,
                        answer,
                        NOW * 1000,
                        NOW * 1000 - 3999,
                        Instant.ofEpochMilli(NOW * 1000 - 3999),
                        -1);
        assertEquals(4, Storing.freshness(backwards, cc).initialAgeSeconds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ETag: \"x\"", "Last-Modified: {-5}"})
    void eitherValidatorCounts(String line) {
        assertTrue(kept(200, "Cache-Control: max-age=60^" + line).hasValidator());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|X: y",
                "accept|Vary: Accept",
                "accept;origin|Vary: Origin,  ACCEPT",
                "accept;origin|Vary: origin^Vary: accept, Origin",
                "accept|Vary: ,accept,,",
                "|Vary:",
            })
    void variesByTheNamedFieldsInOrder(String names, String lines) {
        Storing.Verdict verdict =
                Storing.judge(exchange(200, "Cache-Control: max-age=60^" + lines));
        List<String> expected = names == null ? List.of() : List.of(names.split(";"));
        assertEquals(expected, assertInstanceOf(Storing.Verdict.Keep.class, verdict).vary());
    }
}
