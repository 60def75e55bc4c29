package io.millrace.store.registry;

import io.millrace.kit.DirectoryPlace;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import java.time.Instant;
import java.util.UUID;

/**
 * What the key space knows of an extent store.
 *
 * @param epoch how many starts it accepted
 * @param start the id of the latest
 * @param startedMillis when that was
 * @param place where the store was then
 */
record StoreRow(long epoch, UUID start, long startedMillis, DirectoryPlace place) {
    static final int FORMAT = 1;

    /** When and where the latest start was, for people. */
    String latest() {
        return place.address()
                + " (start "
                + epoch
                + ", "
                + Instant.ofEpochMilli(startedMillis)
                + ")";
    }

    byte[] encode() {
        Out out = new Out(128).u8(FORMAT).varint(epoch);
        out.u64(start.getMostSignificantBits()).u64(start.getLeastSignificantBits());
        return out.varint(startedMillis).text(place.address()).text(place.key()).done();
    }

    static StoreRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "an extent store");
        long epoch = in.varint();
        UUID start = new UUID(in.u64(), in.u64());
        return new StoreRow(epoch, start, in.varint(), new DirectoryPlace(in.text(), in.text()));
    }
}
