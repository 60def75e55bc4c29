package io.millrace.backup;

import io.millrace.extents.ExtentsException;
import io.millrace.extents.HeldVolumes;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Damage;
import io.millrace.kit.Ids;
import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of a backup: holds still what is copied while everything goes on.
 *
 * <p>The order makes it true. First the spool, so that a segment on its way into the store is in
 * one of both. Then the key space, as a copy of hard links. Then the volumes' tails: a reference is
 * committed only after its extent is durable, so every extent that the copied key space names lies
 * below the tails that are read afterwards; what lies there besides is named by nobody. From before
 * the key space's copy until the volumes have second names no volume is deleted without one.
 *
 * <p>One hold at a time. It ends when it is released, when nobody renewed it for {@link #LEASE},
 * when the process that copies is gone and another comes, when the server ends, or when a disk has
 * no room left and deleted volumes are held. Thread-safe.
 */
public final class Holds implements AutoCloseable {
    /** How long a hold lives that nobody renews. */
    public static final Duration LEASE = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(Holds.class);
    private static final String DIRECTORY = "holds";

    private final KeySpace keySpace;
    private final LocalExtents extents;
    private final Path data;
    private final Path spool;
    private final Path root;
    private final String program;
    private final InstantSource clock;
    private final MonotonicClock time;
    private final Supplier<List<Damage>> damaged;
    private @Nullable Hold current;
    private boolean closed;

    /**
     * The process that copies.
     *
     * @param process its id
     * @param space within which ids mean something: that of another container means nothing here
     */
    public record Copier(long process, @Nullable String space) {
        /** This process. */
        public static Copier current() {
            return new Copier(ProcessHandle.current().pid(), ownSpace());
        }

        private static String ownSpace() {
            try {
                return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            } catch (IOException | UnsupportedOperationException e) {
                return "";
            }
        }

        /** Whether it is known to have ended. */
        private boolean isGone() {
            return ownSpace().equals(space) && ProcessHandle.of(process).isEmpty();
        }
    }

    /**
     * A hold as its owner knows it.
     *
     * @param copier when it is gone the next hold takes its place
     */
    public record Hold(String id, Path directory, Copier copier, long renewedNanos) {
        private Hold renewed(long nanos) {
            return new Hold(id, directory, copier, nanos);
        }
    }

    private Holds(
            KeySpace keySpace,
            LocalExtents extents,
            Path data,
            String program,
            InstantSource clock,
            MonotonicClock time,
            Supplier<List<Damage>> damaged) {
        this.keySpace = keySpace;
        this.extents = extents;
        this.data = data;
        this.spool = data.resolve("spool");
        this.root = directory(data);
        this.program = program;
        this.clock = clock;
        this.time = time;
        this.damaged = damaged;
    }

    static Path directory(Path data) {
        return data.resolve(DIRECTORY);
    }

    /**
     * Opens over a data directory; what an earlier run held is given up.
     *
     * @param damaged asked at each hold what is known to be damaged
     */
    public static Holds open(
            KeySpace keySpace,
            LocalExtents extents,
            Path data,
            String program,
            InstantSource clock,
            MonotonicClock time,
            Supplier<List<Damage>> damaged) {
        Holds holds = new Holds(keySpace, extents, data, program, clock, time, damaged);
        try {
            remove(holds.root);
        } catch (IOException e) {
            throw unavailable("an old hold can't be removed", e);
        }
        return holds;
    }

    /**
     * Holds still.
     *
     * @param copier the process that will copy
     * @throws BackupException BUSY while another hold lives, INVALID when this key space can't
     */
    public synchronized Hold take(Copier copier) {
        expire();
        if (current != null && current.copier().isGone()) {
            release(current.id());
        }
        if (current != null || closed) {
            throw new BackupException(
                    BackupException.Code.BUSY, "another backup of this server runs");
        }
        String id = Ids.secret(20).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "x");
        Hold hold = new Hold(id, root.resolve(id), copier, time.nanos());
        try {
            Files.createDirectories(hold.directory());
            hold(hold);
        } catch (KeySpaceException e) {
            end(hold);
            throw new BackupException(
                    BackupException.Code.INVALID, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            end(hold);
            throw unavailable("the data can't be held", e);
        } catch (ExtentsException e) {
            end(hold);
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            end(hold);
            throw e;
        }
        current = hold;
        Thread.ofVirtual().name("backup-hold").start(() -> watch(id));
        LOG.info("A backup begins: hold {}", id);
        return hold;
    }

    private void hold(Hold hold) throws IOException {
        linkSpool(hold);
        Instant from = clock.instant();
        List<HeldVolumes> volumes =
                extents.hold(
                        hold.id(),
                        () -> keySpace.checkpoint(hold.directory().resolve(Held.KEY_SPACE)));
        Manifest.Moment moment = new Manifest.Moment(from, clock.instant());
        linkSpool(hold);
        List<Held.Extents> held = new ArrayList<>();
        for (HeldVolumes one : volumes) {
            Path small = hold.directory().resolve("extents-" + held.size());
            Files.createDirectories(small);
            for (HeldVolumes.Small file : one.identity()) {
                Files.write(small.resolve(file.file()), file.bytes());
            }
            held.add(
                    new Held.Extents(
                            one.directory().toString(),
                            one.volumes().stream()
                                    .map(v -> new Held.Volume(v.file(), v.tail(), v.sealed()))
                                    .toList()));
        }
        Held description =
                new Held(
                        Held.VERSION,
                        keySpace.id().toString(),
                        Lineage.of(data, keySpace.id().toString()),
                        moment,
                        program,
                        hold.directory().toString(),
                        damaged.get().stream().map(Damage::toString).toList(),
                        held);
        Files.write(hold.directory().resolve(Held.FILE), Json.write(description));
    }

    /** Twice: what is there before the key space is copied, and what came until after. */
    private void linkSpool(Hold hold) throws IOException {
        Path into = Files.createDirectories(hold.directory().resolve(Held.SPOOL));
        if (Files.notExists(spool)) {
            return;
        }
        try (Stream<Path> files = Files.list(spool)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".segment")).toList()) {
                Path link = into.resolve(file.getFileName());
                if (Files.notExists(link) && Files.exists(file)) {
                    link(link, file);
                }
            }
        }
    }

    private static void link(Path link, Path file) throws IOException {
        try {
            Files.createLink(link, file);
        } catch (java.nio.file.NoSuchFileException e) {
            // It left for the store between; the key space's copy, made later, has it.
            LOG.debug("{} left the spool", file);
        }
    }

    /** Keeps a hold alive; false when it has ended. */
    public synchronized boolean renew(String id) {
        expire();
        Hold hold = current;
        if (hold == null || !hold.id().equals(id)) {
            return false;
        }
        current = hold.renewed(time.nanos());
        return true;
    }

    /** Ends a hold; false when it had ended before. */
    public synchronized boolean release(String id) {
        Hold hold = current;
        if (hold == null || !hold.id().equals(id)) {
            return false;
        }
        current = null;
        end(hold);
        LOG.info("Hold {} ends", id);
        return true;
    }

    private void watch(String id) {
        try {
            while (alive(id)) {
                Thread.sleep(1_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean alive(String id) {
        expire();
        return current != null && current.id().equals(id);
    }

    private void expire() {
        Hold hold = current;
        if (hold == null) {
            return;
        }
        boolean late = time.hasElapsed(hold.renewedNanos(), LEASE);
        if (late || !extents.isHeld(hold.id())) {
            LOG.warn("Hold {} ends: {}", hold.id(), late ? "not renewed" : "the disk is full");
            current = null;
            end(hold);
        }
    }

    private void end(Hold hold) {
        try {
            extents.release(hold.id());
            remove(hold.directory());
        } catch (IOException | ExtentsException e) {
            LOG.warn("What hold {} held is removed at the next start", hold.id(), e);
        }
    }

    static void remove(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static BackupException unavailable(String what, IOException e) {
        return new BackupException(
                BackupException.Code.UNAVAILABLE, what + ": " + e.getMessage(), e);
    }

    /** Ends the hold that lives; to be closed before the key space and the extents. */
    @Override
    public synchronized void close() {
        closed = true;
        Hold hold = current;
        current = null;
        if (hold != null) {
            end(hold);
        }
    }
}
