package io.millrace.live.camera;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One object that a camera appends to, as its index remembers it.
 *
 * @param startMillis when its first append arrived
 * @param firstMsn the number of its first segment
 */
record CameraObject(
        String device,
        String bucket,
        String key,
        long incarnation,
        long startMillis,
        long firstMsn) {
    private static final int VERSION = 1;

    byte[] encode() {
        byte[] bucketBytes = bucket.getBytes(StandardCharsets.UTF_8);
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + 16 + 2 + bucketBytes.length + keyBytes.length)
                .put((byte) VERSION)
                .putLong(startMillis)
                .putLong(firstMsn)
                .putShort((short) bucketBytes.length)
                .put(bucketBytes)
                .put(keyBytes)
                .array();
    }

    static CameraObject decode(String device, long incarnation, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException(
                    "camera object record of " + device + " has an unknown version");
        }
        long start = in.getLong();
        long first = in.getLong();
        byte[] bucket = new byte[in.getShort()];
        in.get(bucket);
        byte[] key = new byte[in.remaining()];
        in.get(key);
        return new CameraObject(
                device,
                new String(bucket, StandardCharsets.UTF_8),
                new String(key, StandardCharsets.UTF_8),
                incarnation,
                start,
                first);
    }
}
