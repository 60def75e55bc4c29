package io.millrace.live.camera;

import java.nio.ByteBuffer;

/**
 * A piece of a camera's object that can be played by itself: from the tables before a keyframe up
 * to the next such place.
 *
 * @param incarnation the object's
 * @param offset first byte, at the tables (PAT, PMT) before the keyframe
 * @param lengthBytes up to the next segment
 * @param durationTicks media time in 90 kHz ticks
 * @param startMillis when it was recorded, milliseconds since 1970; see {@link MediaClock}
 * @param discontinuity whether the timestamps begin anew here, within the object
 */
record CameraSegment(
        long incarnation,
        long offset,
        long lengthBytes,
        int durationTicks,
        long startMillis,
        boolean discontinuity) {
    static final int ENCODED_BYTES = 29;
    static final int TICKS_PER_MILLISECOND = 90;

    double seconds() {
        return durationTicks / 90_000.0;
    }

    long endMillis() {
        return startMillis + durationTicks / TICKS_PER_MILLISECOND;
    }

    /** The first byte after it. */
    long endOffset() {
        return offset + lengthBytes;
    }

    /** This one and the next as one. */
    CameraSegment joined(CameraSegment next) {
        return new CameraSegment(
                incarnation,
                offset,
                lengthBytes + next.lengthBytes,
                durationTicks + next.durationTicks,
                startMillis,
                discontinuity);
    }

    void encode(ByteBuffer out) {
        out.putLong(offset)
                .putLong(lengthBytes)
                .putInt(durationTicks)
                .putLong(startMillis)
                .put((byte) (discontinuity ? 1 : 0));
    }

    static CameraSegment decode(ByteBuffer in, long incarnation) {
        long offset = in.getLong();
        long length = in.getLong();
        int duration = in.getInt();
        long start = in.getLong();
        return new CameraSegment(incarnation, offset, length, duration, start, in.get() != 0);
    }
}
