package io.millrace.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.edge.http.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Directives are read as RFC 9111 section 5.2 and RFC 9213 write them; a mistake never makes fresh.
 */
class CacheControlTest {
    private static CacheControl plain(String text) {
        return CacheControl.ofResponse(new Headers().add("Cache-Control", text));
    }

    private static CacheControl targeted(String text) {
        return CacheControl.ofResponse(
                new Headers().add("CDN-Cache-Control", text).add("Cache-Control", "max-age=7"));
    }

    @Test
    void everyDirectiveIsReadAlone() {
        CacheControl nothing = plain("x");
        assertEquals(
                new CacheControl(
                        -1, -1, -1, -1, false, false, false, false, false, false, false, false,
                        true),
                nothing);
        assertEquals(5, plain("max-age=5").maxAge());
        assertEquals(6, plain("s-maxage=6").sMaxAge());
        assertEquals(7, plain("stale-while-revalidate=7").staleWhileRevalidate());
        assertEquals(8, plain("stale-if-error=8").staleIfError());
        assertTrue(plain("no-store").noStore());
        assertTrue(plain("no-cache").noCache());
        assertTrue(plain("private").isPrivate());
        assertTrue(plain("public").isPublic());
        assertTrue(plain("must-revalidate").mustRevalidate());
        assertTrue(plain("proxy-revalidate").mustRevalidate());
        assertTrue(plain("must-understand").mustUnderstand());
        assertTrue(
                CacheControl.ofRequest(new Headers().add("cache-control", "only-if-cached"))
                        .onlyIfCached());
    }

    @Test
    void oneDirectiveSetsNothingElse() {
        CacheControl all =
                plain(
                        "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4,"
                                + " must-revalidate");
        assertEquals(
                new CacheControl(
                        1, 2, 3, 4, false, false, false, false, true, false, false, false, true),
                all);
        CacheControl flags = plain("no-store,no-cache,private,public,must-understand");
        assertEquals(
                new CacheControl(
                        -1, -1, -1, -1, true, true, true, true, false, true, false, false, true),
                flags);
    }

    @Test
    void withoutAFieldThereIsNothing() {
        assertSame(CacheControl.NONE, CacheControl.ofResponse(new Headers()));
        assertSame(CacheControl.NONE, CacheControl.ofRequest(new Headers()));
        assertFalse(CacheControl.NONE.present());
        assertEquals(-1, CacheControl.NONE.sharedSeconds());
    }

    @Test
    void linesOfOneFieldAreOneList() {
        CacheControl both =
                CacheControl.ofResponse(
                        new Headers()
                                .add("Cache-Control", "max-age=9")
                                .add("Cache-Control", "no-cache"));
        assertEquals(9, both.maxAge());
        assertTrue(both.noCache());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "60|max-age=60",
                "60|max-age=\"60\"",
                "0|max-age=\"60",
                "0|max-age=60\"",
                "0|max-age=\"",
                "0|max-age=\"\"",
                "0|max-age=",
                "0|max-age",
                "0|max-age=-1",
                "0|max-age=1.5",
                "0|max-age=6O",
                "0|max-age=/",
                "0|max-age=:",
                "9|max-age=09",
                "2147483647|max-age=2147483647",
                "2147483647|max-age=2147483648",
                "2147483647|max-age=999999999999999999999999999999",
                "60|,, max-age=60 ,,",
                "60|MAX-AGE=60",
                "5|max-age=5, max-age=60",
                "5|max-age=60, max-age=5",
                "60|x=\"a, max-age=5\", max-age=60",
                "60|x=\"a\\\", max-age=5\", max-age=60",
                "60|x=a\\, max-age=60",
                "-1|x=\"max-age=60",
                "-1|max-ages=60",
            })
    void seconds(long expected, String text) {
        assertEquals(expected, plain(text).maxAge());
    }

    @Test
    void aSharedCachesOwnLifetimeComesFirstUnlessTheFieldIsTargeted() {
        assertEquals(9, plain("max-age=5, s-maxage=9").sharedSeconds());
        assertEquals(0, plain("max-age=5, s-maxage=0").sharedSeconds());
        assertEquals(5, plain("max-age=5").sharedSeconds());
        assertEquals(5, targeted("max-age=5, s-maxage=9").sharedSeconds());
    }

    @Test
    void aTargetedFieldIsTakenInsteadOfTheOther() {
        CacheControl cc = targeted("max-age=120, no-cache");
        assertTrue(cc.targeted());
        assertTrue(cc.present());
        assertTrue(cc.noCache());
        assertEquals(120, cc.maxAge());
        assertFalse(plain("max-age=1").targeted());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "max-age=120;x=1",
                "max-age=120;",
                "no-store;x, max-age=120",
                "*a=1, max-age=120, z0-_.*",
                "max-age=120, a",
                "max-age=120, z",
            })
    void aTargetedFieldIsADictionary(String text) {
        assertEquals(120, targeted(text).maxAge());
        assertEquals(text.startsWith("no-store"), targeted(text).noStore());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "max-age=120,,",
                ",max-age=120",
                "Max-Age=120",
                "max-age=120, =1",
                "max-age=120, 1a",
                "max-age=120, -a",
                "max-age=120, .a",
                "max-age=120, _a",
                "max-age=120, a b",
                "max-age=120, a{",
                "max-age=120, a`",
                "max-age=120, ;x",
                "max-age= ;x",
            })
    void aTargetedFieldThatIsNoDictionaryIsIgnored(String text) {
        CacheControl cc = targeted(text);
        assertFalse(cc.targeted(), text);
        assertEquals(7, cc.maxAge(), text);
    }

    @Test
    void aQuotedNumberIsNoIntegerOfADictionary() {
        assertEquals(0, targeted("max-age=\"120\"").maxAge());
        assertEquals(0, targeted("max-age=").maxAge());
    }

    @Test
    void aRequestHasNoTargetedField() {
        Headers request =
                new Headers().add("CDN-Cache-Control", "no-store").add("Cache-Control", "no-cache");
        CacheControl cc = CacheControl.ofRequest(request);
        assertTrue(cc.noCache());
        assertFalse(cc.noStore());
    }
}
