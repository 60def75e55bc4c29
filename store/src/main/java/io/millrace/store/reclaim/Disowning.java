package io.millrace.store.reclaim;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Piece;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Owners that leave their extents in one commit. An extent that nobody owns afterwards is dead, and
 * its bytes are counted so: once, by the commit that takes the last owner away. An owner that stays
 * is guarded, because the node that compacts the extent's volume may be taking that one over at the
 * same time, and then neither commit would be the last.
 */
final class Disowning {
    private final Map<ExtentRef, Set<Long>> leaving = new LinkedHashMap<>();

    void leave(List<Piece> pieces, long ownerId) {
        for (Piece piece : pieces) {
            leaving.computeIfAbsent(piece.ref(), ref -> new HashSet<>()).add(ownerId);
        }
    }

    void into(Batch.Builder batch, Space space) {
        leaving.forEach((ref, owners) -> into(batch, space, ref, owners));
    }

    private static void into(
            Batch.Builder batch, Space space, ExtentRef ref, Set<Long> leavingOwners) {
        boolean owned = false;
        boolean stays = false;
        for (Entry owner :
                space.scan(Scan.prefix(StoreKeys.owners(ref), leavingOwners.size() + 1))) {
            if (leavingOwners.contains(StoreKeys.ownerId(owner.key()))) {
                owned = true;
            } else if (!stays) {
                batch.holds(owner.key(), owner.value());
                stays = true;
            }
        }
        leavingOwners.forEach(owner -> batch.delete(StoreKeys.owner(ref, owner)));
        if (owned && !stays) {
            batch.add(StoreKeys.deadBytes(ref.store(), ref.volume()), ref.length());
        }
    }
}
