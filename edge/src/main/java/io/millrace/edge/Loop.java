package io.millrace.edge;

import io.millrace.kit.door.Guests;
import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One event loop with what belongs to it: its viewers and its connections to the origin. */
final class Loop {
    private static final long SWEEP_MILLIS = 500;

    private final EventLoop executor;
    private final OriginPool origins;
    private final Set<Connection> connections = new HashSet<>();
    private final Core core;
    private final Guests guests;

    Loop(Core core, EventLoop executor, Guests guests) {
        this.core = core;
        this.guests = guests;
        this.executor = executor;
        this.origins = new OriginPool(core, executor);
        executor.scheduleWithFixedDelay(
                this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    EventLoop executor() {
        return executor;
    }

    /** Its part of the door. */
    Guests guests() {
        return guests;
    }

    OriginPool origins() {
        return origins;
    }

    void add(Connection connection) {
        connections.add(connection);
        core.connected(1);
    }

    void remove(Connection connection) {
        if (connections.remove(connection)) {
            core.connected(-1);
        }
    }

    /** Runs on this loop, at once when called from it. */
    void run(Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
        } else {
            executor.execute(task);
        }
    }

    private void sweep() {
        long now = core.nanos();
        for (Connection connection : Set.copyOf(connections)) {
            connection.sweep(now);
        }
        origins.sweep(now);
    }
}
