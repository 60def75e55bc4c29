package io.millrace.edge.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** HTTP dates in the three forms of RFC 9110 section 5.6.7; whole seconds since 1970. */
public final class HttpDates {
    /** What {@link #parse} gives for a text that is no date. */
    public static final long NONE = Long.MIN_VALUE;

    private static final DateTimeFormatter IMF =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);
    private static final List<DateTimeFormatter> READ =
            List.of(
                    pattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'"),
                    pattern("EEEE, dd-MMM-yy HH:mm:ss 'GMT'"),
                    pattern("EEE MMM ppd HH:mm:ss yyyy"),
                    pattern("EEE MMM d HH:mm:ss yyyy"));

    private HttpDates() {}

    /** Seconds since 1970, or {@link #NONE}. */
    public static long parse(@Nullable String text) {
        if (text == null || text.length() < 23) {
            return NONE;
        }
        long seconds = NONE;
        for (int i = 0; i < READ.size() && seconds == NONE; i++) {
            seconds = parse(text, READ.get(i));
        }
        return seconds;
    }

    public static String format(long seconds) {
        return IMF.format(LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC));
    }

    public static String format(Instant instant) {
        return format(instant.getEpochSecond());
    }

    /** Reading is lenient in case, as most caches are. */
    private static DateTimeFormatter pattern(String pattern) {
        return new DateTimeFormatterBuilder()
                .parseCaseInsensitive()
                .appendPattern(pattern)
                .toFormatter(Locale.US);
    }

    private static long parse(String text, DateTimeFormatter form) {
        try {
            return LocalDateTime.parse(text, form).toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return NONE;
        }
    }
}
