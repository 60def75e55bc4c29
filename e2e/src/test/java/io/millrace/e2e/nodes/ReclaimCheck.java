package io.millrace.e2e.nodes;

import io.millrace.e2e.nodes.Ledger.Row;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowWalk;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Whether what was deleted was freed once and nothing else was: no deletion done twice, no extent
 * that died twice or came back, no volume deleted while somebody owned of it; at the end, when
 * every deletion is done, the owners are exactly the records that refer to extents, every extent
 * that is referred to lies in a volume that is there, and the counted dead bytes are those that
 * nobody owns.
 */
final class ReclaimCheck {
    private final List<String> wrong = new ArrayList<>();
    private final Map<Extent, Set<Long>> owners = new HashMap<>();
    private final Map<Extent, Long> lengths = new HashMap<>();
    private final Set<Extent> dead = new HashSet<>();
    private final Map<Volume, Long> deadBytes = new HashMap<>();
    private final Map<Volume, Long> uncommittedBytes = new HashMap<>();
    private final Map<Volume, Long> counted = new HashMap<>();
    private final Set<Volume> audited = new HashSet<>();
    private int deletions;
    private int volumesDeleted;

    private record Volume(StoreId store, long number) {}

    private record Extent(Volume volume, long offset) {}

    private record Owned(Extent extent, long owner) {}

    /** What was looked at, and what was wrong with it. */
    record Result(int deletions, int extentsDead, int volumesDeleted, List<String> wrong) {
        Result {
            wrong = List.copyOf(wrong);
        }

        @Override
        public String toString() {
            return "%d deletions done, %d extents died, %d volumes deleted"
                    .formatted(deletions, extentsDead, volumesDeleted);
        }
    }

    /**
     * Looks at the end state and how it came about.
     *
     * @param volumes of all nodes, which are stopped
     */
    static Result of(List<Row> rows, KeySpace keySpace, List<VolumeInfo> volumes) {
        ReclaimCheck check = new ReclaimCheck();
        check.deletions(rows);
        rows.forEach(check::replay);
        check.references(keySpace, volumes);
        check.counters(volumes);
        return new Result(check.deletions, check.dead.size(), check.volumesDeleted, check.wrong);
    }

    private void deletions(List<Row> rows) {
        Set<String> done = new HashSet<>();
        for (Row row : rows) {
            if (row.key()[0] == 'D') {
                String key = HexFormat.of().formatHex(row.key());
                boolean again = row.deleted() ? !done.add(key) : done.contains(key);
                deletions += row.deleted() ? 1 : 0;
                if (again) {
                    wrong.add("deletion " + key + " was done twice");
                }
            }
        }
    }

    private void replay(Row row) {
        if (row.key()[0] != 'V') {
            return;
        }
        Volume volume = volume(row.key());
        switch (row.key()[1]) {
            case 'o' -> owner(row, volume);
            case 'a' -> {
                if (!row.deleted()) {
                    audited.add(volume);
                }
            }
            case 'd' -> count(row, volume);
            case 'e' -> {
                if (row.deleted()) {
                    volumeDeleted(volume);
                }
            }
            default -> {}
        }
    }

    private void owner(Row row, Volume volume) {
        Extent extent = new Extent(volume, StoreKeys.ownedOffset(row.key()));
        long owner = StoreKeys.ownerId(row.key());
        Set<Long> all = owners.computeIfAbsent(extent, e -> new HashSet<>());
        if (!row.deleted()) {
            if (dead.contains(extent)) {
                wrong.add(extent + " was dead and has an owner again");
            }
            ExtentRef ref =
                    OwnerRow.extent(
                            volume.store(), volume.number(), new Entry(row.key(), row.value()));
            lengths.put(extent, ref.length());
            all.add(owner);
        } else if (!all.remove(owner)) {
            wrong.add(extent + " lost an owner that it did not have");
        } else if (all.isEmpty()) {
            dead.add(extent);
            deadBytes.merge(volume, length(extent), Long::sum);
        }
    }

    /** Its file went before the row that says since when nobody owned of it. */
    private void volumeDeleted(Volume volume) {
        volumesDeleted++;
        owners.forEach(
                (extent, all) -> {
                    if (extent.volume().equals(volume) && !all.isEmpty()) {
                        wrong.add(volume + " was deleted while somebody owned " + extent);
                    }
                });
    }

