package io.millrace.store.scrub;

import io.millrace.extents.Extents;
import io.millrace.extents.StoreId;
import io.millrace.extents.StoreIdentity;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Volumes of this node that somebody needs and that are not there: one is deleted after its last
 * owner. A look-up for each volume, so it can be asked at any time.
 */
public final class LostVolumes {
    private final Space space;
    private final Extents extents;

    public LostVolumes(Space space, Extents extents) {
        this.space = space;
        this.extents = extents;
    }

    public List<Damage> list() {
        List<Damage> lost = new ArrayList<>();
        StoreIdentity identity = extents.identity();
        list(identity.store(), lost);
        if (identity.unnamed()) {
            list(StoreId.UNNAMED, lost);
        }
        return lost;
    }

    private void list(StoreId store, List<Damage> lost) {
        Set<Long> there = there();
        byte[] prefix = StoreKeys.owners(store);
        List<Entry> next = space.scan(Scan.prefixAfter(prefix, prefix, 1).onlyKeys());
        while (!next.isEmpty()) {
            byte[] owner = next.getFirst().key();
            long volume = StoreKeys.ownedVolume(owner);
            if (!there.contains(volume) && isLost(store, volume)) {
                lost.add(
                        new Damage(
                                Damage.Kind.VOLUME,
                                "volume " + volume,
                                0,
                                "it is gone, and objects are in it"));
            }
            next =
                    space.scan(
                            Scan.prefixAfter(prefix, StoreKeys.behindVolume(store, owner), 1)
                                    .onlyKeys());
        }
    }

    /** Not one that was made, or whose last owner went, since the volumes were listed. */
    private boolean isLost(StoreId store, long volume) {
        return !there().contains(volume)
                && !space.scan(Scan.prefix(StoreKeys.owners(store, volume), 1).onlyKeys())
                        .isEmpty();
    }

    private Set<Long> there() {
        return extents.list().stream().map(VolumeInfo::volume).collect(Collectors.toSet());
    }
}
