package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HttpDateTest {
    private static final long SECONDS = 784111777;

    @Test
    void allThreeFormsAreRead() {
        for (String form :
                new String[] {
                    "Sun, 06 Nov 1994 08:49:37 GMT",
                    " sun, 6 nov 1994 08:49:37 gmt ",
                    "Sunday, 06-Nov-94 08:49:37 GMT",
                    "Sun Nov  6 08:49:37 1994"
                }) {
            assertEquals(SECONDS, HttpDate.seconds(form), form);
            assertEquals(Optional.of(Instant.ofEpochSecond(SECONDS)), HttpDate.parse(form), form);
        }
        assertEquals(
                Instant.parse("2026-11-06T08:49:37Z").getEpochSecond(),
                HttpDate.seconds("Friday, 06-Nov-26 08:49:37 GMT"));
    }

    @Test
    void whatIsNoDateIsSaidToBeNone() {
        for (String bad :
                new String[] {
                    null,
                    "",
                    "yesterday",
                    "Sun, 06 Nov 1994 08:49:37 PST",
                    "Mon, 06 Nov 1994 08:49:37 GMT",
                    "Sun, 31 Feb 1994 08:49:37 GMT",
                    "1994-11-06T08:49:37Z"
                }) {
            assertEquals(HttpDate.NONE, HttpDate.seconds(bad), bad);
        }
    }

    @Test
    void aDateIsWrittenInTheFirstForm() {
        assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.format(SECONDS));
        assertEquals(
                "Sun, 06 Nov 1994 08:49:37 GMT",
                HttpDate.format(Instant.ofEpochSecond(SECONDS, 999_999_999)));
    }
}
