package io.millrace.store.scrub;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The damage that is noted in the key space, of all nodes. Thread-safe. */
public final class Found {
    private static final int MOST_ROWS = 10_000;

    private final Space space;

    public Found(Space space) {
        this.space = space;
    }

    private record Key(String bucket, String key, int part) {}

    private record Gathered(Instant found, List<Damage> places) {}

    /**
     * Objects, and parts of open uploads, of which a part can't be read; those that were deleted or
     * overwritten meanwhile left out. From the first 10,000 damaged blocks and 10,000 gaps.
     */
    public List<DamagedObject> objects() {
        Map<Key, Gathered> objects = new LinkedHashMap<>();
        for (Entry entry : space.scan(Scan.prefix(StoreKeys.damages(), MOST_ROWS))) {
            DamageRow.read(entry).ifPresent(row -> gather(row, objects));
        }
        for (Entry entry : space.scan(Scan.prefix(StoreKeys.gaps(), MOST_ROWS))) {
            GapRow.read(entry)
                    .ifPresent(row -> gather(row.name(), row.foundMillis(), row.place(), objects));
        }
        return objects.entrySet().stream()
                .map(
                        e ->
                                new DamagedObject(
                                        e.getKey().bucket(),
                                        e.getKey().key(),
                                        e.getKey().part(),
                                        e.getValue().found(),
                                        e.getValue().places()))
                .toList();
    }

    private void gather(DamageRow row, Map<Key, Gathered> objects) {
        for (Name name : row.names()) {
            gather(name, row.foundMillis(), row.block().place(), objects);
        }
    }

    private void gather(Name name, long foundMillis, Damage place, Map<Key, Gathered> objects) {
        if (name.alive(space)) {
            Key key = new Key(name.bucket(space), name.key(), name.part());
            Instant found = Instant.ofEpochMilli(foundMillis);
            objects.computeIfAbsent(key, k -> new Gathered(found, new ArrayList<>()))
                    .places()
                    .add(place);
        }
    }

    /** Damaged files of the key space. */
    public List<Damage> files() {
        return FileNotes.list(space::scan);
    }
}
