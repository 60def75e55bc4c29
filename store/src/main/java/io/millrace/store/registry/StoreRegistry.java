package io.millrace.store.registry;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.extents.StoreIdentity;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Scan;
import io.millrace.kit.DirectoryLock;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets an extent store take part in a key space, or says why not.
 *
 * <p>Every start gets a new random id. The directory notes it first, together with the start that
 * the key space had before; then the key space takes it as the latest, guarded by what it had. So a
 * directory that knows the key space's latest start is the one that made it (or crashed just
 * before), and any other is a copy, or was set back: its volumes would be other volumes under the
 * same numbers. Nothing is stored before the key space has answered.
 */
public final class StoreRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRegistry.class);
    private static final int FORMAT = 1;
    static final String RUN = "store/run/";

    /** Longer than a session lives without its heartbeat. */
    static final int PATIENCE_TRIES = 75;

    static final Duration PATIENCE_STEP = Duration.ofMillis(200);
    private static final int MOST_STORES = 10_000;

    private final Space space;
    private final InstantSource clock;
    private final Consumer<Duration> pause;

    public StoreRegistry(Space space, InstantSource clock) {
        this(space, clock, Space::pause);
    }

    /**
     * @param pause between two looks whether another run has ended
     */
    StoreRegistry(Space space, InstantSource clock, Consumer<Duration> pause) {
        this.space = space;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Registers a start of these extents.
     *
     * @return the right to run this extent store, held until it is closed; empty for extents that
     *     this process has registered before and that are still open
     * @throws StoreException EXTENTS_REFUSED with the reason and the way out
     */
    public Optional<Tenure> register(Extents extents, Leases leases) {
        try {
            StoreIdentity identity = extents.identity();
            UUID keySpace = space.id();
            refuseOtherKeySpace(identity, keySpace);
            StoreRow row = row(space, identity);
            if (identity.joined() && row != null && row.start().equals(identity.offered())) {
                return Optional.empty();
            }
            refuseCopyOfRunning(identity, row);
            Tenure running = run(identity, leases);
            try {
                register(extents, identity, keySpace, leases);
                return Optional.of(running);
            } catch (RuntimeException e) {
                running.close();
                throw e;
            }
        } catch (ExtentsException e) {
            throw new StoreException(
                    StoreException.Code.EXTENTS_REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Why a start of these extents over these rows would be refused: either was set back, or the
     * two don't belong together.
     */
    public static Optional<String> refusal(KeySpace rows, StoreIdentity identity) {
        if (identity.adopt()) {
            return Optional.empty();
        }
        Space space = new Space(rows, false);
        try {
            if (identity.keySpace() != null) {
                id(space).ifPresent(id -> refuseOtherKeySpace(identity, id));
            }
            StoreRow row = row(space, identity);
            refuseSetBack(identity, row);
            if (row == null) {
                refuseEmptied(space, identity, others -> space.embedded());
            } else {
                refuseCopy(identity, row);
            }
            return Optional.empty();
        } catch (StoreException e) {
            if (e.getCause() instanceof KeySpaceException engine
                    && engine.code() != KeySpaceException.Code.CORRUPT) {
                throw engine;
            }
            // Who reads the rows tells of one that doesn't read; it hides nothing else.
            return e.code() == StoreException.Code.EXTENTS_REFUSED
                    ? Optional.ofNullable(e.getMessage())
                    : Optional.empty();
        }
    }

    /**
     * Empty where its row makes no sense, of which others tell, or is not there to be read only.
     */
    private static Optional<UUID> id(Space space) {
        try {
            return Optional.of(space.id());
        } catch (StoreException e) {
            if (e.getCause() instanceof KeySpaceException engine
                    && (engine.code() == KeySpaceException.Code.FORMAT
                            || engine.code() == KeySpaceException.Code.FAILED)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static @Nullable StoreRow row(Space space, StoreIdentity identity) {
        byte @Nullable [] read = space.get(StoreKeys.extentStore(identity.store()));
        return read == null ? null : StoreRow.decode(read);
    }

    /** Waits until a run that ended without a word elsewhere counts as dead. */
    private Tenure run(StoreIdentity identity, Leases leases) {
        for (int i = 0; i < PATIENCE_TRIES; i++) {
            Optional<Tenure> running = leases.acquire(RUN + identity.store());
            if (running.isPresent()) {
                return running.get();
            }
            pause.accept(PATIENCE_STEP);
        }
        throw copyOfRunning(identity, row(space, identity));
    }

    /**
     * An embedded key space is copied with its directory and can't tell; but where the store was
     * last, somebody is still at work. What a restore made is a store of its own from there on.
     */
    private static void refuseCopyOfRunning(StoreIdentity identity, @Nullable StoreRow row) {
        if (row == null || identity.adopt() || row.place().equals(identity.place())) {
            return;
        }
        Optional<Path> other = row.place().here();
        try {
            if (other.isPresent() && DirectoryLock.isHeld(other.get())) {
                throw copyOfRunning(identity, row);
            }
        } catch (IOException e) {
            LOG.warn("{} can't be looked at: {}", other.get(), e.toString());
        }
    }

    private static StoreException copyOfRunning(StoreIdentity identity, @Nullable StoreRow row) {
        return refused(
                identity.place().address()
                        + " is a copy of extent store "
                        + identity.store()
                        + ", which is running at "
                        + (row == null ? "another node" : row.latest())
                        + ": one store has one directory. Remove the copy, or stop that server and"
                        + " start only one of the two from then on");
    }

    private static void refuseOtherKeySpace(StoreIdentity identity, UUID keySpace) {
        UUID its = identity.keySpace();
        if (its != null && !its.equals(keySpace)) {
            throw refused(
                    identity.place().address()
                            + " has the bytes of key space "
                            + its
                            + ", this is key space "
                            + keySpace
                            + ": start with the key space it belongs to, or name another directory");
        }
    }

    private void register(Extents extents, StoreIdentity identity, UUID keySpace, Leases leases) {
        byte[] key = StoreKeys.extentStore(identity.store());
        byte @Nullable [] before = space.get(key);
        StoreRow row = before == null ? null : StoreRow.decode(before);
        if (!identity.adopt()) {
            refuseSetBack(identity, row);
            if (row == null) {
                refuseEmptied(
                        space,
                        identity,
                        others -> space.embedded() && others.stream().noneMatch(runs(leases)));
            } else {
                refuseCopy(identity, row);
            }
        }
        long epoch = epoch(identity, row);
        StoreRow now = new StoreRow(epoch, UUID.randomUUID(), clock.millis(), identity.place());
        Batch.Builder batch = Batch.builder().unchanged(key, before).put(key, now.encode());
        claimUnnamed(batch, identity);
        extents.join(keySpace, epoch, row == null ? null : row.start(), now.start());
        // The directory is about to be told, for good: a power cut must not take the row from it.
        if (!space.commitDurably(batch, () -> Arrays.equals(space.get(key), now.encode()))) {
            throw new StoreException(
                    StoreException.Code.BUSY, "another start came between: start again");
        }
        extents.confirm();
        LOG.info("Extent store {} at {}, start {}", identity.store(), now.place().address(), epoch);
    }

    /**
     * A key space that noted a start and doesn't know it any more is an old one. What was stored
     * since would be "not found", and its bytes nobody's, to be freed.
     */
    private static void refuseSetBack(StoreIdentity identity, @Nullable StoreRow row) {
        if (identity.confirmed() && (row == null || row.epoch() < identity.epoch())) {
            throw refused(
                    "The key space was set back: it knows extent store "
                            + identity.store()
                            + (row == null ? " not at all" : " as it was until " + row.latest())
                            + ", and "
                            + identity.place().address()
                            + " was started since. Put the latest key space back. If it is gone"
                            + " for good, make an empty file store.adopt in that directory and"
                            + " start again: what was stored since is lost");
        }
    }

    /**
     * A directory that is empty where a store was: most likely its disk is not mounted.
     *
     * @param leftBehind whether nobody has these other stores any more
     */
    private static void refuseEmptied(
            Space space, StoreIdentity identity, Predicate<List<Entry>> leftBehind) {
        if (identity.keySpace() != null) {
            return;
        }
        List<Entry> others = space.scan(Scan.prefix(StoreKeys.extentStores(), MOST_STORES));
        for (Entry entry : others) {
            StoreRow other = StoreRow.decode(entry.value());
            if (other.place().address().equals(identity.place().address())) {
                throw refused(
                        identity.place().address()
                                + " is a new directory where an extent store was until "
                                + other.latest()
                                + ": is its disk mounted? To begin a new store, name another"
                                + " directory");
            }
        }
        if (!others.isEmpty() && leftBehind.test(others)) {
            refuseWithout(others, identity);
        }
    }

    private static Predicate<Entry> runs(Leases leases) {
        return other -> leases.holder(RUN + StoreKeys.extentStore(other.key())).isPresent();
    }

    /** On one machine a second store means that the first one was left behind. */
    private static void refuseWithout(List<Entry> others, StoreIdentity identity) {
        String places =
                others.stream()
                        .map(
                                other ->
                                        StoreKeys.extentStore(other.key())
                                                + ", last at "
                                                + StoreRow.decode(other.value()).latest())
                        .collect(Collectors.joining("; "));
        String here = identity.place().address();
        throw refused(
                "The bytes of this key space are in extent store "
                        + places
                        + ", and "
                        + here
                        + " is new and empty: put the files of that directory here, or name it in"
                        + " extents.directories. If it is gone for good, make an empty file"
                        + " store.adopt in "
                        + here
                        + " and start again: what was stored there is lost");
    }

    private static void refuseCopy(StoreIdentity identity, StoreRow row) {
        boolean latest = row.start().equals(identity.offered());
        boolean forgot = identity.epoch() == 0 && row.place().key().equals(identity.place().key());
        if (row.epoch() < identity.epoch()) {
            // A start that was cut off before the key space heard of it, or that did not confirm
            // what the key space, set back since, had heard: it has all that is referred to.
            LOG.info(
                    "The key space knows start {} of extent store {}, the directory start {}",
                    row.epoch(),
                    identity.store(),
                    identity.epoch());
        } else if (!latest && !forgot) {
            throw refused(
                    identity.place().address()
                            + " is a copy of extent store "
                            + identity.store()
                            + ", or was set back: the store was started since at "
                            + row.latest()
                            + ". Start that one. If it is gone for good, make an empty file"
                            + " store.adopt in this directory and start again: what was stored"
                            + " there since is lost");
        }
    }

    /** Above that of every start that may have written something. */
    private static long epoch(StoreIdentity identity, @Nullable StoreRow row) {
        if (row == null) {
            return identity.epoch() + 1;
        }
        boolean cutOff =
                row.start().equals(identity.accepted()) && row.epoch() + 1 == identity.epoch();
        return cutOff ? identity.epoch() : Math.max(identity.epoch(), row.epoch()) + 1;
    }

    /** References of version 1 mean one store; it is written down which, once. */
    private void claimUnnamed(Batch.Builder batch, StoreIdentity identity) {
        if (!identity.unnamed()) {
            return;
        }
        byte[] key = StoreKeys.unnamedStore();
        byte @Nullable [] read = space.get(key);
        if (read == null) {
            StoreId store = identity.store();
            byte[] claim = new Out(17).u8(FORMAT).u64(store.high()).u64(store.low()).done();
            batch.absent(key).put(key, claim);
            return;
        }
        StoreId other = unnamed(read);
        if (!other.equals(identity.store())) {
            throw refused(
                    identity.place().address()
                            + " has volumes of version 0.1, and so has extent store "
                            + other
                            + " of this key space; which of the two an object of version 0.1 means"
                            + " can't be told. Name an empty directory for this server");
        }
    }

    /** The store that has the volumes of version 1. */
    static StoreId unnamed(byte[] value) {
        In in = In.record(value, FORMAT, "the store of version 0.1");
        return new StoreId(in.u64(), in.u64());
    }

    private static StoreException refused(String text) {
        return new StoreException(StoreException.Code.EXTENTS_REFUSED, text);
    }
}
