package io.millrace.store.content;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Where the record stands that refers to an extent. */
public sealed interface OwnerRow {
    int FORMAT = 2;

    /** An object's own record. */
    record InObject(long bucketId, byte[] key) implements OwnerRow {}

    /** A content row. */
    record InContent(long contentId, long offset) implements OwnerRow {}

    /** A part's record. */
    record InPart(long upload, int number) implements OwnerRow {}

    /** The record also says what the key leaves open of the extent, so that it can be moved. */
    default byte[] encode(ExtentRef extent) {
        Out out = new Out(48).u8(FORMAT).varint(extent.length()).varint(extent.epoch());
        Piece.write(out, extent.encryption());
        switch (this) {
            case InObject o -> out.u8(0).varint(o.bucketId()).raw(o.key());
            case InContent c -> out.u8(1).varint(c.contentId()).varint(c.offset());
            case InPart p -> out.u8(2).varint(p.upload()).varint(p.number());
        }
        return out.done();
    }

    /** Records an owner of each extent. */
    static void own(Batch.Builder batch, List<Piece> pieces, long ownerId, OwnerRow owner) {
        Set<ExtentRef> seen = HashSet.newHashSet(pieces.size());
        for (Piece piece : pieces) {
            if (seen.add(piece.ref())) {
                batch.put(StoreKeys.owner(piece.ref(), ownerId), owner.encode(piece.ref()));
            }
        }
    }

    /** The extent that is owned. */
    static ExtentRef extent(StoreId store, long volume, Entry owner) {
        In in = In.record(owner.value(), FORMAT, "an owner");
        long offset = StoreKeys.ownedOffset(owner.key());
        long length = in.varint();
        try {
            return in.version() == 1
                    ? ExtentRef.unnamed(volume, offset, length)
                    : new ExtentRef(
                            store, in.varint(), volume, offset, length, Piece.encryption(in));
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "an owner's extent is " + e.getMessage(), e);
        }
    }

    static OwnerRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "an owner");
        in.varint();
        if (in.version() > 1) {
            in.varint();
            Piece.encryption(in);
        }
        int tag = in.u8();
        return switch (tag) {
            case 0 -> new InObject(in.varint(), in.rest());
            case 1 -> new InContent(in.varint(), in.varint());
            case 2 -> new InPart(in.varint(), (int) in.varint());
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "an owner has the kind " + tag);
        };
    }
}
