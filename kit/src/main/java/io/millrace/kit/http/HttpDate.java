package io.millrace.kit.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Dates of RFC 9110, section 5.6.7, in whole seconds since 1970. Written as {@code Sun, 06 Nov 1994
 * 08:49:37 GMT}; read in all three forms, in any case of letters.
 */
public final class HttpDate {
    /** What {@link #seconds} gives for a text that is no date. */
    public static final long NONE = Long.MIN_VALUE;

    private static final DateTimeFormatter WRITTEN =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);
    private static final List<DateTimeFormatter> READ =
            List.of(
                    reader().appendPattern("EEE, d MMM yyyy HH:mm:ss 'GMT'").toFormatter(Locale.US),
                    // RFC 850's two digits of a year lie from 1970 to 2069.
                    reader().appendPattern("EEEE, dd-MMM-")
                            .appendValueReduced(ChronoField.YEAR, 2, 2, LocalDate.EPOCH)
                            .appendPattern(" HH:mm:ss 'GMT'")
                            .toFormatter(Locale.US),
                    reader().appendPattern("EEE MMM ppd HH:mm:ss yyyy").toFormatter(Locale.US),
                    reader().appendPattern("EEE MMM d HH:mm:ss yyyy").toFormatter(Locale.US));
    private static final int SHORTEST = 23;

    private static volatile Cached cached = new Cached(Long.MIN_VALUE, "");

    private HttpDate() {}

    private static DateTimeFormatterBuilder reader() {
        return new DateTimeFormatterBuilder().parseCaseInsensitive();
    }

    /** The time as a header value, in whole seconds. */
    public static String format(Instant time) {
        return format(time.getEpochSecond());
    }

    /** The seconds since 1970 as a header value. */
    public static String format(long seconds) {
        return WRITTEN.format(LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC));
    }

    /** The time in a header value, or empty when it is none. */
    public static Optional<Instant> parse(String value) {
        long seconds = seconds(value);
        return seconds == NONE ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds));
    }

    /** The seconds since 1970 in a header value; {@link #NONE} when it is absent or no date. */
    public static long seconds(@Nullable String value) {
        if (value == null) {
            return NONE;
        }
        String text = value.strip();
        long seconds = NONE;
        for (int i = 0; text.length() >= SHORTEST && i < READ.size() && seconds == NONE; i++) {
            seconds = seconds(text, READ.get(i));
        }
        return seconds;
    }

    private static long seconds(String text, DateTimeFormatter form) {
        try {
            return LocalDateTime.parse(text, form).toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return NONE;
        }
    }

    /** The present, formatted once a second. */
    static String now() {
        long second = System.currentTimeMillis() / 1000;
        Cached at = cached;
        if (at.second != second) {
            at = new Cached(second, format(second));
            cached = at;
        }
        return at.text;
    }

    private record Cached(long second, String text) {}
}
