package io.millrace.live.record;

/**
 * A stream's settings as they are kept.
 *
 * @param sealedKey the stream key, encrypted
 * @param keepMillis how long a recording stays after its end; 0: until somebody removes it
 */
@SuppressWarnings("ArrayRecordComponent")
public record StreamRow(
        String name,
        String bucket,
        String prefix,
        byte[] sealedKey,
        long segmentTargetMillis,
        long createdMillis,
        long keepMillis) {
    /** The same with another key. */
    public StreamRow withKey(byte[] sealed) {
        return new StreamRow(
                name, bucket, prefix, sealed, segmentTargetMillis, createdMillis, keepMillis);
    }

    /** The same, whose recordings are kept for that long. */
    public StreamRow keeping(long millis) {
        return new StreamRow(
                name, bucket, prefix, sealedKey, segmentTargetMillis, createdMillis, millis);
    }
}
