package io.millrace.keyspace;

import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One platform thread that turns the batches of many writers into few synced writes.
 *
 * <p>While a group is being synced the next batches queue up; then all of them (up to a bound)
 * become the next group: each batch's guards are checked in order against the engine and the
 * batches before it in the group, the survivors are written with one synced write, and everybody is
 * woken. So the number of syncs stays what the disk can do and the number of commits rises with the
 * writers. The thread is a platform thread because a native synced write pins a virtual thread's
 * carrier: measured, that makes group commit twenty times slower.
 *
 * <p>Fail-stop: when a write fails, nobody knows what the disk holds, so that group is answered
 * Unknown and nothing is accepted until the engine is opened again. Whatever else ends the thread,
 * an OutOfMemoryError too, answers everybody who waits: nobody stays parked.
 */
final class Committer {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final int GROUP_BATCHES = 1_024;
    private static final long GROUP_BYTES = 8L << 20;
    private static final long PATIENCE_SECONDS = 10;
    private static final long HOUSEKEEPING_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SMALL_BATCH_BYTES = 2_048;

    private static final CommitOutcome UNKNOWN =
            new CommitOutcome.Unknown("the committer ended while the group was written");

    /** Made beforehand, for when there is no memory to make it. */
    private final KeySpaceException withoutMemory =
            new KeySpaceException(
                    KeySpaceException.Code.FAILED,
                    "the committer ran out of memory, so nothing more is acknowledged: start"
                            + " again");

    private final GroupWriter writer;
    private final ArrayBlockingQueue<PendingCommit> queue;
    private final DiskSpace space;
    private final Overlay overlay;
    private final Thread thread;
    private final List<PendingCommit> group = new ArrayList<>();
    private final List<CommitOutcome> outcomes = new ArrayList<>();
    private volatile @Nullable KeySpaceException failure;
    private volatile boolean closing;
    private boolean unsynced;

    /** Whether the group at hand may have reached the engine. */
    private boolean writing;

    private long lastHousekeeping;

