package io.millrace.live.camera;

import java.nio.ByteBuffer;

/**
 * Some seconds of one camera object that begin at a keyframe: a byte range.
 *
 * @param msn media sequence number, rising over all objects of the camera
 * @param incarnation the object's
 * @param offset first byte, at the tables (PAT, PMT) before the keyframe
 * @param lengthBytes up to the next segment
 * @param durationTicks media time in 90 kHz ticks
 * @param startMillis when it was recorded, milliseconds since 1970, by the server's clock
 * @param discontinuity whether the timestamps or the object begin anew here
 */
record Segment(
        long msn,
        long incarnation,
        long offset,
        int lengthBytes,
        int durationTicks,
        long startMillis,
        boolean discontinuity) {
    static final int ENCODED_BYTES = 33;

    double seconds() {
        return durationTicks / 90_000.0;
    }

    long endMillis() {
        return startMillis + durationTicks / 90;
    }

    void encode(ByteBuffer out) {
        out.putLong(msn)
                .putLong(offset)
                .putInt(lengthBytes)
                .putInt(durationTicks)
                .putLong(startMillis)
                .put((byte) (discontinuity ? 1 : 0));
    }

    static Segment decode(ByteBuffer in, long incarnation) {
        long msn = in.getLong();
        long offset = in.getLong();
        int length = in.getInt();
        int duration = in.getInt();
        long start = in.getLong();
        return new Segment(msn, incarnation, offset, length, duration, start, in.get() != 0);
    }
}
