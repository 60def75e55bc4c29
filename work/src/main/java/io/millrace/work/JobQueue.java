package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Durable jobs that workers claim for a while, finish, or fail and try again. Thread-safe.
 *
 * <p>Each job is a record, and one row under the time from which it may be claimed: a claim moves
 * that row to the claim's end, so the job of a worker that died comes back by itself. Every step is
 * guarded by the record's bytes, so of two workers one wins, and a worker whose claim ran out and
 * was given to another can neither complete nor fail the job. At least once: workers must not mind
 * repetition.
 */
public final class JobQueue {
    private static final int PAYLOAD_BYTES = 60_000;
    private static final int REASON_CHARS = 1_000;
    private static final int ROW_READY = 'r';
    private static final int ROW_RECORD = 'd';

    /**
     * How a queue behaves.
     *
     * @param claim how long a worker may be silent
     * @param attempts claims after which a job is dead, ≥ 1
     * @param firstBackoff wait after the first failure; doubles with each
     * @param longestBackoff longest wait
     */
    public record Options(
            Duration claim, int attempts, Duration firstBackoff, Duration longestBackoff) {
        /** A minute's claim, 5 attempts, 1 s to 5 min between them. */
        public static Options standard() {
            return new Options(
                    Duration.ofMinutes(1), 5, Duration.ofSeconds(1), Duration.ofMinutes(5));
        }
    }

    /** A job in a worker's hands. */
    public record Claim(Job job, byte[] record) {
        /** When it ends. */
        public Instant until() {
            return job.due();
        }
    }

    private final KeySpace keySpace;
    private final byte[] prefix;
    private final Options options;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private long arrivals;

    public JobQueue(KeySpace keySpace, String name, Options options) {
        this.keySpace = keySpace;
        this.prefix = Keys.family(WorkKeys.FAMILY).u8(WorkKeys.JOB).text(name).done();
        this.options = options;
    }

    /** Adds a job for now; false if there is one with this id already, dead ones too. */
    public boolean enqueue(String id, byte[] payload) {
        return enqueue(id, payload, keySpace.storeNow());
    }

    /** Adds a job for a later time; false if there is one with this id already. */
    public boolean enqueue(String id, byte[] payload, Instant due) {
        Batch.Builder batch = Batch.builder().absent(recordKey(id));
        put(batch, fresh(id, payload, due));
        CommitOutcome outcome = keySpace.commit(batch.build());
        if (outcome instanceof CommitOutcome.Unknown) {
            return find(id).isPresent();
        }
        wake();
        return outcome.committed();
    }

    /**
     * Adds a job inside somebody else's batch. The id must be new; call {@link #wake} after the
     * commit to have it claimed at once.
     */
    public void enqueueIn(Batch.Builder batch, String id, byte[] payload) {
        put(batch, fresh(id, payload, keySpace.storeNow()));
    }

    private static Job fresh(String id, byte[] payload, Instant due) {
        if (id.isEmpty() || id.length() > 200 || payload.length > PAYLOAD_BYTES) {
            throw new WorkException(
                    WorkException.Code.LIMIT,
                    "a job has an id of 1 to 200 characters and a payload of ≤ "
                            + PAYLOAD_BYTES
                            + " bytes");
        }
        return new Job(
                id, Job.State.WAITING, 0, Instant.now(), millis(due), "", "", payload.clone());
    }

    /**
     * Claims up to {@code most} jobs (1 to 100) that are due; often fewer when many workers ask.
     */
    public List<Claim> claim(String worker, int most) {
        Instant now = millis(keySpace.storeNow());
        byte[] ready = row(ROW_READY).done();
        byte[] end = row(ROW_READY).u64(now.toEpochMilli() + 1).done();
        List<Entry> due =
                new ArrayList<>(
                        keySpace.scan(Scan.range(ready, end, Math.min(200, most * 2)).onlyKeys()));
        // So that many workers do not all reach for the same one.
        Collections.shuffle(due, ThreadLocalRandom.current());
        List<Claim> claims = new ArrayList<>();
        for (Entry entry : due) {
            if (claims.size() < most) {
                claim(worker, entry.key(), ready.length, now).ifPresent(claims::add);
            }
        }
        return claims;
    }

    private Optional<Claim> claim(String worker, byte[] readyKey, int offset, Instant now) {
        Keys.Reader reader = Keys.read(readyKey, offset);
        long dueMillis = reader.u64();
        String id = reader.text();
        byte @Nullable [] record = keySpace.get(recordKey(id));
        if (record == null) {
            return Optional.empty();
        }
        Job job = Job.decode(id, record);
        if (job.due().toEpochMilli() != dueMillis || job.state() == Job.State.DEAD) {
            return Optional.empty();
        }
        if (job.attempts() >= options.attempts()) {
            String reason = "the worker " + job.worker() + " did not report back";
            replace(job, record, ended(job, reason, now));
            return Optional.empty();
        }
        Job claimed =
                new Job(
                        id,
                        Job.State.CLAIMED,
                        job.attempts() + 1,
                        job.enqueued(),
                        now.plus(options.claim()),
                        worker,
                        job.reason(),
                        job.payload());
        return replace(job, record, claimed);
    }

    /** Prolongs a claim from now; empty if the job is not this worker's any more. */
    public Optional<Claim> extend(Claim claim) {
        Job job = claim.job();
        Instant until = millis(keySpace.storeNow()).plus(options.claim());
        return replace(job, claim.record(), with(job, job.state(), until, job.reason()));
    }

