package io.millrace.app;

import io.millrace.extents.Extents;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.store.verify.StoreVerify;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is known to be damaged without reading all of the data. */
final class KnownDamage {
    private KnownDamage() {}

    /**
     * What this process has met, what was noted before, and volumes that are gone.
     *
     * @param met by this process
     */
    static List<Damage> of(Damages met, KeySpace keySpace, Extents extents) {
        Set<Damage> known = new LinkedHashSet<>(met.list());
        known.addAll(StoreVerify.known(keySpace, extents));
        return List.copyOf(known);
    }
}
