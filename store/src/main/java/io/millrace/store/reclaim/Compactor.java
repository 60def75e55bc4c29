package io.millrace.store.reclaim;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentWriter;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives volumes back. A sealed volume in which no extent has an owner is noted, and deleted when it
 * is still so after the grace. From one that is mostly dead the live extents are copied to another:
 * one commit swaps every record that refers to the extent, guarded by what those records held, so a
 * change in between loses the race harmlessly. An extent whose record is on its way out is left
 * alone until the reclaimer has freed it.
 */
final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

    private static final int PAGE = 1000;

    /** More records than this to change at once: the extent stays where it is. */
    private static final int MAX_OWNERS = 200;

    /** Volumes compacted in one pass, so that it leaves the disk to others. */
    private static final int VOLUMES = 4;

    private final Core core;
    private final Duration grace;
    private final Set<Long> damaged = new HashSet<>();
    private int deleted;
    private long moved;

    Compactor(Core core, Duration grace) {
        this.grace = grace;
        this.core = core;
    }

    int deleted() {
        return deleted;
    }

    long moved() {
        return moved;
    }

    /** Goes through all sealed volumes once. */
    void run() {
        deleted = 0;
        moved = 0;
        List<Owned> owned = new ArrayList<>();
        for (VolumeInfo volume : volumes()) {
            StoreId store = volume.store();
            // Whose owners to look for is unknown when a header is broken: such a volume is kept.
            if (store == null || !volume.sealed() || core.pins().pinned(volume.volume())) {
                continue;
            }
            if (ownerless(store, volume.volume())) {
                condemn(store, volume.volume());
            } else {
                owned.add(new Owned(store, volume.volume(), volume.usedBytes()));
            }
        }
        compact(owned);
    }

    /** A volume of this node that holds somebody's bytes. */
    private record Owned(StoreId store, long volume, long usedBytes) {
        byte[] owners() {
            return StoreKeys.owners(store, volume);
        }

        ExtentRef extent(Entry owner) {
            return OwnerRow.extent(store, volume, owner);
        }
    }

    /** After the deletions, because moving needs room. */
    private void compact(List<Owned> owned) {
        int compacted = 0;
        for (Owned volume : owned) {
            if (compacted < VOLUMES && !damaged.contains(volume.volume()) && mostlyDead(volume)) {
                compact(volume);
                compacted++;
            }
        }
    }

    private List<VolumeInfo> volumes() {
        try {
            return core.extents().list();
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
    }

    private boolean ownerless(StoreId store, long volume) {
        return core.space()
                .scan(Scan.prefix(StoreKeys.owners(store, volume), 1).onlyKeys())
                .isEmpty();
    }

    /** Nobody can become an owner any more: new owners come from pins and from present owners. */
    private void condemn(StoreId store, long volume) {
        byte[] key = StoreKeys.condemned(store, volume);
        byte[] since = core.space().get(key);
        long now = core.nowMillis();
        if (since == null) {
            core.space().tryCommit(Batch.builder().absent(key).put(key, Keys.counter(now)));
            return;
        }
        if (now - Keys.counter(since) < grace.toMillis()) {
            return;
        }
        // The file is in no commit: whoever lost the lease stops here, before it goes.
        if (!core.space().tryCommit(Batch.builder().holds(key, since).put(key, since))) {
            return;
        }
        try {
            core.extents().delete(volume);
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
        deleted++;
        core.space()
                .tryCommit(
                        Batch.builder()
                                .delete(key)
                                .delete(StoreKeys.deadBytes(store, volume))
                                .delete(StoreKeys.audited(store, volume)));
    }

    private boolean mostlyDead(Owned volume) {
        byte[] deadKey = StoreKeys.deadBytes(volume.store(), volume.volume());
        byte[] audited = StoreKeys.audited(volume.store(), volume.volume());
        if (core.space().get(audited) == null) {
            audit(volume, deadKey, audited);
        }
        return Keys.counter(core.space().get(deadKey)) * 2 > volume.usedBytes();
    }

    /** Counts once, after the volume was sealed, what a crash left out of the running count. */
    private void audit(Owned volume, byte[] deadKey, byte[] audited) {
        byte[] was = core.space().get(deadKey);
        long live = 0;
        byte[] prefix = volume.owners();
        byte[] after = prefix;
        long lastOffset = -1;
        List<Entry> page;
        do {
            page = core.space().scan(Scan.prefixAfter(prefix, after, PAGE));
            for (Entry owner : page) {
                after = owner.key();
                long offset = StoreKeys.ownedOffset(owner.key());
                live += offset == lastOffset ? 0 : volume.extent(owner).length();
                lastOffset = offset;
            }
        } while (page.size() == PAGE);
        byte[] dead = Keys.counter(Math.max(0, volume.usedBytes() - live));
        core.space()
                .tryCommit(
                        Batch.builder()
                                .unchanged(deadKey, was)
                                .put(deadKey, dead)
                                .put(audited, new byte[] {1}));
    }

    private void compact(Owned volume) {
        byte[] prefix = volume.owners();
        byte[] after = prefix;
        while (true) {
            List<Entry> owners = owners(prefix, after);
            if (owners.isEmpty()) {
                return;
            }
            ExtentRef extent = volume.extent(owners.getFirst());
            try {
                move(extent, owners);
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.CORRUPT) {
                    throw e;
                }
                LOG.error("Damaged, so its volume is kept: {}", extent, e);
                damaged.add(volume.volume());
                return;
            }
            after = Keys.afterPrefix(Keys.under(prefix).u64(extent.offset()).done());
        }
    }

    /** The owners of the next extent. */
    private List<Entry> owners(byte[] prefix, byte[] after) {
        List<Entry> some =
                core.space().scan(Scan.range(after, Keys.afterPrefix(prefix), MAX_OWNERS + 1));
        List<Entry> same = new ArrayList<>();
        for (Entry owner : some) {
            if (StoreKeys.ownedOffset(owner.key())
                    != StoreKeys.ownedOffset(some.getFirst().key())) {
                break;
            }
            same.add(owner);
        }
        return same;
    }

    private void move(ExtentRef old, List<Entry> owners) {
        if (owners.size() > MAX_OWNERS) {
            return;
        }
        for (Entry owner : owners) {
            if (holder(owner, old, old) == null) {
                return;
            }
        }
        Piece copy = Piece.whole(copy(old));
        List<Piece> pinned = List.of(copy);
        core.bodies().pin(pinned);
        boolean keep = false;
        boolean doubt = false;
        try {
            keep = swap(old, copy.ref(), owners);
        } catch (StoreException e) {
            doubt = e.code() == StoreException.Code.COMMIT_UNKNOWN;
            throw e;
        } finally {
            if (keep) {
                core.bodies().settled(pinned);
                moved++;
            } else if (!doubt) {
                core.bodies().discard(pinned);
            }
        }
    }

    private boolean swap(ExtentRef old, ExtentRef now, List<Entry> owners) {
        Batch.Builder batch = Batch.builder();
        for (Entry owner : owners) {
            Holder holder = holder(owner, old, now);
            if (holder == null) {
                return false;
            }
            long ownerId = StoreKeys.ownerId(owner.key());
            batch.holds(owner.key(), owner.value()).delete(owner.key());
            batch.put(StoreKeys.owner(now, ownerId), OwnerRow.decode(owner.value()).encode(now));
            batch.holds(holder.key(), holder.before()).put(holder.key(), holder.after());
        }
        batch.add(StoreKeys.deadBytes(old.store(), old.volume()), old.length());
        byte[] first = StoreKeys.owner(now, StoreKeys.ownerId(owners.getFirst().key()));
        return core.space().commit(batch, () -> core.space().get(first) != null);
    }

    /** A record that refers to an extent, as it is and as it will be. */
    private record Holder(byte[] key, byte[] before, byte[] after) {}

    /** Null when the record that the owner's row names does not refer to the extent (any more). */
    private @Nullable Holder holder(Entry owner, ExtentRef old, ExtentRef now) {
        long ownerId = StoreKeys.ownerId(owner.key());
        return switch (OwnerRow.decode(owner.value())) {
            case OwnerRow.InObject at ->
                    holder(
                            StoreKeys.object(at.bucketId(), at.key()),
                            bytes -> object(bytes, ownerId, old, now));
            case OwnerRow.InContent at ->
                    holder(
                            StoreKeys.content(at.contentId(), at.offset()),
                            bytes -> content(bytes, old, now));
            case OwnerRow.InPart at ->
                    holder(
                            StoreKeys.part(at.upload(), at.number()),
                            bytes -> part(bytes, ownerId, old, now));
        };
    }

    /** What a record becomes when an extent moves; null when it has nothing to do with it. */
    private interface Move {
        byte @Nullable [] apply(byte[] record);
    }

    private @Nullable Holder holder(byte[] key, Move move) {
        byte[] before = core.space().get(key);
        byte[] after = before == null ? null : move.apply(before);
        return before == null || after == null ? null : new Holder(key, before, after);
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

    private ExtentRef copy(ExtentRef from) {
        byte[] buffer = new byte[(int) Math.min(from.length(), 256 * 1024)];
        try (ExtentWriter writer = core.extents().open(from.length())) {
            for (long at = 0; at < from.length(); ) {
                int got = core.extents().read(from, at, buffer, 0, buffer.length);
                if (got <= 0) {
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "an extent ends before its length");
                }
                writer.write(buffer, 0, got);
                at += got;
            }
            return writer.finish();
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
    }
}
