package io.millrace.live.record;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a rendition consists of, for the multivariant playlist.
 *
 * @param videoCodec RFC 6381, null without video
 * @param framesPerSecond 0 when unknown
 * @param audioCodec RFC 6381, null without audio
 */
public record MediaDescription(
        @Nullable String videoCodec,
        int width,
        int height,
        double framesPerSecond,
        @Nullable String audioCodec,
        int sampleRateHertz,
        int channels) {
    /** Nothing known yet. */
    public static final MediaDescription UNKNOWN = new MediaDescription(null, 0, 0, 0, null, 0, 0);

    /** CODECS, null when nothing is known. */
    public @Nullable String codecs() {
        String joined =
                Stream.of(videoCodec, audioCodec)
                        .filter(java.util.Objects::nonNull)
                        .collect(Collectors.joining(","));
        return joined.isEmpty() ? null : joined;
    }
}
