package io.millrace.store.space;

import io.millrace.kit.DiskSpace;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether there is room for more: rows go to the key space's disk, larger bytes to any of the
 * extents' disks. Thread-safe.
 */
public final class Room {
    private final Optional<DiskSpace> rows;
    private final List<DiskSpace> extents;

    /**
     * @param rows the key space's disk; empty when it is another machine's
     */
    public Room(Optional<DiskSpace> rows, List<DiskSpace> extents) {
        this.rows = rows;
        this.extents = List.copyOf(extents);
    }

    /** How it stands: the key space's disk, or the roomiest one of the extents if that is worse. */
    public DiskSpace.Level level() {
        DiskSpace.Level ofRows = rows.map(DiskSpace::level).orElse(DiskSpace.Level.PLENTY);
        DiskSpace.Level ofExtents = ofExtents();
        return ofRows.compareTo(ofExtents) >= 0 ? ofRows : ofExtents;
    }

    private DiskSpace.Level ofExtents() {
        DiskSpace.Level roomiest =
                extents.isEmpty() ? DiskSpace.Level.PLENTY : DiskSpace.Level.FULL;
        for (DiskSpace disk : extents) {
            DiskSpace.Level level = disk.level();
            roomiest = level.compareTo(roomiest) < 0 ? level : roomiest;
        }
        return roomiest;
    }

    /** Whether what was deleted is to be freed at once. */
    public boolean isShort() {
        return states().stream().anyMatch(s -> s.level() != DiskSpace.Level.PLENTY);
    }

    /** Each file system once, the key space's first. */
    public List<DiskSpace.State> states() {
        Map<String, DiskSpace.State> states = new LinkedHashMap<>();
        Stream.concat(rows.stream(), extents.stream())
                .map(DiskSpace::state)
                .forEach(s -> states.putIfAbsent(s.device(), s));
        return List.copyOf(states.values());
    }

    private Optional<DiskSpace.State> tightest() {
        Optional<DiskSpace.State> roomiest =
                extents.stream()
                        .map(DiskSpace::state)
                        .min(Comparator.comparing(DiskSpace.State::level));
        return Stream.concat(rows.map(DiskSpace::state).stream(), roomiest.stream())
                .max(Comparator.comparing(DiskSpace.State::level));
    }

    /**
     * Called before bytes are taken in.
     *
     * @throws StoreException DISK_FULL, with what to do
     */
    public void refuseIfFull() {
        full().ifPresent(
                        s -> {
                            throw new StoreException(StoreException.Code.DISK_FULL, s.refusal());
                        });
    }

    /** The disk for whose sake no bytes are taken in; empty while they are. */
    public Optional<DiskSpace.State> full() {
        return level() == DiskSpace.Level.FULL
                ? tightest().filter(s -> s.level() == DiskSpace.Level.FULL)
                : Optional.empty();
    }
}
