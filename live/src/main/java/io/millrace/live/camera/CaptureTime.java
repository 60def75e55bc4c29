package io.millrace.live.camera;

import io.millrace.store.objects.ObjectInfo;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/**
 * When a camera says that an object began to be recorded: its user metadata {@value #NAME}, an ISO
 * 8601 time with an offset or milliseconds since 1970.
 *
 * <p>It places pictures on the camera's timeline and nothing else: no right, signature or retention
 * ever depends on it. A time that can't be true is as none: more than {@link #AHEAD} after the
 * bytes arrived, or more than {@link #BEHIND} before.
 */
final class CaptureTime {
    static final String NAME = "capture-time";
    static final Duration AHEAD = Duration.ofHours(24);
    static final Duration BEHIND = Duration.ofDays(3_660);

    private CaptureTime() {}

    /** In milliseconds since 1970; {@link MediaClock#NONE} when there is none to believe. */
    static long of(ObjectInfo object, long arrivedMillis) {
        String text = object.userMetadata().get(NAME);
        if (text == null) {
            return MediaClock.NONE;
        }
        try {
            long millis =
                    text.chars().allMatch(Character::isDigit)
                            ? Long.parseLong(text)
                            : java.time.OffsetDateTime.parse(text).toInstant().toEpochMilli();
            Instant arrived = Instant.ofEpochMilli(arrivedMillis);
            boolean possible =
                    millis >= 0
                            && millis <= arrived.plus(AHEAD).toEpochMilli()
                            && millis >= arrived.minus(BEHIND).toEpochMilli();
            return possible ? millis : MediaClock.NONE;
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            return MediaClock.NONE;
        }
    }
}
