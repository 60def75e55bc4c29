package io.millrace.store.scrub;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.store.objects.Core;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the damaged blocks of this node's extents as rows, whoever met them: the scrub or a
 * download. A row goes when its extent has no owner any more, or when its block reads again. Not
 * thread-safe.
 */
final class Notes {
    private static final Logger LOG = LoggerFactory.getLogger(Notes.class);
    private static final int PAGE = 500;

    private final Core core;
    private final Extents extents;
    private final StoreId finder;
    private final Set<DamagedBlock> noted = new HashSet<>();

    /**
     * @param core fenced
     */
    Notes(Core core) {
        this.core = core;
        this.extents = core.extents();
        this.finder = extents.identity().store();
    }

    /** Notes what reads have met since the last call; answers how many places are new. */
    int collect() {
        List<DamagedBlock> fresh =
                extents.damaged().stream().filter(block -> !noted.contains(block)).toList();
        return fresh.isEmpty() ? 0 : note(fresh);
    }

    /** Notes damaged blocks whose extents somebody needs; answers how many are new. */
    int note(List<DamagedBlock> blocks) {
        Map<ExtentRef, List<Name>> names =
                Names.of(core.space(), blocks.stream().map(DamagedBlock::ref).distinct().toList());
        int added = 0;
        for (DamagedBlock block : blocks) {
            List<Name> owners = names.get(block.ref());
            if (owners != null && owners.isEmpty()) {
                continue; // its owner's row doesn't read: it stays among the damaged, unnamed
            }
            List<Name> needed =
                    (owners == null ? List.<Name>of() : owners)
                            .stream().filter(name -> name.alive(core.space())).toList();
            if (needed.isEmpty()) {
                extents.forget(block);
                continue;
            }
            added += note(new DamageRow(core.nowMillis(), block, needed)) ? 1 : 0;
        }
        return added;
    }

    private boolean note(DamageRow row) {
        byte[] key = row.key(finder);
        noted.add(row.block());
        Batch.Builder batch = Batch.builder().absent(key).put(key, row.encode());
        boolean added = core.space().commit(batch, () -> core.space().get(key) != null);
        if (added) {
            row.names().forEach(name -> tell(core.space(), name, row.block().place()));
        }
        return added;
    }

    static void tell(Space space, Name name, Damage place) {
        LOG.error("DAMAGED: {} at {}", name.told(space), place);
    }

    /**
     * Goes through the rows and lets those go that are over.
     *
     * @param read whether blocks are read again, too
     */
    void review(boolean read) {
        forEach(
                core.space()::scan,
                StoreKeys.damages(finder),
                entry -> DamageRow.read(entry).ifPresent(row -> review(entry, row, read)));
    }

    private void review(Entry entry, DamageRow row, boolean read) {
        DamagedBlock block = row.block();
        if (!owned(block.ref())) {
            drop(entry, block);
        } else if (row.names().stream().noneMatch(n -> n.alive(core.space()))) {
            // Deleted or overwritten: nobody is told of it any more.
            extents.forget(block);
        } else if (read && reads(block)) {
            LOG.info("Reads again: {}", block.place());
            drop(entry, block);
        }
    }

    private void drop(Entry entry, DamagedBlock block) {
        core.space()
                .tryCommit(Batch.builder().holds(entry.key(), entry.value()).delete(entry.key()));
        extents.forget(block);
        noted.remove(block);
    }

    private boolean owned(ExtentRef ref) {
        return !core.space().scan(Scan.prefix(StoreKeys.owners(ref), 1).onlyKeys()).isEmpty();
    }

    private boolean reads(DamagedBlock block) {
        byte[] into = new byte[Extents.BLOCK_BYTES];
        try {
            long at = block.block() * Extents.BLOCK_BYTES;
            return extents.read(block.ref(), at, into, 0, into.length) > 0;
        } catch (ExtentsException e) {
            return false;
        }
    }

    /** Reads a page of rows. */
    interface Pages {
        List<Entry> scan(Scan scan);
    }

    static void forEach(Pages pages, byte[] prefix, Consumer<Entry> each) {
        byte[] after = prefix;
        List<Entry> page;
        do {
            page = new ArrayList<>(pages.scan(Scan.prefixAfter(prefix, after, PAGE)));
            for (Entry entry : page) {
                after = entry.key();
                each.accept(entry);
            }
        } while (page.size() == PAGE);
    }
}
