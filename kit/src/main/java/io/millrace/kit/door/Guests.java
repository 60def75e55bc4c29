package io.millrace.kit.door;

import io.millrace.kit.MonotonicClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The connections at a door and what it holds for them. A full door turns nobody away at once: it
 * sheds who keeps it waiting longest, so whoever does what they came for in less time than an
 * attacker needs to fill it again is never hindered. Thread-safe.
 *
 * <p>In this order, each from the longest waiting: strangers who have to send or take something;
 * strangers at rest; at rest, who has proved who they are. If none of them has waited for a second
 * it is the oldest stranger, which may be the newcomer: whoever is known and in the midst of
 * something is never given up for a connection. Who moves {@value #STEP_BYTES} bytes waits anew
 * from there: so a fast reader of a large body is young, a slow one old.
 *
 * <p>When bytes are short, out of the {@value #LOOKED_AT} longest waiting who hold any the one with
 * the most bytes times waiting goes: strangers first, then who is known; if the door waits for
 * nobody, who asks.
 */
public final class Guests {
    private static final int CROWD = 1_000;

    /** What moves a client to the end of those who are waited for. */
    static final int STEP_BYTES = 64 << 10;

    static final int LOOKED_AT = 32;

    /** How far one of an address is looked for. */
    private static final int FAR = 8 * LOOKED_AT;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DoorBounds bounds;
    private final MonotonicClock clock;
    private final Addresses addresses;
    private final ReentrantLock lock = new ReentrantLock();

    /** By the order in which they go. */
    private final WaitingList strangersAwaited = new WaitingList();

    private final WaitingList strangersIdle = new WaitingList();
    private final WaitingList knownIdle = new WaitingList();
    private final WaitingList knownAwaited = new WaitingList();
    private final List<WaitingList> forRoom = List.of(strangersAwaited, strangersIdle, knownIdle);
    private final List<WaitingList> forBytes =
            List.of(strangersAwaited, strangersIdle, knownIdle, knownAwaited);

    private int connections;
    private long heldBytes;
    private final LongAdder refused = new LongAdder();
    private final LongAdder shedForRoom = new LongAdder();
    private final LongAdder shedForBytes = new LongAdder();
    private final LongAdder shedForTime = new LongAdder();

    public Guests(DoorBounds bounds, MonotonicClock clock) {
        this(bounds, clock, new Addresses());
    }

    private Guests(DoorBounds bounds, MonotonicClock clock, Addresses addresses) {
        this.bounds = bounds;
        this.clock = clock;
        this.addresses = addresses;
    }

    /** One for each of so many event loops, which share out the bounds but for an address's. */
    public static List<Guests> parts(DoorBounds bounds, MonotonicClock clock, int loops) {
        Addresses addresses = new Addresses();
        List<Guests> parts = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            parts.add(new Guests(bounds.part(loops), clock, addresses));
        }
        return List.copyOf(parts);
    }

    /**
     * A connection comes.
     *
     * @param address null where that is not known, or counts for nothing
     * @param shed closes it, from any thread and soon; called at most once
     * @return null when its address has too many already, none of which can go: close it
     */
    public @Nullable Guest enter(@Nullable InetAddress address, Runnable shed) {
        Addresses.Usage usage = null;
        if (address != null) {
            usage = enterAddress(address);
            if (usage == null) {
                refused.increment();
                return null;
            }
        }
        Guest guest = new Guest(this, usage, shed);
        Guest goes = null;
        lock.lock();
        try {
            connections++;
            guest.sinceNanos = clock.nanos();
            strangersIdle.add(guest);
            if (connections > bounds.connections()) {
                goes = longestWaiting();
                if (goes != null) {
                    forget(goes);
                    shedForRoom.increment();
                }
            }
        } finally {
            lock.unlock();
        }
        if (goes != null) {
            goes.shed();
        }
        return guest;
    }

    private Addresses.@Nullable Usage enterAddress(InetAddress address) {
        int most = bounds.addressConnections();
        Addresses.Usage usage = addresses.enter(address, most);
        if (usage != null) {
            return usage;
        }
        Guest goes;
        lock.lock();
        try {
            goes = idlest(addresses.of(address));
            if (goes != null) {
                forget(goes);
                shedForRoom.increment();
            }
        } finally {
            lock.unlock();
        }
        if (goes == null) {
            return null;
        }
        goes.shed();
        return addresses.enter(address, most);
    }

    /** Under the lock: of one address, who has waited for a second; looked for among the oldest. */
    private @Nullable Guest idlest(Addresses.@Nullable Usage usage) {
        long now = clock.nanos();
        for (WaitingList list : forRoom) {
            int seen = 0;
            for (Guest at = list.first(); at != null && seen < FAR; at = at.after) {
                if (now - at.sinceNanos < PATIENCE_NANOS) {
                    break;
                }
                if (at.usage == usage) {
                    return at;
                }
                seen++;
            }
        }
        return null;
    }

    void hold(Guest guest, long bytes) {
        List<Guest> going = List.of();
        lock.lock();
        try {
            if (guest.state == Guest.State.GONE) {
                return;
            }
            count(guest, bytes);
            if (bytes > 0) {
                going = makeRoom(guest);
            }
        } finally {
            lock.unlock();
        }
        going.forEach(Guest::shed);
    }

    void holding(Guest guest, long bytes) {
        List<Guest> going = List.of();
        lock.lock();
        try {
            if (guest.state == Guest.State.GONE || bytes == guest.heldBytes) {
                return;
            }
            boolean more = bytes > guest.heldBytes;
            count(guest, bytes - guest.heldBytes);
            if (more) {
                going = makeRoom(guest);
            }
        } finally {
            lock.unlock();
        }
        going.forEach(Guest::shed);
    }

    private void count(Guest guest, long bytes) {
        guest.heldBytes += bytes;
        heldBytes += bytes;
        if (guest.usage != null) {
            guest.usage.bytes.addAndGet(bytes);
        }
    }

    /** Under the lock: who goes, forgotten already. */
    private List<Guest> makeRoom(Guest asking) {
        Addresses.Usage usage = asking.usage;
        boolean addressHasTooMuch = usage != null && usage.bytes.get() > bounds.addressBytes();
        if (!addressHasTooMuch && heldBytes <= bounds.bytes()) {
            return List.of();
        }
        List<Guest> going = new ArrayList<>();
        while (usage != null && usage.bytes.get() > bounds.addressBytes()) {
            Guest goes = longestWaiting(usage);
            if (goes == null) {
                goes = asking;
            }
            if (goes.state == Guest.State.GONE) {
                break;
            }
            forget(goes);
            shedForBytes.increment();
            going.add(goes);
        }
        while (heldBytes > bounds.bytes()) {
            Guest goes = greediest();
            if (goes == null) {
                goes = asking.state == Guest.State.GONE ? null : asking;
            }
            if (goes == null) {
                break;
            }
            forget(goes);
            shedForBytes.increment();
            going.add(goes);
        }
        return going;
    }

    /** Under the lock: who makes room for another connection. */
    private @Nullable Guest longestWaiting() {
        long now = clock.nanos();
        Guest young = null;
        for (WaitingList list : forRoom) {
            Guest first = list.first();
            if (first == null) {
                continue;
            }
            if (now - first.sinceNanos >= PATIENCE_NANOS) {
                return first;
            }
            boolean older = young == null || first.sinceNanos - young.sinceNanos < 0;
            if (!first.known && older) {
                young = first;
            }
        }
        return young;
    }

    /** Under the lock: who gives bytes back; null when the server itself is the slow one. */
    private @Nullable Guest greediest() {
        long now = clock.nanos();
        for (WaitingList list : forBytes) {
            Guest most = greediest(list, now);
            if (most != null) {
                return most;
            }
        }
        return null;
    }

    /** Under the lock: of one address, who holds something; not further down than is cheap. */
    private @Nullable Guest longestWaiting(Addresses.Usage usage) {
        for (WaitingList list : forBytes) {
            int seen = 0;
            for (Guest at = list.first(); at != null && seen < FAR; at = at.after) {
                seen++;
                if (at.usage == usage && at.heldBytes > 0) {
                    return at;
                }
            }
        }
        return null;
    }

    private static @Nullable Guest greediest(WaitingList list, long now) {
        Guest most = null;
        double worst = 0;
        int seen = 0;
        for (Guest at = list.first(); at != null && seen < LOOKED_AT; at = at.after) {
            if (at.heldBytes > 0) {
                seen++;
                double weight = (double) at.heldBytes * Math.max(1, now - at.sinceNanos);
                if (weight > worst) {
                    worst = weight;
                    most = at;
                }
            }
        }
        return most;
    }

    void to(Guest guest, Guest.State state) {
        lock.lock();
        try {
            boolean same = guest.state == state && state != Guest.State.IDLE;
            if (guest.state == Guest.State.GONE || same) {
                return;
            }
            unlist(guest);
            guest.state = state;
            guest.movedBytes = 0;
            enlist(guest);
        } finally {
            lock.unlock();
        }
    }

    boolean isServed(Guest guest) {
        lock.lock();
        try {
            return guest.state == Guest.State.SERVED;
        } finally {
            lock.unlock();
        }
    }

    void begins(Guest guest) {
        lock.lock();
        try {
            if (guest.state == Guest.State.IDLE) {
                to(guest, Guest.State.AWAITED);
            }
        } finally {
            lock.unlock();
        }
    }

    void moved(Guest guest, long bytes) {
        lock.lock();
        try {
            guest.movedBytes += bytes;
            if (guest.movedBytes >= STEP_BYTES) {
                guest.movedBytes = 0;
                if (guest.state == Guest.State.AWAITED) {
                    unlist(guest);
                    enlist(guest);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    void proven(Guest guest) {
        lock.lock();
        try {
            if (!guest.known && guest.state != Guest.State.GONE) {
                guest.known = true;
                unlist(guest);
                enlist(guest);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean beginsUnproven(Guest guest) {
        lock.lock();
        try {
            if (guest.state == Guest.State.GONE) {
                return false;
            }
            Addresses.Usage usage = guest.usage;
            if (usage == null) {
                return true;
            }
            if (usage.unproven.incrementAndGet() > bounds.addressUnproven()) {
                usage.unproven.decrementAndGet();
                refused.increment();
                return false;
            }
            guest.unproven++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void endsUnproven(Guest guest) {
        lock.lock();
        try {
            if (guest.unproven > 0 && guest.usage != null) {
                guest.unproven--;
                guest.usage.unproven.decrementAndGet();
            }
        } finally {
            lock.unlock();
        }
    }

    void leaves(Guest guest) {
        lock.lock();
        try {
            forget(guest);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void forget(Guest guest) {
        if (guest.state == Guest.State.GONE) {
            return;
        }
        unlist(guest);
        while (guest.unproven > 0) {
            endsUnproven(guest);
        }
        count(guest, -guest.heldBytes);
        guest.state = Guest.State.GONE;
        connections--;
        if (guest.usage != null) {
            addresses.leave(guest.usage);
        }
    }

    private static void unlist(Guest guest) {
        WaitingList list = guest.list;
        if (list != null) {
            list.remove(guest);
        }
    }

    private void enlist(Guest guest) {
        guest.sinceNanos = clock.nanos();
        switch (guest.state) {
            case IDLE -> (guest.known ? knownIdle : strangersIdle).add(guest);
            case AWAITED -> (guest.known ? knownAwaited : strangersAwaited).add(guest);
            case SERVED, GONE -> {}
        }
    }

    /**
     * Sheds strangers who have been waited for so long without moving {@value #STEP_BYTES} bytes.
     *
     * @return how many
     */
    public int shedOlderThan(Duration patience) {
        List<Guest> going = new ArrayList<>();
        lock.lock();
        try {
            Guest oldest = strangersAwaited.first();
            while (oldest != null && clock.hasElapsed(oldest.sinceNanos, patience)) {
                forget(oldest);
                shedForTime.increment();
                going.add(oldest);
                oldest = strangersAwaited.first();
            }
        } finally {
            lock.unlock();
        }
        going.forEach(Guest::shed);
        return going.size();
    }

    /** Whether more than half of the bytes are taken: whoever can do with less should. */
    public boolean isShort() {
        lock.lock();
        try {
            return heldBytes > bounds.bytes() / 2;
        } finally {
            lock.unlock();
        }
    }

    /** Whether so many are here that each is to be held little for. */
    public boolean isCrowded() {
        return connections() > CROWD;
    }

    /** Connections now. */
    public int connections() {
        lock.lock();
        try {
            return connections;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes held now. */
    public long heldBytes() {
        lock.lock();
        try {
            return heldBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Addresses with a connection. */
    public int addresses() {
        return addresses.count();
    }

    /** Connections and requests turned away because their address had too many. */
    public long refused() {
        return refused.sum();
    }

    /** Connections shed because there were too many. */
    public long shedForRoom() {
        return shedForRoom.sum();
    }

    /** Connections shed because the door, or their address, held too many bytes. */
    public long shedForBytes() {
        return shedForBytes.sum();
    }

    /** Connections shed because they took too long. */
    public long shedForTime() {
        return shedForTime.sum();
    }
}
