package io.millrace.work;

import io.millrace.keyspace.KeySpace;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A lease for as long as this node holds it: from {@link Leases#acquire} until it is closed or
 * lost. Thread-safe.
 *
 * <p>{@link #holds} is judged by this machine's clock and is for stopping early; what keeps two
 * owners' writes apart is the guard in every commit of {@link #keySpace}.
 */
public final class Tenure implements AutoCloseable {
    private final Leases leases;
    private final Lease lease;
    private final FencedKeySpace fenced;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean lost;

    Tenure(Leases leases, Lease lease, KeySpace keySpace) {
        this.leases = leases;
        this.lease = lease;
        this.fenced = new FencedKeySpace(keySpace, this);
    }

    MonotonicClock clock() {
        return leases.clock();
    }

    /** What is held; its epoch rises whenever the lease changes hands. */
    public Lease lease() {
        return lease;
    }

    /** The key space in which every commit is fenced by this lease. */
    public FencedKeySpace keySpace() {
        return fenced;
    }

    /** Whether the lease is certainly held now: if not, stop what you do under it. */
    public boolean holds() {
        return !lost && leases.alive();
    }

    /** Whether the work goes on: the lease is held and nobody asked for the end. */
    public boolean goesOn() {
        return over.getCount() > 0 && holds();
    }

    /** Waits that long, less when the work shall end; answers {@link #goesOn}. */
    public boolean await(Duration time) throws InterruptedException {
        return !over.await(time.toNanos(), TimeUnit.NANOSECONDS) && holds();
    }

    /**
     * Asks for the end; the lease is held until {@link #close}, so the last commits still count.
     */
    public void askToEnd() {
        over.countDown();
    }

    /** Notes that the lease is another's and says so. */
    WorkException lost() {
        lost = true;
        over.countDown();
        leases.drop(this);
        return new WorkException(
                WorkException.Code.LOST,
                "the lease " + lease.name() + " of epoch " + lease.epoch() + " is lost");
    }

    /** Whether the lease's record is still this one. */
    boolean standsIn(KeySpace keySpace) {
        return Arrays.equals(keySpace.get(Lease.key(lease.name())), lease.encode());
    }

    /** Gives the lease back; harmless when it is lost or given back already. */
    @Override
    public void close() {
        over.countDown();
        leases.release(this);
        lost = true;
    }
}
