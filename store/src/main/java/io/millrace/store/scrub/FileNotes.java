package io.millrace.store.scrub;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.kit.Damage;
import io.millrace.store.objects.Core;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Damaged files of the key space, a row each: until the file is whole, or the engine doesn't use it
 * any more. Not thread-safe.
 */
final class FileNotes {
    private static final Logger LOG = LoggerFactory.getLogger(FileNotes.class);
    private static final int FORMAT = 1;

    private final Core core;

    /**
     * @param core fenced
     */
    FileNotes(Core core) {
        this.core = core;
    }

    /** Notes what a check of a file found; answers how many places are new. */
    int note(KeySpaceFiles.Named file, List<Damage> damages) {
        byte[] key = StoreKeys.damagedFile(file.name());
        byte[] before = core.space().get(key);
        if (damages.isEmpty()) {
            if (before != null) {
                LOG.info("Whole again: {}", file.name());
                core.space().tryCommit(Batch.builder().holds(key, before).delete(key));
            }
            return 0;
        }
        if (before != null) {
            return 0;
        }
        damages.forEach(
                damage ->
                        LOG.error(
                                "DAMAGED: {}; after a stop, millrace verify names the rows in it",
                                damage));
        byte[] row = encode(core.nowMillis(), damages.getFirst());
        Batch.Builder batch = Batch.builder().absent(key).put(key, row);
        core.space().commit(batch, () -> core.space().get(key) != null);
        return damages.size();
    }

    /** Lets rows go whose files the engine does not use any more. */
    void review(List<KeySpaceFiles.Named> inUse) {
        Set<String> names = new HashSet<>();
        inUse.forEach(file -> names.add(file.name()));
        Notes.forEach(
                core.space()::scan,
                StoreKeys.damagedFiles(),
                entry -> {
                    if (!names.contains(StoreKeys.damagedFile(entry.key()))) {
                        core.space()
                                .tryCommit(
                                        Batch.builder()
                                                .holds(entry.key(), entry.value())
                                                .delete(entry.key()));
                    }
                });
    }

    static byte[] encode(long foundMillis, Damage damage) {
        Out out = new Out(160).u8(FORMAT).varint(foundMillis);
        DamageRow.write(out, damage);
        return out.done();
    }

    static Damage decode(byte[] row) {
        In in = In.record(row, FORMAT, "a damaged file");
        in.varint();
        return DamageRow.readPlace(in);
    }

    /** All that are noted; rows that don't read themselves, which verify tells, left out. */
    static List<Damage> list(Notes.Pages pages) {
        List<Damage> damages = new ArrayList<>();
        Notes.forEach(
                pages,
                StoreKeys.damagedFiles(),
                row -> StoreException.readable(() -> decode(row.value())).ifPresent(damages::add));
        return damages;
    }
}
