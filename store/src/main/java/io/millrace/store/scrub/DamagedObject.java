package io.millrace.store.scrub;

import io.millrace.kit.Damage;
import java.time.Instant;
import java.util.List;

/**
 * Something stored of which a part can't be read.
 *
 * @param part of an open upload; 0 for an object
 * @param found when that was first seen
 * @param places the damaged blocks, where they stand on the disk
 */
public record DamagedObject(
        String bucket, String key, int part, Instant found, List<Damage> places) {
    public DamagedObject {
        places = List.copyOf(places);
    }
}
