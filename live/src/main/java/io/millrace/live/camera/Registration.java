package io.millrace.live.camera;

import io.millrace.access.Devices.DeviceInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Which bytes a device's archive is made of: those below a prefix, since a registration.
 *
 * @param createdMillis tells a device from one that had the name before
 */
record Registration(long createdMillis, String bucket, String prefix) {
    static final byte VERSION = 2;

    static Registration of(DeviceInfo device) {
        return new Registration(device.created().toEpochMilli(), device.bucket(), device.prefix());
    }

    boolean holds(CameraObject object) {
        return object.bucket().equals(bucket) && object.key().startsWith(prefix);
    }

    byte[] encode() {
        byte[] bucketBytes = bucket.getBytes(StandardCharsets.UTF_8);
        byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(
                        1 + Long.BYTES + Short.BYTES + bucketBytes.length + prefixBytes.length)
                .put(VERSION)
                .putLong(createdMillis)
                .putShort((short) bucketBytes.length)
                .put(bucketBytes)
                .put(prefixBytes)
                .array();
    }

    static Registration decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (in.get() != VERSION) {
            throw new IllegalStateException("a camera's registration has an unknown version");
        }
        long created = in.getLong();
        String bucket = CameraObject.text(in, in.getShort());
        return new Registration(created, bucket, CameraObject.text(in, in.remaining()));
    }
}
