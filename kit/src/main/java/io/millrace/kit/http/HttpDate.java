package io.millrace.kit.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/** Dates in the form of RFC 9110, section 5.6.7: {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static volatile Cached cached = new Cached(Long.MIN_VALUE, "");

    private HttpDate() {}

    /** The time as a header value, in whole seconds. */
    public static String format(Instant time) {
        return FORMAT.format(time);
    }

    /** The time in a header value, or empty when it is none. */
    public static Optional<Instant> parse(String value) {
        try {
            return Optional.of(
                    DateTimeFormatter.RFC_1123_DATE_TIME.parse(value.strip(), Instant::from));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** The present, formatted once a second. */
    static String now() {
        long second = System.currentTimeMillis() / 1000;
        Cached at = cached;
        if (at.second != second) {
            at = new Cached(second, format(Instant.ofEpochSecond(second)));
            cached = at;
        }
        return at.text;
    }

    private record Cached(long second, String text) {}
}
