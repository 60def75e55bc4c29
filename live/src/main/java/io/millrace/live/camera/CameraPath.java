package io.millrace.live.camera;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** What a path below {@code /_camera/} asks for. */
sealed interface CameraPath {
    /** The device it names; empty for a wrong one. */
    String device();

    /** {@code /_camera/{device}/index.m3u8}: the live end. */
    record LivePlaylist(String device) implements CameraPath {}

    /**
     * {@code …/index.m3u8?from=…&to=…}, each ISO 8601 or milliseconds since 1970; without {@code
     * to} until now. With {@code limit=} a page of so many lines, with {@code page=} the one that
     * begins at a place that an answer named.
     *
     * @param toMillis {@link Long#MAX_VALUE} for now
     */
    record Archive(
            String device,
            long fromMillis,
            long toMillis,
            Optional<Integer> limit,
            Optional<Timeline.Place> page)
            implements CameraPath {
        Timeline.Window window(long nowMillis) {
            long to = toMillis == Long.MAX_VALUE ? nowMillis : toMillis;
            return new Timeline.Window(
                    device, fromMillis, to, page, limit.orElse(Timeline.MOST_ENTRIES));
        }

        /** The next page of a window, relative to this one's path. */
        String next(Timeline.Window window, Timeline.Place place) {
            return "index.m3u8?from="
                    + window.fromMillis()
                    + "&to="
                    + window.toMillis()
                    + "&limit="
                    + window.limit()
                    + "&page="
                    + place;
        }
    }

    /** {@code /_camera/{device}/{incarnation}.ts}: the object's bytes. */
    record Media(String device, long incarnation) implements CameraPath {}

    /** Not a path of a camera; the reason is public text. */
    record Wrong(String reason) implements CameraPath {
        @Override
        public String device() {
            return "";
        }
    }

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
            return archive(device, fromMillis, toMillis, rawQuery);
        } catch (DateTimeException | NumberFormatException e) {
            return new Wrong(
                    "Times are ISO 8601 in UTC (2026-01-31T12:00:00Z) or milliseconds since 1970.");
        }
    }

    private static CameraPath archive(
            String device, long fromMillis, long toMillis, String rawQuery) {
        try {
            Optional<Integer> limit = parameter(rawQuery, "limit").map(Integer::valueOf);
            Optional<Timeline.Place> page = parameter(rawQuery, "page").map(Timeline.Place::parse);
            if (limit.isPresent() && (limit.get() < 1 || limit.get() > Timeline.MOST_ENTRIES)
                    || page.isPresent() && limit.isEmpty()) {
                return new Wrong("'limit' is 1 to " + Timeline.MOST_ENTRIES + "; 'page' needs it.");
            }
            return new Archive(device, fromMillis, toMillis, limit, page);
        } catch (NumberFormatException e) {
            return new Wrong(
                    "'limit' is a number and 'page' as the Link header of a page gave it.");
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
