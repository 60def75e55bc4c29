package io.millrace.store.scrub;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Tenure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads every extent that has an owner, in the order in which they stand in the volumes.
 *
 * <p>Compaction and the reclaimer go on meanwhile. The extent's volume is pinned, then its owner is
 * read again: if it is still there, the bytes are kept until the pin is released, as for a download
 * ({@link io.millrace.store.content.Pins}). So what can't be read is damage. Not thread-safe.
 */
final class ExtentWalk {
    private static final int PAGE = 200;
    private static final int CHUNK_BYTES = 4 * Extents.BLOCK_BYTES;

    /** Lost extents whose names are looked for together: that goes through all objects. */
    private static final int NAMED_AT_ONCE = 10_000;

    private final Core core;
    private final Extents extents;
    private final Notes notes;
    private final Pace pace;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final List<DamagedBlock> unreadable = new ArrayList<>();
    private boolean damaged;

    ExtentWalk(Core core, Notes notes, Pace pace) {
        this.core = core;
        this.extents = core.extents();
        this.notes = notes;
        this.pace = pace;
    }

    /** Hears of each extent that was read. */
    interface Told {
        void read(byte[] ownerKey, long bytes, int damages);
    }

    /**
     * Goes through the extents of a store.
     *
     * @param position the key of the last owner that was seen; empty: from the start
     * @return whether it came to the end; else the tenure is to end
     */
    boolean run(StoreId store, byte[] position, Tenure tenure, Told told)
            throws InterruptedException {
        byte[] prefix = StoreKeys.owners(store);
        byte[] after = position.length == 0 ? prefix : position;
        long volume = 0;
        long offset = -1;
        List<Entry> page;
        do {
            page = core.space().scan(Scan.prefixAfter(prefix, after, PAGE));
            for (Entry owner : page) {
                after = owner.key();
                long nextVolume = StoreKeys.ownedVolume(owner.key());
                long nextOffset = StoreKeys.ownedOffset(owner.key());
                if (nextVolume == volume && nextOffset == offset) {
                    continue;
                }
                Optional<ExtentRef> readable = extent(store, owner);
                if (readable.isEmpty()) {
                    continue;
                }
                ExtentRef ref = readable.get();
                volume = nextVolume;
                offset = nextOffset;
                boolean goesOn = pinned(ref, owner, tenure);
                int found = damaged ? notes.collect() + notes.note(unreadable) : 0;
                if (!goesOn) {
                    return false;
                }
                told.read(owner.key(), ref.length(), found);
            }
        } while (page.size() == PAGE);
        return true;
    }

    /** Empty when the owner doesn't read, which verify tells. */
    private static Optional<ExtentRef> extent(StoreId store, Entry owner) {
        long volume = StoreKeys.ownedVolume(owner.key());
        return StoreException.readable(() -> OwnerRow.extent(store, volume, owner));
    }

    /**
     * Notes what lay in volumes that are gone, without reading those that are there: a pass comes
     * to them only after days.
     */
    void gone(StoreId store) {
        Set<Long> there = new HashSet<>();
        extents.list().forEach(volume -> there.add(volume.volume()));
        List<DamagedBlock> lost = new ArrayList<>();
        byte[] prefix = StoreKeys.owners(store);
        byte[] after = prefix;
        List<Entry> next = core.space().scan(Scan.prefixAfter(prefix, after, 1));
        while (!next.isEmpty()) {
            Entry owner = next.getFirst();
            long volume = StoreKeys.ownedVolume(owner.key());
            if (there.contains(volume)) {
                after = StoreKeys.behindVolume(store, owner.key());
            } else {
                after = owner.key();
                extent(store, owner).ifPresent(ref -> lost.addAll(gone(ref, owner)));
            }
            if (lost.size() >= NAMED_AT_ONCE) {
                notes.note(lost);
                lost.clear();
            }
            next = core.space().scan(Scan.prefixAfter(prefix, after, 1));
        }
        notes.note(lost);
    }

    /** A volume is deleted after its last owner: an owner that outlives it has lost it. */
    private List<DamagedBlock> gone(ExtentRef ref, Entry owner) {
        unreadable.clear();
        return !whole(ref, 0, 1) && core.space().get(owner.key()) != null ? unreadable : List.of();
    }

    /** Reads an extent; false when the work shall end before it was read to its end. */
    private boolean pinned(ExtentRef ref, Entry owner, Tenure tenure) throws InterruptedException {
        damaged = false;
        unreadable.clear();
        Runnable release = core.pins().hold(new Layout.Direct(List.of(Piece.whole(ref))));
        try {
            // Gone: deleted or moved since it was listed, and with it whoever needs these bytes.
            return core.space().get(owner.key()) == null || read(ref, tenure);
        } finally {
            release.run();
        }
    }

    private boolean read(ExtentRef ref, Tenure tenure) throws InterruptedException {
        for (long at = 0; at < ref.length(); at += CHUNK_BYTES) {
            pace.begin();
            int length = (int) Math.min(CHUNK_BYTES, ref.length() - at);
            if (!whole(ref, at, length)) {
                damaged = true;
                blocks(ref, at, length);
            }
            if (!pace.end(length, tenure)) {
                return false;
            }
        }
        return true;
    }

    /** Each block by itself, so that the extents tell of each one that is damaged. */
    private void blocks(ExtentRef ref, long from, int length) {
        for (int at = 0; at < length; at += Extents.BLOCK_BYTES) {
            whole(ref, from + at, Math.min(Extents.BLOCK_BYTES, length - at));
        }
    }

    private boolean whole(ExtentRef ref, long from, int length) {
        try {
            if (extents.read(ref, from, chunk, 0, length) == length) {
                return true;
            }
            unreadable(ref, from, "the extent is shorter than its record says");
            return false;
        } catch (ExtentsException e) {
            return switch (e.code()) {
                case CORRUPT -> false;
                case NOT_FOUND, UNAVAILABLE, FORMAT -> {
                    unreadable(ref, from, String.valueOf(e.getMessage()));
                    yield false;
                }
                case ELSEWHERE -> true;
                case LIMIT, CLOSED, BUSY, DISK_FULL, FAILED, IDENTITY, LOCKED ->
                        throw Bodies.failure(e);
            };
        }
    }

    /** The disk fails or the volume is gone: the extents name no block then. */
    private void unreadable(ExtentRef ref, long from, String why) {
        Damage place =
                new Damage(Damage.Kind.VOLUME, "volume " + ref.volume(), ref.offset() + from, why);
        unreadable.add(new DamagedBlock(ref, from / Extents.BLOCK_BYTES, place));
    }
}
