package io.millrace.live;

import java.time.Duration;
import java.util.Optional;

/** What a playback path answers; the gateway turns it into an HTTP answer. */
public sealed interface PlaybackAnswer {
    /**
     * A playlist: 200, {@code application/vnd.apple.mpegurl}, {@code Cache-Control: max-age}.
     *
     * @param text the playlist, UTF-8, its URIs relative to the playlist's own path
     * @param maxAge how long a cache may keep it; zero means {@code no-cache}
     */
    record Playlist(String text, Duration maxAge) implements PlaybackAnswer {}

    /**
     * A playlist that may be long, 200 and written as it is made.
     *
     * @param next where its next page is, relative to the playlist's own path; goes into {@code
     *     Link: <…>; rel="next"}
     */
    record LongPlaylist(PlaylistText text, Duration maxAge, Optional<String> next)
            implements PlaybackAnswer {}

    /**
     * Media bytes: 200, or 206 for a Range.
     *
     * @param contentType {@code video/mp2t} or {@code video/mp4}
     * @param etag without quotes; changes when the bytes behind the path change
     * @param immutable true: {@code Cache-Control: public, max-age=31536000, immutable}; false:
     *     {@code max-age=1}
     * @param growing true for an object that is still appended to: a Range answers {@code
     *     Content-Range: bytes a-b/*} and no length is promised
     */
    record Media(
            String contentType, String etag, boolean immutable, boolean growing, MediaBody body)
            implements PlaybackAnswer {}

    /**
     * Media bytes to be kept as a file: {@code Content-Disposition: attachment}.
     *
     * @param fileName letters, digits, {@code - _ .}
     */
    record File(String fileName, Media media) implements PlaybackAnswer {}

    /** 404 with its reason in plain words: no such stream, no such session, segment expired. */
    record NotFound(String reason) implements PlaybackAnswer {}

    /** 400 with its reason: a path or a query that no playback route has. */
    record BadRequest(String reason) implements PlaybackAnswer {}

    /**
     * 503 with {@code Retry-After}: the bytes exist but the store can't give them now, or the
     * stream exists and has nothing to play yet.
     */
    record Unavailable(String reason, Duration retryAfter) implements PlaybackAnswer {}
}
