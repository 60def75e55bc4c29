package io.millrace.live.stream;

/**
 * What the segmenter hands over: a segment before it has its number.
 *
 * @param bytes the first {@code length} of it
 * @param frames video frames in it
 * @param independent its first picture is an IDR picture, or it has none
 * @param whole it ended where the segmenter cut it, not because its push or its parameters did
 */
@SuppressWarnings("ArrayRecordComponent")
record FinishedSegment(
        byte[] bytes,
        int length,
        long durationMicros,
        long startMicros,
        boolean discontinuity,
        int frames,
        boolean independent,
        boolean whole) {}
