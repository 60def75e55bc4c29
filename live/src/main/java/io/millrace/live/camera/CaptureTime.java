package io.millrace.live.camera;

import io.millrace.store.objects.ObjectInfo;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * When a camera says that an object began to be recorded: its user metadata {@value #NAME}, an ISO
 * 8601 time with an offset or milliseconds since 1970.
 *
 * <p>It places pictures on the camera's timeline and nothing else: no right, signature or retention
 * ever depends on it. A time that can't be true is refused when it comes and is as none when it is
 * stored: more than {@link #AHEAD} after the bytes arrived, or more than {@link #BEHIND} before.
 */
public final class CaptureTime {
    /** The metadata's name, in requests {@code x-oss-meta-capture-time} and S3's likewise. */
    public static final String NAME = "capture-time";

    static final Duration AHEAD = Duration.ofHours(24);
    static final Duration BEHIND = Duration.ofDays(3_660);
    private static final int MOST_CHARACTERS = 64;

    private CaptureTime() {}

    /** In milliseconds since 1970; {@link MediaClock#NONE} when there is none to believe. */
    static long of(ObjectInfo object, long arrivedMillis) {
        String text = object.userMetadata().get(NAME);
        if (text == null || wrong(text, Instant.ofEpochMilli(arrivedMillis)).isPresent()) {
            return MediaClock.NONE;
        }
        return millis(text);
    }

    /** Why a time can't be true of bytes that arrive now, in public words; empty when it can. */
    public static Optional<String> wrong(String text, Instant now) {
        long millis;
        try {
            millis = millis(text);
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            return Optional.of(
                    "The metadata 'capture-time' is ISO 8601 with an offset, like"
                            + " 2026-01-31T12:00:00.250Z, or milliseconds since 1970.");
        }
        if (millis > now.plus(AHEAD).toEpochMilli()) {
            return Optional.of(
                    "The metadata 'capture-time' lies more than a day in the future. Set the"
                            + " camera's clock or leave it out.");
        }
        if (millis < now.minus(BEHIND).toEpochMilli()) {
            return Optional.of(
                    "The metadata 'capture-time' lies more than ten years back. Set the camera's"
                            + " clock or leave it out.");
        }
        return Optional.empty();
    }

    private static long millis(String text) {
        if (text.length() > MOST_CHARACTERS) {
            throw new NumberFormatException("too long");
        }
        return text.chars().allMatch(c -> c >= '0' && c <= '9')
                ? Long.parseLong(text)
                : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    }
}
