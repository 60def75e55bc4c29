package io.millrace.live.camera;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import java.nio.ByteBuffer;

/**
 * A run on the camera's timeline, in whose order playlists show them: by start, then object, then
 * offset.
 *
 * @param entries how many lines of a playlist it makes at most
 * @param longestTicks the longest of them, 90 kHz
 */
record RunSummary(
        long startMillis,
        long incarnation,
        long offset,
        long endMillis,
        int entries,
        int longestTicks) {
    static final int VERSION = 2;

    /** Its key on the timeline of a device. */
    byte[] key(byte[] timeline) {
        return Keys.under(timeline).u64(startMillis).u64(incarnation).u64(offset).done();
    }

    byte[] encode() {
        return ByteBuffer.allocate(1 + Long.BYTES + 2 * Integer.BYTES)
                .put((byte) VERSION)
                .putLong(endMillis)
                .putInt(entries)
                .putInt(longestTicks)
                .array();
    }

    static RunSummary decode(Entry entry, int prefixBytes) {
        Keys.Reader key = Keys.read(entry.key(), prefixBytes);
        ByteBuffer in = ByteBuffer.wrap(entry.value());
        if (in.get() != VERSION) {
            throw new IllegalStateException("a row of a camera's timeline has an unknown version");
        }
        return new RunSummary(
                key.u64(), key.u64(), key.u64(), in.getLong(), in.getInt(), in.getInt());
    }
}
