package io.millrace.work;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A named consumer of a log: reads every shard in order from where it stopped last time, waits for
 * more, and remembers how far it came. One node follows at a time, under the lease {@code
 * follower/NAME}; another goes on from the cursors when it is gone.
 *
 * <p>At least once: after a crash the records of the last second may come again, so handlers must
 * not mind. A handler that throws gets the same records again after 0.1 s, then 0.2 s, up to 5 s;
 * the other shards go on meanwhile. One virtual thread runs the handler, so calls never overlap.
 *
 * <p>A log keeps its records for a while only. Where it has dropped some that this consumer had not
 * seen, the follower notes where the log stands now, asks the handler to look at everything afresh,
 * and goes on from there.
 */
public final class Follower<R> implements AutoCloseable {
    /**
     * What a consumer does with records. Whatever it commits, it commits through the tenure's key
     * space. Throwing means "again later".
     */
    public interface Handler<R> {
        /** This node begins to follow. Throwing gives the lease back. */
        default void begin(Tenure tenure) throws InterruptedException {}

        /** Takes records of one shard in their order. */
        void handle(Tenure tenure, int shard, List<Stamped<R>> records) throws Exception;

        /**
         * The log dropped records before this consumer saw them: look at all that the log tells
         * about, as it is now. Returns when that is done for good; what is written meanwhile comes
         * to {@link #handle} afterwards.
         */
        void rescan(Tenure tenure) throws Exception;

        /** This node follows no more: another's words count from here. */
        default void end() {}
    }

    private final LeasedTask task;
    private final AtomicLong handled = new AtomicLong();

    private Follower(String name, Log<R> log, Leases leases, Handler<R> handler) {
        task =
                LeasedTask.start(
                        leases,
                        "follower/" + name,
                        tenure -> new LogReading<>(name, log, tenure, handler, handled).run());
    }

    /** Starts to follow a log under a name that no other consumer has. */
    public static <R> Follower<R> start(
            String name, Log<R> log, Leases leases, Handler<R> handler) {
        return new Follower<>(name, log, leases, handler);
    }

    /** Records handled since the start. */
    public long handled() {
        return handled.get();
    }

    /** Whether this node is the one that follows. */
    public boolean following() {
        return task.working();
    }

    /** Ends after the page at hand and saves the cursors. Waits for the handler. */
    @Override
    public void close() {
        task.close();
    }
}
