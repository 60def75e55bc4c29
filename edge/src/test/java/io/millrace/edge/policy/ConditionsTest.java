package io.millrace.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.edge.http.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A viewer's conditions, RFC 9110 section 13, one line a case. */
class ConditionsTest {
    private static final String OLD = "Sun, 06 Nov 1994 08:49:36 GMT";
    private static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final String NEW = "Sun, 06 Nov 1994 08:49:38 GMT";

    private static @Nullable String given(@Nullable String text) {
        return text == null
                ? null
                : text.replace("OLD", OLD).replace("DATE", DATE).replace("NEW", NEW);
    }

    private static Headers request(String name, @Nullable String value) {
        Headers headers = new Headers();
        String text = given(value);
        return text == null ? headers : headers.add(name, text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "true |\"a\"|\"a\"",
                "true |\"b\", \"a\"|\"a\"",
                "true |\"b\",\"a\"|\"a\"",
                "true |W/\"a\"|\"a\"",
                "true |\"a\"|W/\"a\"",
                "true |W/\"a\"|W/\"a\"",
                "true |*|\"a\"",
                "true |\"b\", *|\"a\"",
                "true |*, \"b\"|\"a\"",
                "true |a|a",
                "true |a,|a",
                "false|\"b\"|\"a\"",
                "false|\"aa\"|\"a\"",
                "false|a|\"a\"",
                "false|\"a|\"a\"",
                "false|\"a|\"a",
                "false|\"x\"a\"|\"a\"",
                "false|\"a\"|",
                "false|*|",
                "false|,|\"a\"",
            })
    void ifNoneMatch(boolean notModified, String list, @Nullable String etag) {
        assertEquals(
                notModified, Conditions.notModified(request("If-None-Match", list), etag, null));
    }

    @Test
    void ifNoneMatchStandsBeforeADate() {
        Headers both = request("If-None-Match", "\"x\"").add("If-Modified-Since", NEW);
        assertEquals(false, Conditions.notModified(both, "\"a\"", DATE));
        assertEquals(true, Conditions.notModified(both, "\"x\"", DATE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true |DATE|DATE",
                "true |NEW|DATE",
                "false|OLD|DATE",
                "false|yesterday|DATE",
                "false|DATE|yesterday",
                "false|DATE|",
                "false||DATE",
                "false||",
            })
    void ifModifiedSince(boolean notModified, @Nullable String since, @Nullable String modified) {
        assertEquals(
                notModified,
                Conditions.notModified(
                        request("If-Modified-Since", since), "\"a\"", given(modified)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "false|\"a\"|\"a\"",
                "false|\"b\", \"a\"|\"a\"",
                "false|*|\"a\"",
                "false|*|",
                "true |\"b\"|\"a\"",
                "true |\"a\"|W/\"a\"",
                "true |\"a\"|",
            })
    void ifMatch(boolean failed, String list, @Nullable String etag) {
        assertEquals(failed, Conditions.failed(request("If-Match", list), etag, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false|DATE|DATE",
                "false|NEW|DATE",
                "true |OLD|DATE",
                "false|yesterday|DATE",
                "false|OLD|yesterday",
                "false|OLD|",
                "false||DATE",
            })
    void ifUnmodifiedSince(boolean failed, @Nullable String since, @Nullable String modified) {
        assertEquals(
                failed,
                Conditions.failed(request("If-Unmodified-Since", since), "\"a\"", given(modified)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "true ||\"a\"|DATE",
                "true |\"a\"|\"a\"|DATE",
                "true |DATE|\"a\"|DATE",
                "false|\"b\"|\"a\"|DATE",
                "false|\"a\"||DATE",
                "false|W/\"a\"|W/\"a\"|DATE",
                "false|NEW|\"a\"|DATE",
                "false|DATE|\"a\"|",
            })
    void ifRange(
            boolean asked,
            @Nullable String ifRange,
            @Nullable String etag,
            @Nullable String modified) {
        Headers request = request("If-Range", ifRange).add("Range", "bytes=1-2");
        var range = Conditions.range(request, etag, given(modified));
        if (asked) {
            assertNotNull(range);
        } else {
            assertNull(range);
        }
    }

    @Test
    void withoutARangeThereIsNone() {
        assertNull(Conditions.range(request("If-Range", "\"a\""), "\"a\"", null));
        assertNull(Conditions.range(new Headers(), "\"a\"", null));
    }
}
