package io.millrace.store.scrub;

import io.millrace.extents.StoreId;
import io.millrace.extents.StoreIdentity;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Tenure;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One pass over the extents, the records and then the key space's files, or the rest of one. Where
 * it stands is made durable every 64 MiB and when it is asked to end. Not thread-safe.
 */
final class Pass {
    private static final long SAVE_BYTES = 64L << 20;

    private final Core core;
    private final Optional<KeySpaceFiles> files;
    private final Progress progress;
    private ScrubRow row;
    private long bytes;
    private long saved;

    /** Hears how far it is. */
    interface Progress {
        void at(ScrubRow row, long bytes);
    }

    /**
     * @param core fenced
     * @param row where to begin
     */
    Pass(Core core, Optional<KeySpaceFiles> files, ScrubRow row, Progress progress) {
        this.core = core;
        this.files = files;
        this.row = row;
        this.progress = progress;
    }

    /** Answers whether it came to the end; else the tenure is to end. */
    boolean run(Tenure tenure, Pace pace) throws InterruptedException {
        save();
        boolean goesOn = true;
        while (goesOn && row.phase() != ScrubRow.Phase.NONE) {
            goesOn =
                    switch (row.phase()) {
                        case NONE -> true;
                        case EXTENTS -> {
                            StoreId store = core.extents().identity().store();
                            yield extents(store, tenure, pace)
                                    && next(row.in(ScrubRow.Phase.EXTENTS_UNNAMED));
                        }
                        case EXTENTS_UNNAMED ->
                                unnamed(tenure, pace) && next(row.in(ScrubRow.Phase.ROWS));
                        case ROWS ->
                                records(tenure, pace) && next(row.in(ScrubRow.Phase.KEY_SPACE));
                        case KEY_SPACE -> keySpace(tenure, pace) && next(row.end(core.nowMillis()));
                    };
        }
        save();
        return goesOn;
    }

    private boolean next(ScrubRow to) {
        row = to;
        save();
        return true;
    }

    private boolean unnamed(Tenure tenure, Pace pace) throws InterruptedException {
        StoreIdentity identity = core.extents().identity();
        return !identity.unnamed() || extents(StoreId.UNNAMED, tenure, pace);
    }

    private boolean extents(StoreId store, Tenure tenure, Pace pace) throws InterruptedException {
        ExtentWalk walk = new ExtentWalk(core, new Notes(core), pace);
        return walk.run(store, row.position(), tenure, this::read);
    }

    /** Its bytes count where the files are read that they stand in. */
    private boolean records(Tenure tenure, Pace pace) throws InterruptedException {
        RecordWalk walk = new RecordWalk(core, new GapNotes(core), pace, tenure);
        return walk.run(row.position(), (position, found) -> read(position, 0, found));
    }

    private boolean keySpace(Tenure tenure, Pace pace) throws InterruptedException {
        if (files.isEmpty()) {
            return true;
        }
        FileNotes notes = new FileNotes(core);
        try {
            List<KeySpaceFiles.Named> all = files.get().list();
            notes.review(all);
            String done = new String(row.position(), StandardCharsets.UTF_8);
            for (KeySpaceFiles.Named file : all) {
                if (file.name().compareTo(done) <= 0) {
                    continue;
                }
                pace.begin();
                int found = notes.note(file, files.get().check(file));
                read(file.name().getBytes(StandardCharsets.UTF_8), file.sizeBytes(), found);
                if (!pace.end(file.sizeBytes(), tenure)) {
                    return false;
                }
            }
            return true;
        } catch (KeySpaceException e) {
            throw new StoreException(
                    StoreException.Code.STORAGE_FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    private void read(byte[] position, long length, int damages) {
        row = row.at(position, length, damages);
        bytes += length;
        progress.at(row, bytes);
        if (bytes - saved >= SAVE_BYTES || damages > 0) {
            save();
        }
    }

    private void save() {
        byte[] key = StoreKeys.scrub(core.extents().identity().store());
        core.space().tryCommit(Batch.builder().put(key, row.encode()).relaxed());
        saved = bytes;
        progress.at(row, bytes);
    }
}
