package io.millrace.keyspace;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A batch on its way through the committer, and the thread that waits for it. */
final class PendingCommit {
    final Batch batch;
    final long bytes;
    private final Thread waiter = Thread.currentThread();
    private volatile @Nullable CommitOutcome outcome;
    private volatile @Nullable KeySpaceException failure;

    PendingCommit(Batch batch) {
        this.batch = batch;
        this.bytes = batch.bytes();
    }

    void complete(CommitOutcome result) {
        outcome = result;
        LockSupport.unpark(waiter);
    }

    void fail(KeySpaceException cause) {
        failure = cause;
        LockSupport.unpark(waiter);
    }

    boolean answered() {
        return outcome != null || failure != null;
    }

    /**
     * Parks until the committer has answered; an interrupt is kept for later, since the batch is on
     * its way.
     */
    CommitOutcome await() {
        boolean interrupted = false;
        try {
            while (true) {
                CommitOutcome done = outcome;
                if (done != null) {
                    return done;
                }
                KeySpaceException failed = failure;
                if (failed != null) {
                    throw new KeySpaceException(
                            failed.code(), String.valueOf(failed.getMessage()), failed);
                }
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
