package io.millrace.live.stream;

/**
 * What the segmenter hands over: a segment before it has its number.
 *
 * @param bytes the first {@code length} of it
 * @param frames video frames in it
 */
@SuppressWarnings("ArrayRecordComponent")
record FinishedSegment(
        byte[] bytes,
        int length,
        long durationMicros,
        long startMicros,
        boolean discontinuity,
        int frames) {}
