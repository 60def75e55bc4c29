package io.millrace.edge.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** HTTP dates in the three forms of RFC 9110 section 5.6.7; whole seconds since 1970. */
public final class HttpDates {
    /** What {@link #parse} gives for a text that is no date. */
    public static final long NONE = Long.MIN_VALUE;

    private static final DateTimeFormatter IMF =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);
    private static final List<DateTimeFormatter> OLD =
            List.of(
                    DateTimeFormatter.ofPattern("EEEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.US),
                    DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US));

    private HttpDates() {}

    /** Seconds since 1970, or {@link #NONE}. */
    public static long parse(@Nullable String text) {
        if (text == null || text.length() < 24) {
            return NONE;
        }
        long seconds = parse(text, IMF);
        for (int i = 0; i < OLD.size() && seconds == NONE; i++) {
            seconds = parse(text, OLD.get(i));
        }
        return seconds;
    }

    public static String format(long seconds) {
        return IMF.format(LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC));
    }

    public static String format(Instant instant) {
        return format(instant.getEpochSecond());
    }

    private static long parse(String text, DateTimeFormatter form) {
        try {
            return LocalDateTime.parse(text, form).toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return NONE;
        }
    }
}
