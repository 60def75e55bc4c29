package io.millrace.store.reclaim;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentWriter;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Limits;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Moves an extent: copies its bytes once, then swaps the records that refer to it, some in each
 * commit. Both copies are good until the last owner has gone over, and each commit is guarded by
 * what the records held, so a change in between loses the race harmlessly: its owner stays with the
 * old extent until another pass. However many owners an extent has, it moves.
 */
final class Mover {
    private static final int PAGE = 200;

    /** A batch of this size takes no further owner: one alone has less than the rest. */
    private static final long FULL_BYTES = Limits.BATCH_BYTES * 3 / 4;

    private final Core core;

    Mover(Core core) {
        this.core = core;
    }

    /**
     * Moves an extent to another volume.
     *
     * @return the bytes written; 0 when every owner is on its way out, so nothing was copied
     * @throws StoreException CORRUPT when its bytes can't be read
     */
    long move(ExtentRef old) {
        if (!wanted(old)) {
            return 0;
        }
        List<Piece> copy = List.of(copy(old));
        boolean kept = false;
        boolean doubt = false;
        try {
            kept = swap(old, copy.getFirst().ref());
        } catch (StoreException e) {
            doubt = e.code() == StoreException.Code.COMMIT_UNKNOWN;
            throw e;
        } finally {
            if (kept) {
                core.bodies().settled(copy);
            } else if (!doubt) {
                core.bodies().discard(copy);
            }
        }
        return old.length();
    }

    /** Whether a record still refers to it; else the reclaimer is about to free it. */
    private boolean wanted(ExtentRef old) {
        byte[] after = StoreKeys.owners(old);
        while (true) {
            List<Entry> page = owners(old, after);
            for (Entry owner : page) {
                if (Reference.of(core.space(), owner, old, old).isPresent()) {
                    return true;
                }
                after = Keys.next(owner.key());
            }
            if (page.size() < PAGE) {
                return false;
            }
        }
    }

    private List<Entry> owners(ExtentRef ref, byte[] from) {
        byte[] end = Keys.afterPrefix(StoreKeys.owners(ref));
        return core.space().scan(Scan.range(from, end, PAGE));
    }

    private Piece copy(ExtentRef from) {
        byte[] buffer = new byte[(int) Math.min(from.length(), 256 * 1024)];
        try (ExtentWriter writer = core.extents().openToMove(from.length())) {
            for (long at = 0; at < from.length(); ) {
                int got = core.extents().read(from, at, buffer, 0, buffer.length);
                if (got <= 0) {
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "an extent ends before its length");
                }
                writer.write(buffer, 0, got);
                at += got;
            }
            return core.bodies().pinned(writer);
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
    }

    /** Takes all owners over; true when at least one went. */
    private boolean swap(ExtentRef old, ExtentRef now) {
        boolean any = false;
        byte[] after = StoreKeys.owners(old);
        List<Entry> page;
        do {
            page = owners(old, after);
            Swap swap = new Swap(old, now);
            for (Entry owner : page) {
                after = Keys.next(owner.key());
                if (swap.full()) {
                    any |= swap.commit();
                    swap = new Swap(old, now);
                }
                swap.add(owner);
            }
            any |= swap.commit();
        } while (page.size() == PAGE);
        return any;
    }

    /** Some owners that go over in one commit if nobody interferes, else one by one. */
    private final class Swap {
        private final ExtentRef old;
        private final ExtentRef now;
        private final Batch.Builder batch = Batch.builder();
        private final List<Entry> owners = new ArrayList<>();

        Swap(ExtentRef old, ExtentRef now) {
            this.old = old;
            this.now = now;
        }

        boolean full() {
            return batch.bytes() > FULL_BYTES;
        }

        void add(Entry owner) {
            Reference.of(core.space(), owner, old, now)
                    .ifPresent(
                            reference -> {
                                long ownerId = StoreKeys.ownerId(owner.key());
                                batch.holds(owner.key(), owner.value()).delete(owner.key());
                                OwnerRow row = OwnerRow.decode(owner.value());
                                batch.put(StoreKeys.owner(now, ownerId), row.encode(now));
                                batch.holds(reference.key(), reference.before());
                                batch.put(reference.key(), reference.after());
                                owners.add(owner);
                            });
        }

        boolean commit() {
            if (owners.isEmpty()) {
                return false;
            }
            byte[] first = StoreKeys.owner(now, StoreKeys.ownerId(owners.getFirst().key()));
            countDeadIfTheLast();
            if (core.space().commit(batch, () -> core.space().get(first) != null)) {
                return true;
            }
            boolean any = false;
            for (Entry owner : owners.size() == 1 ? List.<Entry>of() : owners) {
                Swap alone = new Swap(old, now);
                alone.add(owner);
                any |= alone.commit();
            }
            return any;
        }

        /** Guards one that stays: the reclaimer may be taking it away at the same time. */
        private void countDeadIfTheLast() {
            Set<Long> going = new HashSet<>();
            owners.forEach(owner -> going.add(StoreKeys.ownerId(owner.key())));
            for (Entry owner :
                    core.space().scan(Scan.prefix(StoreKeys.owners(old), going.size() + 1))) {
                if (!going.contains(StoreKeys.ownerId(owner.key()))) {
                    batch.holds(owner.key(), owner.value());
                    return;
                }
            }
            batch.add(StoreKeys.deadBytes(old.store(), old.volume()), old.length());
        }
    }
}