    /** Removes a job that is done; false if it is not this worker's any more. */
    public boolean complete(Claim claim) {
        Job job = claim.job();
        Batch.Builder batch =
                Batch.builder()
                        .holds(recordKey(job.id()), claim.record())
                        .delete(recordKey(job.id()))
                        .delete(readyKey(job));
        return switch (keySpace.commit(batch.build())) {
            case CommitOutcome.Committed done -> true;
            case CommitOutcome.Conflict conflict -> false;
            case CommitOutcome.Unknown unknown -> find(job.id()).isEmpty();
        };
    }

    /**
     * Puts a job back for another attempt, or among the dead after the last; false if it is not
     * ours.
     */
    public boolean fail(Claim claim, String reason) {
        Job job = claim.job();
        Instant now = millis(keySpace.storeNow());
        Job next =
                job.attempts() >= options.attempts()
                        ? ended(job, reason, now)
                        : with(job, Job.State.WAITING, now.plus(backoff(job.attempts())), reason);
        return replace(job, claim.record(), next).isPresent();
    }

    private Duration backoff(int attempts) {
        long first = options.firstBackoff().toMillis();
        long longest = options.longestBackoff().toMillis();
        long wait = Math.min(longest, first << Math.min(attempts - 1, 20));
        long jitter = ThreadLocalRandom.current().nextLong(wait / 5 + 1);
        return Duration.ofMillis(wait - jitter);
    }

    private static Job ended(Job job, String reason, Instant now) {
        return with(job, Job.State.DEAD, now, reason);
    }

    private static Job with(Job job, Job.State state, Instant due, String reason) {
        String shortened =
                reason.length() > REASON_CHARS ? reason.substring(0, REASON_CHARS) : reason;
        return new Job(
                job.id(),
                state,
                job.attempts(),
                job.enqueued(),
                due,
                job.worker(),
                shortened,
                job.payload());
    }

    /** Gives a dead job its attempts back; false if there is no dead job with this id. */
    public boolean retry(String id) {
        byte @Nullable [] record = keySpace.get(recordKey(id));
        if (record == null || Job.decode(id, record).state() != Job.State.DEAD) {
            return false;
        }
        Job dead = Job.decode(id, record);
        Job again =
                new Job(
                        id,
                        Job.State.WAITING,
                        0,
                        dead.enqueued(),
                        millis(keySpace.storeNow()),
                        dead.worker(),
                        dead.reason(),
                        dead.payload());
        boolean done = replace(dead, record, again).isPresent();
        wake();
        return done;
    }

    /** Removes a job in any state; a worker that has it finds out when it reports. */
    public boolean remove(String id) {
        byte @Nullable [] record = keySpace.get(recordKey(id));
        return record != null && complete(new Claim(Job.decode(id, record), record));
    }

    /** A job by its id. */
    public Optional<Job> find(String id) {
        byte @Nullable [] record = keySpace.get(recordKey(id));
        return record == null ? Optional.empty() : Optional.of(Job.decode(id, record));
    }

    /** Jobs by rising id, above {@code after} (empty: from the start); at most 1,000. */
    public List<Job> list(String after, int limit) {
        byte[] records = row(ROW_RECORD).done();
        byte[] from = after.isEmpty() ? records : recordKey(after);
        List<Job> jobs = new ArrayList<>();
        Scan scan =
                after.isEmpty()
                        ? Scan.prefix(records, Math.min(limit, 1_000))
                        : Scan.prefixAfter(records, from, Math.min(limit, 1_000));
        for (Entry entry : keySpace.scan(scan)) {
            String id = Keys.read(entry.key(), records.length).text();
            jobs.add(Job.decode(id, entry.value()));
        }
        return jobs;
    }

    /** Waits until a job was added in this process, or the time is over. */
    public void await(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long seen = arrivals;
            long nanos = atMost.toNanos();
            while (arrivals == seen && nanos > 0) {
                nanos = arrived.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Wakes those who {@link #await}. */
    public void wake() {
        lock.lock();
        try {
            arrivals++;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Claim> replace(Job before, byte[] record, Job after) {
        Batch.Builder batch =
                Batch.builder().holds(recordKey(before.id()), record).delete(readyKey(before));
        put(batch, after);
        return switch (keySpace.commit(batch.build())) {
            case CommitOutcome.Committed done -> Optional.of(new Claim(after, after.encode()));
            case CommitOutcome.Conflict conflict -> Optional.empty();
            // If it was applied, the claim runs out and the job comes back.
            case CommitOutcome.Unknown unknown -> Optional.empty();
        };
    }

    private void put(Batch.Builder batch, Job job) {
        batch.put(recordKey(job.id()), job.encode());
        if (job.state() != Job.State.DEAD) {
            batch.put(readyKey(job), new byte[0]);
        }
    }

    private Keys row(int kind) {
        return Keys.under(prefix).u8(kind);
    }

    private byte[] recordKey(String id) {
        return row(ROW_RECORD).text(id).done();
    }

    private byte[] readyKey(Job job) {
        return row(ROW_READY).u64(job.due().toEpochMilli()).text(job.id()).done();
    }

    private static Instant millis(Instant instant) {
        return Instant.ofEpochMilli(instant.toEpochMilli());
    }
}
