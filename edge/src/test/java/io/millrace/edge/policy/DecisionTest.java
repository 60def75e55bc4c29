package io.millrace.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.Policy.Decision;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stored answer is good for at each second around its limits. */
class DecisionTest {
    private static CacheControl cacheControl(@Nullable String text) {
        Headers headers = new Headers();
        return CacheControl.ofResponse(text == null ? headers : headers.add("Cache-Control", text));
    }

    /** Fresh for 60 s from second 0 on. */
    private static Freshness stored(@Nullable String text, boolean validator) {
        return new Freshness(200, 0, 0, 60, cacheControl(text), validator);
    }

    private static String word(Decision decision) {
        return switch (decision) {
            case Decision.Serve(long age, long ttl) -> "serve " + age + " " + ttl;
            case Decision.ServeAndRevalidate(long age, long ttl) -> "stale " + age + " " + ttl;
            case Decision.Revalidate() -> "revalidate";
            case Decision.Fetch(Policy.Why why) -> "fetch " + why.word();
            case Decision.OnlyIfCached() -> "504";
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve 0 60   |0  |",
                "serve 59 1   |59 |",
                "fetch stale  |60 |",
                "serve 59 1   |59 |stale-while-revalidate=30",
                "stale 60 0   |60 |stale-while-revalidate=30",
                "stale 89 -29 |89 |stale-while-revalidate=30",
                "fetch stale  |90 |stale-while-revalidate=30",
                "fetch stale  |60 |stale-while-revalidate=0",
                "fetch stale  |70 |stale-while-revalidate=30, must-revalidate",
                "fetch stale  |70 |stale-while-revalidate=30, no-cache",
            })
    void decisions(String decision, long second, @Nullable String cc) {
        Decision made = Policy.decide(CacheControl.NONE, stored(cc, false), second * 1000);
        assertEquals(decision, word(made));
    }

    @Test
    void aValidatorSavesTheBody() {
        Decision made = Policy.decide(CacheControl.NONE, stored(null, true), 60_000);
        assertEquals("revalidate", word(made));
    }

    @Test
    void nothingStoredIsFetched() {
        assertEquals("fetch uri-miss", word(Policy.decide(CacheControl.NONE, null, 0)));
    }

    @Test
    void whoWantsOnlyWhatIsCachedGetsNothingElse() {
        CacheControl only = cacheControl("only-if-cached");
        assertEquals("504", word(Policy.decide(only, null, 0)));
        assertEquals("serve 1 59", word(Policy.decide(only, stored(null, true), 1_000)));
        String swr = "stale-while-revalidate=30";
        assertEquals("504", word(Policy.decide(only, stored(swr, true), 70_000)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true |119|",
                "false|120|",
                "true |64 |stale-if-error=5",
                "false|65 |stale-if-error=5",
                "false|60 |stale-if-error=0",
                "true |59 |stale-if-error=0",
                "true |500|stale-if-error=1000",
                "false|61 |must-revalidate",
                "false|61 |must-revalidate, stale-if-error=100",
                "false|61 |no-cache",
                "false|61 |s-maxage=60",
                "false|61 |s-maxage=0",
                "true |61 |s-maxage=60, stale-if-error=10",
                "false|61 |s-maxage=60, stale-if-error=0",
            })
    void standsInForAFailingOrigin(boolean may, long second, @Nullable String cc) {
        assertEquals(may, Policy.mayServeOnError(stored(cc, false), second * 1000));
    }

    @Test
    void aTargetedSharedLifetimeIsNoProxyRevalidate() {
        CacheControl targeted =
                CacheControl.ofResponse(new Headers().add("CDN-Cache-Control", "s-maxage=60"));
        Freshness stored = new Freshness(200, 0, 0, 60, targeted, false);
        assertEquals(true, Policy.mayServeOnError(stored, 61_000));
    }

    @Test
    void ageGrowsFromWhatItWasAndNeverFalls() {
        Freshness stored = new Freshness(200, 10_000, 7, 60, CacheControl.NONE, false);
        assertEquals(7, stored.ageSeconds(10_999));
        assertEquals(8, stored.ageSeconds(11_000));
        assertEquals(7, stored.ageSeconds(9_000));
        assertEquals(53, stored.ttlSeconds(10_000));
    }
}
