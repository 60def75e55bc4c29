package io.millrace.store.reclaim;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the live extents out of sealed volumes that are mostly dead, those first that give most
 * space back for each byte moved. A pass moves a bounded number of bytes, so that it leaves the
 * disk to others. A volume from which nothing could be moved costs nothing of that and rests for a
 * while, longer each time: no volume keeps another from its turn.
 */
final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

    private static final int PAGE = 1000;

    /** Bytes moved in one pass. */
    private static final long BUDGET_BYTES = 512L << 20;

    private static final int LONGEST_REST = 64;

    private final Core core;
    private final Mover mover;
    private final long budgetBytes;
    private final Set<Place> damaged = new HashSet<>();
    private final Map<Long, Rest> resting = new HashMap<>();
    private long passes;
    private long moved;

    /** An extent that doesn't read, or whose owner doesn't. */
    private record Place(long volume, long offset) {}

    /** A volume that gave nothing: left alone until that pass, then for twice as long. */
    private record Rest(long untilPass, int passes) {}

    /** A volume that is worth it. */
    private record Candidate(LocalVolume volume, long deadBytes) {
        double gain() {
            return (double) deadBytes / Math.max(1, volume.usedBytes() - deadBytes);
        }
    }

    Compactor(Core core) {
        this(core, BUDGET_BYTES);
    }

    /**
     * @param budgetBytes a pass ends when it has moved so much
     */
    Compactor(Core core, long budgetBytes) {
        this.core = core;
        this.mover = new Mover(core);
        this.budgetBytes = budgetBytes;
    }

    /**
     * Goes through volumes that have owners once.
     *
     * @param least the least share of dead bytes, of 100, that makes a volume worth it
     * @return how many extents were moved
     */
    long run(List<LocalVolume> owned, int least) {
        passes++;
        moved = 0;
        Set<Long> numbers = new HashSet<>();
        owned.forEach(volume -> numbers.add(volume.number()));
        resting.keySet().retainAll(numbers);
        damaged.removeIf(place -> !numbers.contains(place.volume()));
        long budget = budgetBytes;
        for (Candidate candidate : candidates(owned, least)) {
            if (budget <= 0) {
                break;
            }
            budget -= compact(candidate.volume(), budget);
        }
        return moved;
    }

    /**
     * Ends open volumes that are worth it, so that they can be emptied or deleted too. What is
     * being written to one goes on and ends it then.
     *
     * @return how many volumes were ended
     */
    long seal(int least) {
        long sealed = 0;
        for (LocalVolume volume : LocalVolume.all(core)) {
            long used = volume.usedBytes();
            if (!volume.sealed() && past(volume, () -> used - live(volume)) * 100 > used * least) {
                core.extents().seal(volume.number());
                sealed++;
            }
        }
        return sealed;
    }

    private List<Candidate> candidates(List<LocalVolume> owned, int least) {
        List<Candidate> candidates = new ArrayList<>();
        for (LocalVolume volume : owned) {
            Rest rest = resting.get(volume.number());
            if (rest != null && rest.untilPass() > passes) {
                continue;
            }
            long dead = past(volume, () -> deadBytes(volume));
            if (dead > 0 && dead * 100 > volume.usedBytes() * least) {
                candidates.add(new Candidate(volume, dead));
            }
        }
        candidates.sort(Comparator.comparingDouble(Candidate::gain).reversed());
        return candidates;
    }

    /** A volume with an owner that doesn't read is kept, and keeps no other from its turn. */
    private static long past(LocalVolume volume, LongSupplier deadBytes) {
        try {
            return deadBytes.getAsLong();
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.error("An owner does not read, so its volume is kept: {}", volume, e);
            return 0;
        }
    }

    private long deadBytes(LocalVolume volume) {
        if (core.space().get(volume.audited()) == null
                && core.pins().writersHavePinned()
                && !core.pins().awaited(volume.number())) {
            audit(volume);
        }
        return Keys.counter(core.space().get(volume.dead()));
    }

    /**
     * Counts once, after the volume was sealed and all its extents have an owner or never get one,
     * what a crash left out of the running count.
     */
    private void audit(LocalVolume volume) {
        byte[] deadKey = volume.dead();
        byte[] was = core.space().get(deadKey);
        byte[] dead = Keys.counter(Math.max(0, volume.usedBytes() - live(volume)));
        core.space()
                .tryCommit(
                        Batch.builder()
                                .unchanged(deadKey, was)
                                .put(deadKey, dead)
                                .put(volume.audited(), new byte[] {1}));
    }

    /** Bytes of the volume that have an owner. */
    private long live(LocalVolume volume) {
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
        return live;
    }

    /** Moves what can be moved; answers the bytes that were copied for it. */
    private long compact(LocalVolume volume, long budget) {
        byte[] prefix = volume.owners();
        byte[] end = Keys.afterPrefix(prefix);
        byte[] from = prefix;
        long copied = 0;
        while (copied < budget) {
            List<Entry> next = core.space().scan(Scan.range(from, end, 1));
            if (next.isEmpty()) {
                break;
            }
            Entry owner = next.getFirst();
            long offset = StoreKeys.ownedOffset(owner.key());
            long bytes = move(volume, owner, new Place(volume.number(), offset));
            copied += bytes;
            moved += bytes > 0 ? 1 : 0;
            from = Keys.afterPrefix(Keys.under(prefix).u64(offset).done());
        }
        rest(volume.number(), copied == 0);
        return copied;
    }

    /** Answers the bytes that were copied; of a damaged extent none, and it keeps its volume. */
    private long move(LocalVolume volume, Entry owner, Place place) {
        if (damaged.contains(place)) {
            return 0;
        }
        try {
            return mover.move(volume.extent(owner));
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.error("Damaged, so its volume is kept: {}", place, e);
            damaged.add(place);
            return 0;
        }
    }

    private void rest(long volume, boolean gaveNothing) {
        if (!gaveNothing) {
            resting.remove(volume);
            return;
        }
        Rest last = resting.get(volume);
        int longer = last == null ? 1 : Math.min(LONGEST_REST, last.passes() * 2);
        resting.put(volume, new Rest(passes + longer, longer));
    }
}
