package io.millrace.store.space;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import io.millrace.work.FencedKeySpace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The key space as this module uses it: its failures as ours, and no commit left in doubt. */
public final class Space {
    private static final Duration[] DOUBT = {
        Duration.ZERO, Duration.ofMillis(200), Duration.ofMillis(800), Duration.ofSeconds(2)
    };

    private final KeySpace keySpace;
    private final boolean sync;

    /** Commits are on the disk before they are answered if {@code sync}. */
    public Space(KeySpace keySpace, boolean sync) {
        this.keySpace = keySpace;
        this.sync = sync;
    }

    /** The same, where every commit is fenced by a lease. */
    public Space fencedBy(FencedKeySpace fenced) {
        return new Space(fenced, sync);
    }

    public byte @Nullable [] get(byte[] key) {
        try {
            return keySpace.get(key);
        } catch (KeySpaceException e) {
            throw failure(e);
        }
    }

    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        try {
            return keySpace.multiGet(keys);
        } catch (KeySpaceException e) {
            throw failure(e);
        }
    }

    public List<Entry> scan(Scan scan) {
        return call(() -> keySpace.scan(scan));
    }

    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        return call(() -> keySpace.scanDelimited(prefix, delimiter, after, limit));
    }

    public Instant now() {
        return call(keySpace::storeNow);
    }

    /** Whether other processes may change it, too. */
    public boolean shared() {
        return keySpace.shared();
    }

    /** Sorts what was deleted out of the key space's files. */
    public void giveBack() {
        call(
                () -> {
                    keySpace.giveBack();
                    return true;
                });
    }

    /** Whether a commit is on the disk when it is answered. */
    public boolean strict() {
        return sync;
    }

    /** Whether the key space is in files of this machine, so that no other takes part in it. */
    public boolean embedded() {
        return keySpace.files().isPresent();
    }

    /** The key space's own id. */
    public UUID id() {
        return call(keySpace::id);
    }

    long idBlock(String name, int count) {
        return call(() -> keySpace.idBlock(name, count));
    }

    /**
     * Commits; false is a conflict.
     *
     * @param happened asked when the engine doesn't know: reads again whether the batch took effect
     * @throws StoreException COMMIT_UNKNOWN when that stays open; what the batch refers to must
     *     then be kept
     */
    public boolean commit(Batch.Builder batch, BooleanSupplier happened) {
        return resolved(outcome(batch), happened);
    }

    /** The same, on the disk when it is answered, also where answers don't wait. */
    public boolean commitDurably(Batch.Builder batch, BooleanSupplier happened) {
        return resolved(call(() -> keySpace.commit(batch.build())), happened);
    }

    private boolean resolved(CommitOutcome outcome, BooleanSupplier happened) {
        return switch (outcome) {
            case CommitOutcome.Committed c -> true;
            case CommitOutcome.Conflict c -> false;
            case CommitOutcome.Unknown unknown -> resolve(unknown, happened);
        };
    }

    /** Commits what may be done again later: doubt counts as a conflict. */
    public boolean tryCommit(Batch.Builder batch) {
        return outcome(batch).committed();
    }

    /**
     * The same, and what was committed before is on the disk too, also where answers don't wait.
     */
    public boolean tryCommitDurably(Batch.Builder batch) {
        return call(() -> keySpace.commit(batch.build())).committed();
    }

    private CommitOutcome outcome(Batch.Builder batch) {
        return call(() -> keySpace.commit((sync ? batch : batch.relaxed()).build()));
    }

    private boolean resolve(CommitOutcome.Unknown unknown, BooleanSupplier happened) {
        for (Duration wait : DOUBT) {
            pause(wait);
            try {
                if (happened.getAsBoolean()) {
                    return true;
                }
            } catch (StoreException e) {
                throw unknown(unknown, e); // it says nothing of the change
            }
        }
        throw unknown(unknown, null);
    }

    private static StoreException unknown(
            CommitOutcome.Unknown unknown, @Nullable StoreException cause) {
        return new StoreException(
                StoreException.Code.COMMIT_UNKNOWN,
                "the key space can't say whether the change was made: " + unknown.reason(),
                cause);
    }

    public static void pause(Duration wait) {
        try {
            Thread.sleep(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CLOSED, "interrupted while waiting", e);
        }
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (KeySpaceException e) {
            throw failure(e);
        }
    }

    private static StoreException failure(KeySpaceException e) {
        StoreException.Code code =
                switch (e.code()) {
                    case LIMIT -> StoreException.Code.INVALID_ARGUMENT;
                    case CLOSED -> StoreException.Code.CLOSED;
                    case BUSY -> StoreException.Code.BUSY;
                    case DISK_FULL -> StoreException.Code.DISK_FULL;
                    case CORRUPT -> StoreException.Code.CORRUPT;
                    case UNAVAILABLE -> StoreException.Code.UNAVAILABLE;
                    case FAILED, LOCKED, FORMAT -> StoreException.Code.STORAGE_FAILED;
                };
        return new StoreException(code, String.valueOf(e.getMessage()), e);
    }
}
