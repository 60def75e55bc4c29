package io.millrace.signing;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The date formats of the dialects, and the window in which a signed request holds. */
final class Times {
    /** How far a request's time may be from ours. */
    static final Duration SKEW = Duration.ofMinutes(15);

    /** The longest life of a V4 signed URL. */
    static final long MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

    private static final DateTimeFormatter BASIC =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private Times() {}

    static String basic(Instant time) {
        return BASIC.format(time);
    }

    /** Reads {@code yyyyMMdd'T'HHmmss'Z'}; null when it is something else. */
    static @Nullable Instant parseBasic(String text) {
        if (text.length() != 16 || text.charAt(8) != 'T' || text.charAt(15) != 'Z') {
            return null;
        }
        int date = digits(text, 0, 8);
        int time = digits(text, 9, 15);
        if (date < 0 || time < 0) {
            return null;
        }
        try {
            return LocalDateTime.of(
                            date / 10000,
                            date / 100 % 100,
                            date % 100,
                            time / 10000,
                            time / 100 % 100,
                            time % 100)
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Reads an HTTP date (RFC 1123) or the basic or the extended ISO form. */
    static @Nullable Instant parseAny(String text) {
        Instant basic = parseBasic(text);
        if (basic != null) {
            return basic;
        }
        try {
            return text.indexOf(',') > 0
                    ? DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from)
                    : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Null when the request's time is near enough. */
    static VerifyOutcome.@Nullable Skewed skew(Instant requested, Instant now) {
        return Duration.between(requested, now).abs().compareTo(SKEW) > 0
                ? new VerifyOutcome.Skewed(requested, now, SKEW)
                : null;
    }

    /** Reads a whole number of at most 18 digits; -1 when it is none. */
    static long number(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > 18) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
