package io.millrace.store.reclaim;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Entry;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A record that refers to an extent, as it is and as it will be when the extent has moved. */
record Reference(byte[] key, byte[] before, byte[] after) {

    /** Empty when the record that the owner's row names does not refer to the extent (any more). */
    static Optional<Reference> of(Space space, Entry owner, ExtentRef old, ExtentRef now) {
        long ownerId = StoreKeys.ownerId(owner.key());
        return switch (OwnerRow.decode(owner.value())) {
            case OwnerRow.InObject at ->
                    of(
                            space,
                            StoreKeys.object(at.bucketId(), at.key()),
                            bytes -> object(bytes, ownerId, old, now));
            case OwnerRow.InContent at ->
                    of(
                            space,
                            StoreKeys.content(at.contentId(), at.offset()),
                            bytes -> content(bytes, old, now));
            case OwnerRow.InPart at ->
                    of(
                            space,
                            StoreKeys.part(at.upload(), at.number()),
                            bytes -> part(bytes, ownerId, old, now));
        };
    }

    /** What a record becomes when an extent moves; null when it has nothing to do with it. */
    private interface Move {
        byte @Nullable [] apply(byte[] record);
    }

    private static Optional<Reference> of(Space space, byte[] key, Move move) {
        byte[] before = space.get(key);
        byte[] after = before == null ? null : move.apply(before);
        return before == null || after == null
                ? Optional.empty()
                : Optional.of(new Reference(key, before, after));
    }

    private static byte @Nullable [] object(
            byte[] bytes, long ownerId, ExtentRef old, ExtentRef now) {
        ObjectRow row = ObjectRow.decode(bytes);
        return row.incarnation() == ownerId
                        && row.layout() instanceof Layout.Direct direct
                        && refersTo(direct.pieces(), old)
                ? row.with(new Layout.Direct(Piece.moved(direct.pieces(), old, now))).encode()
                : null;
    }

    private static byte @Nullable [] content(byte[] bytes, ExtentRef old, ExtentRef now) {
        return ContentRow.decode(bytes) instanceof ContentRow.Extents extents
                        && refersTo(extents.pieces(), old)
                ? new ContentRow.Extents(Piece.moved(extents.pieces(), old, now)).encode()
                : null;
    }

    private static byte @Nullable [] part(
            byte[] bytes, long ownerId, ExtentRef old, ExtentRef now) {
        PartRow row = PartRow.decode(bytes);
        return row.partId() == ownerId && refersTo(row.pieces(), old)
                ? row.with(Piece.moved(row.pieces(), old, now)).encode()
                : null;
    }

    private static boolean refersTo(List<Piece> pieces, ExtentRef ref) {
        return pieces.stream().anyMatch(p -> p.ref().equals(ref));
    }
}
