package io.millrace.store.reclaim;

import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Pins;
import io.millrace.store.objects.Core;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes sealed volumes in which no extent has an owner: at once when asked, else when it is still
 * so after the grace. Nobody can become an owner any more, because new owners come from pins and
 * from present owners; {@link Pins} says why looking at them in this order is enough.
 */
final class EmptyVolumes {
    private final Core core;

    EmptyVolumes(Core core) {
        this.core = core;
    }

    /**
     * Deletes what may go and answers how many those are.
     *
     * @param sealed volumes that were seen sealed
     * @param owned gets the others
     */
    int delete(List<LocalVolume> sealed, Duration grace, List<LocalVolume> owned) {
        List<LocalVolume> ripe = new ArrayList<>();
        for (LocalVolume volume : sealed) {
            if (!ownerless(volume)) {
                owned.add(volume);
            } else if (ripe(volume, grace)) {
                ripe.add(volume);
            }
        }
        int deleted = 0;
        if (!ripe.isEmpty() && core.pins().writersHavePinned()) {
            for (LocalVolume volume : ripe) {
                if (!core.pins().pinned(volume.number()) && ownerless(volume) && mine(volume)) {
                    delete(volume);
                    deleted++;
                }
            }
        }
        return deleted;
    }

    private boolean ownerless(LocalVolume volume) {
        return core.space().scan(Scan.prefix(volume.owners(), 1).onlyKeys()).isEmpty();
    }

    private boolean ripe(LocalVolume volume, Duration grace) {
        byte[] key = volume.condemned();
        byte[] since = core.space().get(key);
        long now = core.nowMillis();
        if (grace.isZero()) {
            return true;
        }
        // Noted by a clock that was ahead, it would keep the volume until that time comes.
        if (since == null || Keys.counter(since) > now) {
            Batch.Builder noted = Batch.builder().unchanged(key, since);
            core.space().tryCommit(noted.put(key, Keys.counter(now)));
            return false;
        }
        return now - Keys.counter(since) >= grace.toMillis();
    }

    /** The file is in no commit: whoever lost the lease stops here, before it goes. */
    private boolean mine(LocalVolume volume) {
        byte[] key = volume.condemned();
        byte[] since = core.space().get(key);
        byte[] noted = since == null ? Keys.counter(core.nowMillis()) : since;
        // Durable with all that came before: no deletion may be forgotten whose bytes are gone.
        return core.space().tryCommitDurably(Batch.builder().unchanged(key, since).put(key, noted));
    }

    private void delete(LocalVolume volume) {
        try {
            core.extents().delete(volume.number());
        } catch (ExtentsException e) {
            throw Bodies.failure(e);
        }
        core.space()
                .tryCommit(
                        Batch.builder()
                                .delete(volume.condemned())
                                .delete(volume.dead())
                                .delete(volume.audited()));
    }
}
