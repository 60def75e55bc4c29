package io.millrace.store.reclaim;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Entry;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.List;

/** A volume of this node and the keys of what is known of it. */
record LocalVolume(StoreId store, long number, boolean sealed, long usedBytes) {

    /** All but those whose header is broken: whose owners to look for is unknown, so they stay. */
    static List<LocalVolume> all(Core core) {
        List<LocalVolume> all = new ArrayList<>();
        try {
            for (VolumeInfo info : core.extents().list()) {
                StoreId store = info.store();
                if (store != null) {
                    all.add(new LocalVolume(store, info.volume(), info.sealed(), info.usedBytes()));
                }
            }
            return all;
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
    }

    byte[] owners() {
        return StoreKeys.owners(store, number);
    }

    /** Counts its bytes that nobody owns any more. */
    byte[] dead() {
        return StoreKeys.deadBytes(store, number);
    }

    /** Says that its dead bytes were counted afresh after it was sealed. */
    byte[] audited() {
        return StoreKeys.audited(store, number);
    }

    /** Says since when it has no owners. */
    byte[] condemned() {
        return StoreKeys.condemned(store, number);
    }

    ExtentRef extent(Entry owner) {
        return OwnerRow.extent(store, number, owner);
    }
}
