package io.millrace.live.camera;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One object that a camera appends to, as the index remembers it.
 *
 * @param arrivedMillis when its first append arrived
 * @param captureMillis when the camera says that it began to be recorded, {@link MediaClock#NONE}
 *     when it says nothing
 * @param segments how many the index holds, the open group not counted
 * @param cursor how far it was scanned
 * @param damages what was found broken up to there
 */
record CameraObject(
        String device,
        long bucketId,
        String bucket,
        String key,
        long incarnation,
        long arrivedMillis,
        long captureMillis,
        long segments,
        ScanCursor cursor,
        Damages damages) {
    static final int VERSION = 2;

    CameraObject at(ScanCursor next, long nowSegments, Damages found) {
        return new CameraObject(
                device,
                bucketId,
                bucket,
                key,
                incarnation,
                arrivedMillis,
                captureMillis,
                nowSegments,
                next,
                found);
    }

    byte[] encode() {
        byte[] bucketBytes = bucket.getBytes(StandardCharsets.UTF_8);
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        int fixed = 1 + 4 * Long.BYTES + Short.BYTES;
        ByteBuffer out =
                ByteBuffer.allocate(
                        fixed
                                + cursor.encodedBytes()
                                + damages.encodedBytes()
                                + bucketBytes.length
                                + keyBytes.length);
        out.put((byte) VERSION)
                .putLong(bucketId)
                .putLong(arrivedMillis)
                .putLong(captureMillis)
                .putLong(segments);
        cursor.encode(out);
        damages.encode(out);
        return out.putShort((short) bucketBytes.length).put(bucketBytes).put(keyBytes).array();
    }

    static CameraObject decode(String device, long incarnation, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException(
                    "camera object record of " + device + " has an unknown version");
        }
        long bucketId = in.getLong();
        long arrived = in.getLong();
        long capture = in.getLong();
        long segments = in.getLong();
        ScanCursor cursor = ScanCursor.decode(in);
        Damages damages = Damages.decode(in);
        String bucket = text(in, in.getShort());
        String key = text(in, in.remaining());
        return new CameraObject(
                device,
                bucketId,
                bucket,
                key,
                incarnation,
                arrived,
                capture,
                segments,
                cursor,
                damages);
    }

    static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
