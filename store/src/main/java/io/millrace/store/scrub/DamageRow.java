package io.millrace.store.scrub;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Entry;
import io.millrace.kit.Damage;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A damaged block of an extent, kept until nobody needs it or it reads again.
 *
 * @param foundMillis when it was first seen
 * @param names who needs it; the first {@link #MOST_NAMES}
 */
record DamageRow(long foundMillis, DamagedBlock block, List<Name> names) {
    static final int MOST_NAMES = 100;
    private static final int FORMAT = 1;
    private static final int FLAG_AT = 2 + StoreId.BYTES;

    DamageRow {
        names = List.copyOf(names);
    }

    byte[] key(StoreId finder) {
        return StoreKeys.damage(finder, block.ref(), block.block());
    }

    byte[] encode() {
        ExtentRef ref = block.ref();
        Out out = new Out(160).u8(FORMAT).varint(foundMillis);
        out.varint(ref.epoch()).varint(ref.length());
        write(out, block.place());
        out.varint(names.size());
        for (Name name : names) {
            out.bytes(name.rowKey()).varint(name.part()).varint(name.id());
        }
        return out.done();
    }

    /**
     * What a row says; empty when it doesn't read itself, which verify tells and others pass over.
     */
    static Optional<DamageRow> read(Entry row) {
        return StoreException.readable(() -> decode(row));
    }

    static DamageRow decode(Entry row) {
        ByteBuffer key = ByteBuffer.wrap(row.key());
        StoreId finder = new StoreId(key.getLong(2), key.getLong(2 + Long.BYTES));
        StoreId store = key.get(FLAG_AT) == 0 ? StoreId.UNNAMED : finder;
        int at = FLAG_AT + 1;
        In in = In.record(row.value(), FORMAT, "a damaged block");
        long found = in.varint();
        long epoch = in.varint();
        long length = in.varint();
        long volume = key.getLong(at);
        long offset = key.getLong(at + Long.BYTES);
        ExtentRef ref =
                store.unnamed()
                        ? ExtentRef.unnamed(volume, offset, length)
                        : new ExtentRef(store, epoch, volume, offset, length);
        Damage place = readPlace(in);
        List<Name> names = new ArrayList<>();
        for (int left = in.count(); left > 0; left--) {
            names.add(new Name(in.bytes(), (int) in.varint(), in.varint()));
        }
        return new DamageRow(
                found, new DamagedBlock(ref, key.getLong(at + 2 * Long.BYTES), place), names);
    }

    static void write(Out out, Damage place) {
        out.text(place.kind().name()).text(place.file());
        out.varint(place.offset()).text(place.text());
    }

    static Damage readPlace(In in) {
        return new Damage(kind(in.text()), in.text(), in.varint(), in.text());
    }

    private static Damage.Kind kind(String name) {
        try {
            return Damage.Kind.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "a damaged place is of the kind " + name, e);
        }
    }
}
