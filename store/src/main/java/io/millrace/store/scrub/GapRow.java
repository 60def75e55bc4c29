package io.millrace.store.scrub;

import io.millrace.keyspace.Entry;
import io.millrace.kit.Damage;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.Optional;

/**
 * An object, or a part of an open upload, that lacks a row, kept until it is gone or whole again.
 *
 * @param foundMillis when that was first seen
 * @param place the row that is not there
 */
record GapRow(long foundMillis, Name name, Damage place) {
    private static final int FORMAT = 1;

    byte[] key() {
        return StoreKeys.gap(name.id(), name.part());
    }

    byte[] encode() {
        Out out = new Out(160).u8(FORMAT).varint(foundMillis);
        DamageRow.write(out, place);
        return out.bytes(name.rowKey()).varint(name.part()).varint(name.id()).done();
    }

    /** Empty when the row doesn't read itself, which verify tells and others pass over. */
    static Optional<GapRow> read(Entry row) {
        return StoreException.readable(() -> decode(row.value()));
    }

    static GapRow decode(byte[] row) {
        In in = In.record(row, FORMAT, "a gap");
        long found = in.varint();
        Damage place = DamageRow.readPlace(in);
        return new GapRow(found, new Name(in.bytes(), (int) in.varint(), in.varint()), place);
    }
}
