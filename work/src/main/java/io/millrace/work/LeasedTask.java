package io.millrace.work;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work in the background that one node of many does at a time: waits for a lease, does the work
 * while it holds it, and waits again when it was lost.
 *
 * <p>The work gets a {@link Tenure} and commits through its key space alone. When it fails, the
 * lease goes back, and after a second any node may try. One virtual thread, never interrupted: it
 * may be inside a file that others use.
 */
public final class LeasedTask implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedTask.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** What is done while the lease is held. */
    public interface Work {
        /**
         * Returns when {@link Tenure#goesOn} says no, or when there is nothing more to do.
         *
         * @throws WorkException LOST, from a commit: caught by the task
         */
        void run(Tenure tenure) throws InterruptedException;
    }

    private final Leases leases;
    private final String lease;
    private final Work work;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Tenure tenure;

    private LeasedTask(Leases leases, String lease, Work work) {
        this.leases = leases;
        this.lease = lease;
        this.work = work;
        this.thread = Thread.ofVirtual().name("leased-" + lease).unstarted(this::run);
    }

    /** Starts a task under the lease of that name. */
    public static LeasedTask start(Leases leases, String lease, Work work) {
        LeasedTask task = new LeasedTask(leases, lease, work);
        task.thread.start();
        return task;
    }

    /** Starts a task that does one pass after each pause, for as long as it holds the lease. */
    public static LeasedTask every(Duration pause, Leases leases, String lease, Work pass) {
        return start(
                leases,
                lease,
                tenure -> {
                    while (tenure.await(pause)) {
                        pass.run(tenure);
                    }
                });
    }

    private void run() {
        try {
            do {
                acquire().ifPresent(this::work);
            } while (!stop.await(RETRY.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Tenure> acquire() {
        try {
            return leases.acquire(lease);
        } catch (RuntimeException e) {
            LOG.debug("The lease {} can't be asked for now: {}", lease, e.toString());
            return Optional.empty();
        }
    }

    private void work(Tenure held) {
        tenure = held;
        if (stop.getCount() == 0) {
            held.askToEnd();
        }
        try (held) {
            work.run(held);
        } catch (InterruptedException e) {
            stop.countDown();
        } catch (RuntimeException | Error e) {
            if (e instanceof WorkException w && w.code() == WorkException.Code.LOST) {
                LOG.info("{}: {}", lease, w.getMessage());
            } else if (stop.getCount() > 0) {
                LOG.error("{} failed and begins anew", lease, e);
            }
        } finally {
            tenure = null;
        }
    }

    /** Whether this node does the work now. */
    public boolean working() {
        Tenure now = tenure;
        return now != null && now.goesOn();
    }

    /** Asks for the end, waits for it, and gives the lease back. */
    @Override
    public void close() {
        stop.countDown();
        Tenure now = tenure;
        if (now != null) {
            now.askToEnd();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