    Committer(GroupWriter writer, int queuedCommits, DiskSpace space) {
        this.writer = writer;
        this.queue = new ArrayBlockingQueue<>(queuedCommits);
        this.space = space;
        this.overlay = new Overlay(writer::get);
        this.lastHousekeeping = CLOCK.nanos();
        this.thread =
                Thread.ofPlatform().name("keyspace-committer").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Why everything is refused, if it is. */
    Optional<KeySpaceException> failure() {
        return Optional.ofNullable(failure);
    }

    CommitOutcome commit(Batch batch) {
        PendingCommit pending = new PendingCommit(batch);
        enqueue(pending);
        return pending.await();
    }

    private void enqueue(PendingCommit pending) {
        refuseIfStopped();
        try {
            if (!queue.offer(pending)
                    && !queue.offer(pending, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new KeySpaceException(
                        KeySpaceException.Code.BUSY,
                        "the commit queue stayed full for " + PATIENCE_SECONDS + " s; try later");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeySpaceException(
                    KeySpaceException.Code.BUSY, "interrupted while waiting to commit", e);
        }
        if (closing || failure != null) {
            drainIfDead();
        }
    }

    private void refuseIfStopped() {
        KeySpaceException failed = failure;
        if (failed != null) {
            throw new KeySpaceException(failed.code(), String.valueOf(failed.getMessage()), failed);
        }
        if (closing) {
            throw closed();
        }
    }

    /** A batch that slipped in while the thread ended is answered by the one who put it there. */
    private void drainIfDead() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        refuseQueued();
    }

    private void refuseQueued() {
        KeySpaceException failed = failure;
        KeySpaceException refusal = failed == null ? closed() : failed;
        PendingCommit left;
        while ((left = queue.poll()) != null) {
            left.fail(refusal);
        }
    }

    private static KeySpaceException closed() {
        return new KeySpaceException(KeySpaceException.Code.CLOSED, "the key space is closed");
    }

    /** Commits what is queued and ends the thread. */
    void close() {
        closing = true;
        // Only to wake the thread; if the queue is full it is awake.
        queue.offer(new PendingCommit(Batch.builder().build()));
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        refuseQueued();
    }

    private void run() {
        try {
            while (failure == null && takeGroup()) {
                commitGroup();
                housekeeping();
            }
            if (failure == null && unsynced) {
                writer.sync();
            }
        } catch (RuntimeException | Error e) {
            stop(e);
        } finally {
            answerGroup();
            refuseQueued();
        }
    }

    /** Answers those of the group whom what ended the thread left without an answer. */
    private void answerGroup() {
        KeySpaceException failed = failure;
        if (failed == null) {
            return;
        }
        for (PendingCommit pending : group) {
            if (!pending.answered()) {
                if (writing) {
                    pending.complete(UNKNOWN);
                } else {
                    pending.fail(failed);
                }
            }
        }
    }

    /** Waits for at least one batch; false when closing and the queue is empty. */
    private boolean takeGroup() {
        group.clear();
        while (group.isEmpty()) {
            if (closing && queue.isEmpty()) {
                return false;
            }
            try {
                PendingCommit first = queue.poll(1, TimeUnit.SECONDS);
                if (first != null) {
                    group.add(first);
                } else {
                    housekeeping();
                }
            } catch (InterruptedException e) {
                // Nobody may stop the committer by an interrupt: close() is the way.
            }
        }
        long bytes = group.get(0).bytes;
        while (group.size() < GROUP_BATCHES && bytes < GROUP_BYTES) {
            PendingCommit next = queue.poll();
            if (next == null) {
                break;
            }
            group.add(next);
            bytes += next.bytes;
        }
        return true;
    }

    private void commitGroup() {
        writing = false;
        overlay.clear();
        outcomes.clear();
        boolean sync = false;
        boolean anything = false;
        List<PendingCommit> answered = new ArrayList<>(group.size());
        for (PendingCommit pending : group) {
            try {
                CommitOutcome outcome = apply(pending);
                answered.add(pending);
                outcomes.add(outcome);
                if (outcome.committed() && !pending.batch.mutations().isEmpty()) {
                    anything = true;
                    sync |= pending.batch.sync();
                }
            } catch (KeySpaceException e) {
                pending.fail(e);
            }
        }
        if (anything && !write(sync, answered)) {
            return;
        }
        for (int i = 0; i < answered.size(); i++) {
            answered.get(i).complete(outcomes.get(i));
        }
    }

    private boolean write(boolean sync, List<PendingCommit> answered) {
        writing = true;
        try {
            writer.write(sync);
            unsynced = !sync;
            return true;
        } catch (RuntimeException | Error e) {
            KeySpaceException failed = stop(e);
            for (int i = 0; i < answered.size(); i++) {
                CommitOutcome outcome = outcomes.get(i);
                answered.get(i)
                        .complete(
                                outcome.committed()
                                        ? new CommitOutcome.Unknown(
                                                String.valueOf(failed.getMessage()))
                                        : outcome);
            }
            return false;
        }
    }

    private KeySpaceException stop(Throwable cause) {
        KeySpaceException failed;
        try {
            failed = failed(cause);
        } catch (OutOfMemoryError e) {
            failed = withoutMemory;
        }
        failure = failed;
        return failed;
    }

    private static KeySpaceException failed(Throwable cause) {
        if (cause instanceof KeySpaceException damage
                && damage.code() == KeySpaceException.Code.CORRUPT) {
            return damage;
        }
        return new KeySpaceException(
                KeySpaceException.Code.FAILED,
                "a write to the key space failed, so nothing more is acknowledged: look at"
                        + " the disk (space, permissions, errors), then start again ("
                        + cause
                        + ")",
                cause);
    }

    private CommitOutcome apply(PendingCommit pending) {
        Batch batch = pending.batch;
        List<Guard> guards = batch.guards();
        for (int i = 0; i < guards.size(); i++) {
            if (!holds(guards.get(i))) {
                return new CommitOutcome.Conflict(i);
            }
        }
        refuseIfFull(pending);
        Resolution resolution = Resolution.of(batch, overlay);
        List<Mutation> mutations = batch.mutations();
        for (int i = 0; i < mutations.size(); i++) {
            apply(mutations.get(i), resolution.count(i));
        }
        return new CommitOutcome.Committed(resolution.stamps());
    }

    private boolean holds(Guard guard) {
        byte @Nullable [] value = overlay.get(guard.key());
        return switch (guard) {
            case Guard.Holds g -> value != null && Arrays.equals(value, g.value());
            case Guard.Absent g -> value == null;
        };
    }

    private void apply(Mutation mutation, long count) {
        switch (mutation) {
            case Mutation.Put m -> put(m.key(), m.value());
            case Mutation.Delete m -> {
                writer.delete(m.key());
                overlay.delete(m.key());
            }
            case Mutation.DeleteRange m -> {
                if (Arrays.compareUnsigned(m.from(), m.to()) < 0) {
                    writer.deleteRange(m.from(), m.to());
                    overlay.deleteRange(m);
                }
            }
            case Mutation.Add m -> put(m.key(), Keys.counter(count));
            case Mutation.AppendStamped m -> {
                put(m.counterKey(), Keys.counter(count));
                put(Keys.under(m.keyPrefix()).u64(count).done(), m.value());
            }
        }
    }

    private void put(byte[] key, byte[] value) {
        writer.put(key, value);
        overlay.put(key, value);
    }

    /**
     * Below the reserve only small batches pass, and all that delete: what is left of it is theirs.
     * A batch takes its bytes in the log and once more in a table.
     */
    private void refuseIfFull(PendingCommit pending) {
        long bytes = 2L * pending.bytes;
        if (space.take(DiskSpace.Use.NEW, bytes) || deletes(pending.batch)) {
            return;
        }
        if (pending.bytes <= SMALL_BATCH_BYTES && space.take(DiskSpace.Use.UPKEEP, bytes)) {
            return;
        }
        throw new KeySpaceException(KeySpaceException.Code.DISK_FULL, space.state().refusal());
    }

    private static boolean deletes(Batch batch) {
        return batch.mutations().stream()
                .anyMatch(m -> m instanceof Mutation.Delete || m instanceof Mutation.DeleteRange);
    }

    private void housekeeping() {
        long now = CLOCK.nanos();
        if (now - lastHousekeeping < HOUSEKEEPING_NANOS) {
            return;
        }
        lastHousekeeping = now;
        if (unsynced) {
            writer.sync();
            unsynced = false;
        }
        writer.settle();
    }
}
