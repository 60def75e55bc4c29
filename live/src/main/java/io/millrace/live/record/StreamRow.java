package io.millrace.live.record;

/**
 * A stream's settings as they are kept.
 *
 * @param sealedKey the stream key, encrypted
 */
@SuppressWarnings("ArrayRecordComponent")
public record StreamRow(
        String name,
        String bucket,
        String prefix,
        byte[] sealedKey,
        long segmentTargetMillis,
        long createdMillis) {}