    private void count(Row row, Volume volume) {
        if (row.deleted()) {
            counted.remove(volume);
            return;
        }
        long now = Keys.counter(row.value());
        if (audited.contains(volume) && !uncommittedBytes.containsKey(volume)) {
            // Counted afresh: bytes that never had an owner are among them from here on.
            uncommittedBytes.put(volume, now - deadBytes.getOrDefault(volume, 0L));
        }
        counted.put(volume, now);
    }

    private void counters(List<VolumeInfo> volumes) {
        for (VolumeInfo info : volumes) {
            Volume volume = new Volume(Objects.requireNonNull(info.store()), info.volume());
            long died = deadBytes.getOrDefault(volume, 0L);
            long expected = died + uncommittedBytes.getOrDefault(volume, 0L);
            long now = counted.getOrDefault(volume, 0L);
            if (now != expected) {
                wrong.add(volume + " counts " + now + " dead bytes, " + expected + " died");
            }
            long live =
                    owners.entrySet().stream()
                            .filter(e -> e.getKey().volume().equals(volume))
                            .filter(e -> !e.getValue().isEmpty())
                            .mapToLong(e -> length(e.getKey()))
                            .sum();
            if (audited.contains(volume) && now != info.usedBytes() - live) {
                wrong.add(
                        "%s counts %d dead bytes, and of its %d nobody owns %d"
                                .formatted(volume, now, info.usedBytes(), info.usedBytes() - live));
            }
        }
    }

    /** Who owns an extent by the owners' rows, and who refers to it by all others. */
    private void references(KeySpace keySpace, List<VolumeInfo> volumes) {
        Set<Volume> there = new HashSet<>();
        volumes.forEach(v -> there.add(new Volume(Objects.requireNonNull(v.store()), v.volume())));
        Set<Owned> referring = new HashSet<>();
        walk(keySpace, 'M', row -> object(row, referring));
        walk(keySpace, 'X', row -> content(row, referring));
        walk(keySpace, 'U', row -> part(row, referring));
        Set<Owned> owning = new HashSet<>();
        walk(keySpace, 'V', row -> owning(row, owning));
        walk(keySpace, 'D', row -> wrong.add("a deletion waits still"));
        for (Owned owned : referring) {
            if (!owning.contains(owned)) {
                wrong.add(owned + " is referred to and has no owner's row");
            }
            if (!there.contains(owned.extent().volume())) {
                wrong.add(owned + " is referred to and its volume is gone");
            }
        }
        owning.removeAll(referring);
        owning.forEach(owned -> wrong.add(owned + " is owned and nothing refers to it"));
    }

    private static void object(Entry row, Set<Owned> referring) {
        ObjectRow object = ObjectRow.decode(row.value());
        if (object.layout() instanceof Layout.Direct direct) {
            direct.pieces().forEach(p -> referring.add(owned(p, object.incarnation())));
        }
    }

    private static void content(Entry row, Set<Owned> referring) {
        if (ContentRow.decode(row.value()) instanceof ContentRow.Extents extents) {
            long content = ByteBuffer.wrap(row.key()).getLong(1);
            extents.pieces().forEach(p -> referring.add(owned(p, content)));
        }
    }

    private static void part(Entry row, Set<Owned> referring) {
        if (row.key()[1] == 'p') {
            PartRow part = PartRow.decode(row.value());
            part.pieces().forEach(p -> referring.add(owned(p, part.partId())));
        }
    }

    private static void owning(Entry row, Set<Owned> owning) {
        if (row.key()[1] == 'o') {
            Extent extent = new Extent(volume(row.key()), StoreKeys.ownedOffset(row.key()));
            owning.add(new Owned(extent, StoreKeys.ownerId(row.key())));
        }
    }

    private static Owned owned(Piece piece, long owner) {
        ExtentRef ref = piece.ref();
        return new Owned(new Extent(new Volume(ref.store(), ref.volume()), ref.offset()), owner);
    }

    private static void walk(
            KeySpace keySpace, char family, java.util.function.Consumer<Entry> each) {
        RowWalk.over(keySpace, new byte[] {(byte) family}, each);
    }

    /** Of a key of family V that names a volume of a store with an id. */
    private static Volume volume(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        if (in.remaining() < 27) {
            return new Volume(new StoreId(0, 0), 0); // Sharers, stores: no volume.
        }
        return new Volume(new StoreId(in.getLong(3), in.getLong(11)), in.getLong(19));
    }

    private long length(Extent extent) {
        return Objects.requireNonNull(lengths.get(extent));
    }
}
