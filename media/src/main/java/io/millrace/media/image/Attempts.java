package io.millrace.media.image;

import static io.millrace.media.image.ImageWorkers.busy;

import io.millrace.media.image.Counts.Ended;
import io.millrace.media.process.RefusedException;
import java.time.Duration;

/**
 * Tries at one picture: one that loses its worker is given to another once, and what a lost worker
 * means is judged here. Thread-safe.
 */
final class Attempts {
    private final Object lock;
    private final Duration deadline;
    private final Counts counts;
    private final BadPictures bad;

    /**
     * What it needs.
     *
     * @param lock guards the jobs
     * @param deadline the processor time that one picture may use
     */
    Attempts(Object lock, Duration deadline, Counts counts, BadPictures bad) {
        this.lock = lock;
        this.deadline = deadline;
        this.counts = counts;
        this.bad = bad;
    }

    /**
     * The picture, from a worker of this pool.
     *
     * @throws RefusedException with what is wrong
     * @throws Heavier when it is more than this class of work takes
     */
    Encoded run(Job job, WorkerPool pool) throws Heavier {
        try {
            return attempt(job, pool);
        } catch (WorkerLostException first) {
            judge(job, first);
            counts.retried.increment();
        }
        try {
            return attempt(job, pool);
        } catch (WorkerLostException second) {
            judge(job, second);
            throw remembered(
                    job,
                    new RefusedException(
                            500,
                            "InternalError",
                            "Two image workers ended while they worked on this image (exit code "
                                    + second.exitCode()
                                    + "). Other requests are not affected."));
        }
    }

    private Encoded attempt(Job job, WorkerPool pool) throws WorkerLostException, Heavier {
        ImageWorker worker = pool.take();
        boolean usable = false;
        try {
            synchronized (lock) {
                job.worker = worker;
                if (job.abandoned) {
                    usable = true;
                    throw busy();
                }
            }
            Duration cpu = job.weight.cpu(deadline);
            Encoded encoded =
                    worker.exchange(job.work, job.weight.mostMillis(), cpu, cpu.multipliedBy(3));
            usable = true;
            return encoded;
        } catch (RefusedException | Heavier e) {
            usable = true;
            throw e;
        } finally {
            synchronized (lock) {
                job.worker = null;
            }
            if (usable) {
                pool.giveBack(worker);
            } else {
                pool.end(worker);
            }
        }
    }

    /** What a lost worker means, unless that it's worth another try. */
    private void judge(Job job, WorkerLostException e) throws Heavier {
        synchronized (lock) {
            if (job.abandoned) {
                counts.ended(Ended.ABANDONED);
                throw busy();
            }
        }
        String words = String.valueOf(e.getMessage());
        if (e.unreadable()) {
            throw new RefusedException(
                            503, "ServiceUnavailable", "The image can't be read now; try again.")
                    .because(words);
        }
        if (e.late() && !e.busy()) {
            counts.ended(Ended.LATE);
            throw busy();
        }
        if (e.late()) {
            counts.ended(Ended.CPU);
            if (job.weight != Weight.HUGE) {
                throw new Heavier(0);
            }
            throw remembered(
                    job,
                    RefusedException.tooLarge(
                            "The image takes more than "
                                    + deadline.toSeconds()
                                    + " s of processor time."));
        }
        if (e.outOfMemory()) {
            counts.ended(Ended.MEMORY);
            throw remembered(
                    job,
                    RefusedException.tooLarge("The image takes too much memory to process.")
                            .because(words));
        }
        counts.ended(Ended.LOST);
    }

    private RefusedException remembered(Job job, RefusedException refusal) {
        bad.remember(job.work.alike(), refusal);
        return refusal;
    }
}
