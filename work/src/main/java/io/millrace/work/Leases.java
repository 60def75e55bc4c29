package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rights that one node of many holds at a time, and the heartbeat that keeps them. Thread-safe.
 *
 * <p>A node has one session, renewed by one write each heartbeat, however many leases it holds. A
 * lease names its owner and the owner's incarnation; it is free when it was released, or when the
 * owner's session has run out by the store's clock or belongs to another incarnation. So a lease's
 * record changes only when its owner does, and {@link Lease#guard} in a batch is the fence: a node
 * that was asleep for a minute finds that its batch conflicts.
 */
public final class Leases implements AutoCloseable {
    private static final int SESSION_VERSION = 1;
    private static final int TRIES = 8;

    /** How often the session is renewed and how long it lives without; 3 and 12 seconds usually. */
    public record Options(Duration heartbeat, Duration timeToLive) {
        public Options {
            if (heartbeat.isNegative()
                    || heartbeat.isZero()
                    || timeToLive.compareTo(heartbeat.multipliedBy(2)) < 0) {
                throw new WorkException(
                        WorkException.Code.LIMIT,
                        "a session lives for two heartbeats at least: "
                                + heartbeat
                                + ", "
                                + timeToLive);
            }
        }

        /** A heartbeat of 3 s, 12 s to live. */
        public static Options standard() {
            return new Options(Duration.ofSeconds(3), Duration.ofSeconds(12));
        }
    }

    /** A node's session as the key space holds it. */
    private record Session(long incarnation, long expiresMillis) {
        static Session decode(byte[] value) {
            ByteBuffer in = ByteBuffer.wrap(value);
            int version = in.get();
            if (version != SESSION_VERSION) {
                throw new WorkException(
                        WorkException.Code.FORMAT, "a session has the unknown version " + version);
            }
            return new Session(in.getLong(), in.getLong());
        }

        byte[] encode() {
            return ByteBuffer.allocate(1 + 2 * Long.BYTES)
                    .put((byte) SESSION_VERSION)
                    .putLong(incarnation)
                    .putLong(expiresMillis)
                    .array();
        }
    }

    private final KeySpace keySpace;
    private final String node;
    private final Options options;
    private final long incarnation;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread heart;
    private volatile byte[] session;
    private volatile long aliveUntilNanos;
    private volatile boolean lost;

    private Leases(KeySpace keySpace, String node, Options options) {
        this.keySpace = keySpace;
        this.node = node;
        this.options = options;
        this.incarnation = keySpace.idBlock("incarnations", 1);
        this.session = begin();
        this.heart = Thread.ofVirtual().name("leases-heartbeat").unstarted(this::beatUntilStopped);
    }

    /**
     * Begins the session of a node. The node's name must be its own: a second start under the same
     * name takes over and ends the first one's session.
     */
    public static Leases open(KeySpace keySpace, String node, Options options) {
        if (node.isEmpty() || node.length() > 200) {
            throw new WorkException(
                    WorkException.Code.LIMIT, "the name of a node has 1 to 200 characters");
        }
        Leases leases = new Leases(keySpace, node, options);
        leases.heart.start();
        return leases;
    }

    /** This node's name. */
    public String node() {
        return node;
    }

    /**
     * Whether the session certainly lives: if not, stop what you do under leases. Judged by this
     * machine's monotonic clock from before the last renewal.
     */
    public boolean alive() {
        return !lost && System.nanoTime() - aliveUntilNanos < 0;
    }

    /** Takes a lease if it is free or already ours; empty while another node holds it. */
    public Optional<Lease> acquire(String name) {
        byte[] key = Lease.key(name);
        for (int i = 0; i < TRIES && alive(); i++) {
            byte @Nullable [] held = keySpace.get(key);
            Lease before = held == null ? new Lease(name, "", 0, 0) : Lease.decode(name, held);
            if (before.owner().equals(node) && before.incarnation() == incarnation) {
                return Optional.of(before);
            }
            Batch.Builder batch = Batch.builder().unchanged(key, held);
            if (!before.owner().isEmpty() && !guardDead(before, batch)) {
                return Optional.empty();
            }
            Lease mine = new Lease(name, node, incarnation, before.epoch() + 1);
            if (keySpace.commit(batch.put(key, mine.encode()).build()).committed() && alive()) {
                return Optional.of(mine);
            }
        }
        return Optional.empty();
    }

    /** Adds the guard that the owner stays dead; false if it lives. */
    private boolean guardDead(Lease lease, Batch.Builder batch) {
        byte[] key = sessionKey(lease.owner());
        byte @Nullable [] value = keySpace.get(key);
        if (value != null) {
            Session other = Session.decode(value);
            boolean lives =
                    other.incarnation() == lease.incarnation()
                            && other.expiresMillis() > keySpace.storeNow().toEpochMilli();
            if (lives) {
                return false;
            }
        }
        if (!lease.owner().equals(node)) {
            batch.unchanged(key, value);
        }
        return true;
    }

    /** Who holds a lease now, if anybody living does. */
    public Optional<Lease> holder(String name) {
        byte @Nullable [] held = keySpace.get(Lease.key(name));
        if (held == null) {
            return Optional.empty();
        }
        Lease lease = Lease.decode(name, held);
        boolean free = lease.owner().isEmpty() || guardDead(lease, Batch.builder());
        return free ? Optional.empty() : Optional.of(lease);
    }

    /** Gives a lease back; false if it was not ours any more. */
    public boolean release(Lease lease) {
        Lease free = new Lease(lease.name(), "", 0, lease.epoch());
        Batch batch =
                Batch.builder()
                        .holds(Lease.key(lease.name()), lease.encode())
                        .put(Lease.key(lease.name()), free.encode())
                        .build();
        return keySpace.commit(batch).committed();
    }

    private byte[] begin() {
        for (int i = 0; i < TRIES; i++) {
            long before = System.nanoTime();
            byte @Nullable [] old = keySpace.get(sessionKey(node));
            byte[] mine = renewed();
            Batch batch =
                    Batch.builder()
                            .unchanged(sessionKey(node), old)
                            .put(sessionKey(node), mine)
                            .build();
            if (keySpace.commit(batch).committed()) {
                aliveUntilNanos = before + options.timeToLive().toNanos();
                return mine;
            }
        }
        throw new WorkException(
                WorkException.Code.UNAVAILABLE,
                "the session of node " + node + " does not begin: is the name used twice?");
    }

    private byte[] renewed() {
        Instant expires = keySpace.storeNow().plus(options.timeToLive());
        return new Session(incarnation, expires.toEpochMilli()).encode();
    }

    private void beatUntilStopped() {
        try {
            while (!stop.await(options.heartbeat().toMillis(), TimeUnit.MILLISECONDS) && !lost) {
                beat();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beat() {
        try {
            long before = System.nanoTime();
            byte[] next = renewed();
            Batch batch =
                    Batch.builder()
                            .holds(sessionKey(node), session)
                            .put(sessionKey(node), next)
                            .relaxed()
                            .build();
            CommitOutcome outcome = keySpace.commit(batch);
            if (outcome.committed()) {
                session = next;
                aliveUntilNanos = before + options.timeToLive().toNanos();
            } else {
                reread();
            }
        } catch (KeySpaceException e) {
            // The next beat tries again; alive() tells everybody when it is too late.
        }
    }

    /** After a conflict or an unknown outcome: still our session, or taken over? */
    private void reread() {
        byte @Nullable [] now = keySpace.get(sessionKey(node));
        if (now == null || Session.decode(now).incarnation() != incarnation) {
            lost = true;
        } else if (!Arrays.equals(now, session)) {
            session = now;
        }
    }

    private static byte[] sessionKey(String node) {
        return Keys.family(WorkKeys.FAMILY).u8(WorkKeys.SESSION).text(node).done();
    }

    /** Ends the session, which frees all its leases at once. */
    @Override
    public void close() {
        stop.countDown();
        boolean interrupted = false;
        while (heart.isAlive()) {
            try {
                heart.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        lost = true;
        try {
            keySpace.commit(
                    Batch.builder()
                            .holds(sessionKey(node), session)
                            .delete(sessionKey(node))
                            .build());
        } catch (KeySpaceException e) {
            // Then it runs out by itself.
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
