package io.millrace.live.camera;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a camera is doing.
 *
 * @param live whether bytes came within the last ten seconds
 * @param sizeBytes of the object that it appends to now
 * @param segments playable byte ranges found in that object
 * @param segmentSeconds length of the latest one
 * @param bitsPerSecond over the latest segments
 * @param warning what an operator should know, empty when all is well
 */
public record CameraStatus(
        String device,
        boolean live,
        @Nullable String bucket,
        @Nullable String key,
        long incarnation,
        long sizeBytes,
        @Nullable Instant started,
        @Nullable Instant lastAppend,
        long segments,
        double segmentSeconds,
        long bitsPerSecond,
        int width,
        int height,
        String codecs,
        String warning) {}
