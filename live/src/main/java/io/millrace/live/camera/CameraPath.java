package io.millrace.live.camera;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** What a path below {@code /_camera/} asks for. */
sealed interface CameraPath {
    /** {@code /_camera/{device}/index.m3u8}: the live end. */
    record LivePlaylist(String device) implements CameraPath {}

    /**
     * {@code …/index.m3u8?from=…&to=…}, each ISO 8601 or milliseconds since 1970; without {@code
     * to} until now.
     */
    record Archive(String device, long fromMillis, long toMillis) implements CameraPath {}

    /** {@code /_camera/{device}/{incarnation}.ts}: the object's bytes. */
    record Media(String device, long incarnation) implements CameraPath {}

    /** Not a path of a camera; the reason is public text. */
    record Wrong(String reason) implements CameraPath {}

    static CameraPath parse(String path, String rawQuery) {
        String[] parts = path.split("/", -1);
        if (parts.length != 4 || !parts[1].equals("_camera") || parts[2].isEmpty()) {
            return new Wrong(
                    "Paths are /_camera/{device}/index.m3u8 and /_camera/{device}/{incarnation}.ts");
        }
        String device = parts[2];
        if (parts[3].equals("index.m3u8")) {
            return playlist(device, rawQuery);
        }
        if (parts[3].endsWith(".ts")) {
            try {
                return new Media(
                        device,
                        Long.parseUnsignedLong(parts[3].substring(0, parts[3].length() - 3)));
            } catch (NumberFormatException e) {
                return new Wrong("The name before .ts is the number of an object.");
            }
        }
        return new Wrong("A camera has index.m3u8 and {incarnation}.ts");
    }

    private static CameraPath playlist(String device, String rawQuery) {
        Optional<String> from = parameter(rawQuery, "from");
        Optional<String> to = parameter(rawQuery, "to");
        if (from.isEmpty() && to.isEmpty()) {
            return new LivePlaylist(device);
        }
        if (from.isEmpty()) {
            return new Wrong(
                    "'to' needs a 'from', like from=2026-01-31T12:00:00Z&to=2026-01-31T13:00:00Z");
        }
        try {
            long fromMillis = millis(from.get());
            long toMillis = to.isPresent() ? millis(to.get()) : Long.MAX_VALUE;
            if (toMillis <= fromMillis) {
                return new Wrong("'to' must be after 'from'");
            }
            return new Archive(device, fromMillis, toMillis);
        } catch (DateTimeException | NumberFormatException e) {
            return new Wrong(
                    "Times are ISO 8601 in UTC (2026-01-31T12:00:00Z) or milliseconds since 1970.");
        }
    }

    private static long millis(String text) {
        return text.chars().allMatch(Character::isDigit)
                ? Long.parseLong(text)
                : Instant.parse(text).toEpochMilli();
    }

    private static Optional<String> parameter(String rawQuery, String name) {
        for (String pair : rawQuery.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).equals(name)) {
                try {
                    return Optional.of(
                            java.net.URLDecoder.decode(
                                    pair.substring(equals + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    return Optional.of("");
                }
            }
        }
        return Optional.empty();
    }
}
