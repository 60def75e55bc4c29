package io.millrace.formats.mpegts;

import org.jspecify.annotations.Nullable;

/**
 * Codec parameters found in the streams themselves.
 *
 * @param video RFC 6381 name, null until an SPS was seen (H.265: just {@code hvc1})
 * @param width in pixels, 0 when unknown
 * @param framesPerSecond from the SPS, 0 when it does not say
 * @param audio RFC 6381 name, null until an ADTS header was seen
 */
public record TsCodec(
        @Nullable String video,
        int width,
        int height,
        double framesPerSecond,
        @Nullable String audio,
        int sampleRateHertz,
        int channels) {
    /** Nothing known yet. */
    public static final TsCodec UNKNOWN = new TsCodec(null, 0, 0, 0, null, 0, 0);
}
