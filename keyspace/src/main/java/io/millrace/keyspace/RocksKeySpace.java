package io.millrace.keyspace;

import io.millrace.keyspace.files.LogCheck;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The key space embedded in this process, on RocksDB.
 *
 * <p>Reads go straight to RocksDB from the caller's thread; they are short enough for virtual
 * threads. Every change goes through the one {@link Committer}. The directory holds RocksDB's
 * files, a lock file and a format record; the format is described in docs/formats/keyspace.md.
 */
public final class RocksKeySpace implements KeySpace {
    private final Path directory;
    private final RocksDatabase database;
    private final RocksReads reads;
    private final DirectoryLock lock;
    private final RocksGroupWriter writer;
    private final DiskSpace space;
    private final RocksGiveBack giveBack;
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    private final Committer committer;
    private volatile LongConsumer commits = _ -> {};
    private final InstantSource steady;

    private RocksKeySpace(
            RocksDatabase database,
            DirectoryLock lock,
            Path directory,
            RocksOptions options,
            Damages damages,
            Clocks clocks)
            throws IOException, RocksDBException {
        this.steady = clocks.steady();
        this.database = database;
        this.directory = directory;
        Gate gate = new Gate();
        this.reads = new RocksReads(database, gate, directory, damages);
        this.lock = lock;
        this.space = DiskSpace.of(directory, options.reserve());
        this.giveBack = new RocksGiveBack(database, space, gate);
        this.reads.files(database).tellGone();
        // After all that may fail, for nobody would close it then.
        this.writer = new RocksGroupWriter(database.db(), database.families(), directory);
        this.committer = new Committer(writer, options.queuedCommits(), space);
    }

    /** Opens the key space in a directory with the standard options; makes it if it isn't there. */
    public static RocksKeySpace open(Path directory) {
        return open(directory, RocksOptions.standard(), new Damages(), Clocks.system());
    }

    /**
     * Opens the key space in a directory; makes it if it isn't there.
     *
     * <p>Damage is looked for before the engine touches a file: then nothing is opened, nothing is
     * changed, and the evidence stays.
     *
     * @param damages hears of damage that reads meet later
     * @param clocks for {@link #storeNow}
     * @throws KeySpaceException LOCKED when another process has it, FORMAT when another version
     *     wrote it, CORRUPT when a file is damaged, UNAVAILABLE when the disk refuses
     */
    public static RocksKeySpace open(
            Path directory, RocksOptions options, Damages damages, Clocks clocks) {
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                return open(directory, options, damages, clocks, lock);
            } catch (RocksDBException | RuntimeException | IOException e) {
                lock.close();
                throw e;
            }
        } catch (DirectoryLock.Held e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.LOCKED, "the key space: " + e.getMessage(), e);
        } catch (RocksDBException e) {
            if (RocksFailure.isDamage(e)) {
                throw RocksFailure.of(e, directory);
            }
            throw notOpening(directory, e);
        } catch (IOException e) {
            throw notOpening(directory, e);
        }
    }

    private static KeySpaceException notOpening(Path directory, Exception e) {
        return new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "the key space in " + directory + " does not open: " + e.getMessage(),
                e);
    }

    /**
     * Opens what is there for reading alone, past the damage of the log: nothing in the directory
     * is changed, commits are refused.
     *
     * @param scratch a directory for the engine's own messages and library
     * @param damages hears of damage that reads meet
     * @throws KeySpaceException as {@link #open(Path, RocksOptions, Damages, Clocks)}; CORRUPT only
     *     when the damage leaves nothing to read
     */
    public static KeySpace openReadOnly(Path directory, Path scratch, Damages damages) {
        try {
            return new ReadOnlyKeySpace(
                    RocksDatabase.openReadOnly(directory, scratch), directory, damages);
        } catch (RocksDBException e) {
            if (RocksFailure.isDamage(e)) {
                throw RocksFailure.of(e, directory);
            }
            throw notOpening(directory, e);
        } catch (IOException e) {
            throw notOpening(directory, e);
        }
    }

    private static RocksKeySpace open(
            Path directory,
            RocksOptions options,
            Damages damages,
            Clocks clocks,
            DirectoryLock lock)
            throws RocksDBException, IOException {
        refuseDamage(directory);
        RocksDatabase database = RocksDatabase.open(directory, options);
        try {
            RocksKeySpace keySpace =
                    new RocksKeySpace(database, lock, directory, options, damages, clocks);
            keySpace.committer.start();
            return keySpace;
        } catch (RuntimeException | IOException | RocksDBException e) {
            database.close();
            throw e;
        }
    }

    private static void refuseDamage(Path directory) throws IOException {
        List<Damage> damages = new ArrayList<>(LogCheck.of(directory).damages());
        if (damages.isEmpty()) {
            damages.addAll(WatermarkRow.lost(directory));
        }
        if (!damages.isEmpty()) {
            throw KeySpaceException.damaged(damages, null);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return reads.get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return reads.multiGet(keys);
    }

    @Override
    public List<Entry> scan(Scan scan) {
        return reads.scan(scan);
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        return reads.scanDelimited(prefix, delimiter, after, limit);
    }

    @Override
    public Optional<KeySpaceFiles> files() {
        return Optional.of(reads.files(database));
    }

    /** Hard links to RocksDB's files; what is in memory is written into a table first. */
    @Override
    public void checkpoint(Path copy) {
        reads.checkpoint(copy);
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        long start = CLOCK.nanos();
        try {
            return committer.commit(batch);
        } finally {
            commits.accept(CLOCK.nanos() - start);
        }
    }

    @Override
    public void onCommit(LongConsumer observer) {
        commits = observer;
    }

    /**
     * The machine's time when the key space was opened and what has passed since: leases and graces
     * last as long as they were given, whoever sets the clock.
     */
    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public Instant storeNow() {
        return steady.instant().truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public long idBlock(String name, int count) {
        return IdBlocks.next(this, name, count);
    }

    @Override
    public Optional<DiskSpace> disk() {
        return Optional.of(space);
    }

    @Override
    public void giveBack() {
        try {
            giveBack.run();
        } catch (RocksDBException e) {
            throw RocksFailure.of(e, directory);
        }
    }

    @Override
    public Optional<KeySpaceException> failure() {
        return committer.failure();
    }

    @Override
    public void close() {
        committer.close();
        if (!reads.close()) {
            return;
        }
        if (committer.failure().isEmpty()) {
            database.flush();
        }
        // After the flush: the watermark knows how long the manifest is then.
        writer.close();
        database.close();
        try {
            lock.close();
        } catch (IOException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE, "the lock file does not close", e);
        }
    }
}
