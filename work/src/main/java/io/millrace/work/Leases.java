package io.millrace.work;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Limits;
import io.millrace.keyspace.Scan;
import io.millrace.kit.MonotonicClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rights that one node of many holds at a time, and the heartbeat that keeps them. Thread-safe.
 *
 * <p>A node has one session, renewed by one write each heartbeat, however many leases it holds. A
 * lease names its owner and the owner's incarnation; it is free when it was released, or when the
 * owner's session has run out by the store's clock or belongs to another incarnation. So a lease's
 * record changes only when its owner does, and the guard on it in every commit of a {@link
 * Tenure#keySpace} is the fence: a node that was asleep for a minute finds that its batch
 * conflicts.
 *
 * <p>Each heartbeat also looks whether the leases are still there, so that an owner that commits
 * nothing learns of a loss within one heartbeat; and a node that can't renew its session says
 * {@link #alive} no more before anybody else may take what it holds.
 */
public final class Leases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
    private static final int SESSION_VERSION = 1;
    private static final int TRIES = 8;
    private static final int ORPHAN_PAGE = 1_000;

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
    private final MonotonicClock clock;
    private final long incarnation;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread heart;
    private final Map<String, Tenure> held = new ConcurrentHashMap<>();
    private volatile byte[] session;
    private volatile long aliveUntilNanos;
    private volatile boolean lost;

    private Leases(KeySpace keySpace, String node, Options options, MonotonicClock clock) {
        this.keySpace = keySpace;
        this.node = node;
        this.options = options;
        this.clock = clock;
        this.incarnation = keySpace.idBlock("incarnations", 1);
        this.session = begin();
        this.heart = Thread.ofVirtual().name("leases-heartbeat").unstarted(this::beatUntilStopped);
    }

    /**
     * Begins the session of a node. The node's name must be its own: a second start under the same
     * name takes over and ends the first one's session.
     */
    public static Leases open(
            KeySpace keySpace, String node, Options options, MonotonicClock clock) {
        if (node.isEmpty() || node.length() > 200) {
            throw new WorkException(
                    WorkException.Code.LIMIT, "the name of a node has 1 to 200 characters");
        }
        Leases leases = new Leases(keySpace, node, options, clock);
        leases.heart.start();
        return leases;
    }

    MonotonicClock clock() {
        return clock;
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
        return !lost && clock.nanos() - aliveUntilNanos < 0;
    }

    /**
     * Takes a lease if it is free; empty while another node holds it. What this node holds already
     * is answered again, the same object: two parts of a program take care not to share a name.
     */
    public Optional<Tenure> acquire(String name) {
        byte[] key = Lease.key(name);
        for (int i = 0; i < TRIES && alive(); i++) {
            Tenure ours = held.get(name);
            if (ours != null && ours.holds()) {
                return Optional.of(ours);
            }
            byte @Nullable [] record = keySpace.get(key);
            Lease before = record == null ? new Lease(name, "", 0, 0) : Lease.decode(name, record);
            if (before.owner().equals(node) && before.incarnation() == incarnation) {
                return Optional.of(hold(before));
            }
            Batch.Builder batch = Batch.builder().unchanged(key, record);
            if (!before.owner().isEmpty() && !guardDead(before, batch)) {
                return Optional.empty();
            }
            Lease mine = new Lease(name, node, incarnation, before.epoch() + 1);
            if (keySpace.commit(batch.put(key, mine.encode()).build()).committed() && alive()) {
                return Optional.of(hold(mine));
            }
        }
        return Optional.empty();
    }

    private Tenure hold(Lease lease) {
        return held.compute(
                lease.name(),
                (name, other) ->
                        other != null && other.lease().equals(lease) && other.holds()
                                ? other
                                : new Tenure(this, lease, keySpace));
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

    /** The leases below a prefix whose owner is dead: what nobody looks after. */
    public List<String> orphans(String prefix) {
        byte[] below = Lease.below(prefix);
        List<String> names = new ArrayList<>();
        byte[] after = below;
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.prefixAfter(below, after, ORPHAN_PAGE));
            for (Entry entry : page) {
                after = entry.key();
                Lease lease = Lease.decode(Lease.name(after), entry.value());
                if (!lease.owner().isEmpty() && guardDead(lease, Batch.builder())) {
                    names.add(lease.name());
                }
            }
        } while (page.size() == ORPHAN_PAGE);
        return names;
    }

    /** Gives a lease back. */
    void release(Tenure tenure) {
        if (!held.remove(tenure.lease().name(), tenure)) {
            return;
        }
        Lease lease = tenure.lease();
        Lease free = new Lease(lease.name(), "", 0, lease.epoch());
        try {
            keySpace.commit(
                    Batch.builder()
                            .holds(Lease.key(lease.name()), lease.encode())
                            .put(Lease.key(lease.name()), free.encode())
                            .build());
        } catch (KeySpaceException e) {
            // It stays ours in the record: taken up again by us, or by others after our session.
            LOG.debug("The lease {} could not be given back: {}", lease.name(), e.toString());
        }
    }

    /** Forgets a lease that is another's. */
    void drop(Tenure tenure) {
        held.remove(tenure.lease().name(), tenure);
    }

    private byte[] begin() {
        for (int i = 0; i < TRIES; i++) {
            long before = clock.nanos();
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
            long before = clock.nanos();
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
                dropWhatWasTaken();
                aliveUntilNanos = before + options.timeToLive().toNanos();
            } else {
                reread();
            }
        } catch (KeySpaceException e) {
            // The next beat tries again; alive() tells everybody when it is too late.
            LOG.debug("The session of {} could not be renewed: {}", node, e.toString());
            lost |= e.code() == KeySpaceException.Code.CLOSED;
        } catch (RuntimeException | Error e) {
            // A heart that stopped would leave this node without leases until it starts again.
            LOG.error("A heartbeat of {} failed; the next one tries again", node, e);
        }
    }

    /** After a pause in which the session ran out, others may have taken some of our leases. */
    private void dropWhatWasTaken() {
        List<Tenure> tenures = List.copyOf(held.values());
        for (int from = 0; from < tenures.size(); from += Limits.MULTI_GET_KEYS) {
            List<Tenure> page =
                    tenures.subList(from, Math.min(tenures.size(), from + Limits.MULTI_GET_KEYS));
            List<byte @Nullable []> records =
                    keySpace.multiGet(page.stream().map(t -> Lease.key(t.lease().name())).toList());
            for (int i = 0; i < page.size(); i++) {
                if (!Arrays.equals(records.get(i), page.get(i).lease().encode())) {
                    LOG.warn("{}", page.get(i).lost().getMessage());
                }
            }
        }
    }

    /** After a conflict or an unknown outcome: still our session, or taken over? */
    private void reread() {
        byte @Nullable [] now = keySpace.get(sessionKey(node));
        if (now == null || Session.decode(now).incarnation() != incarnation) {
            LOG.error("Another start under the name {} took over this node's leases", node);
            lost = true;
            List.copyOf(held.values()).forEach(Tenure::lost);
        } else if (!Arrays.equals(now, session)) {
            session = now;
        }
    }

    /** Refuses a session's row that makes no sense. */
    static void checkSession(byte[] value) {
        Session.decode(value);
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
        List.copyOf(held.values()).forEach(Tenure::lost);
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
