package io.millrace.keyspace;

import io.millrace.kit.DiskSpace;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One ordered map from bytes to bytes, changed only by guarded batches.
 *
 * <p>Keys compare as unsigned bytes. The way to change anything: read what you need, then one
 * {@link #commit} whose guards say what you read; a {@link CommitOutcome.Conflict} means that
 * somebody was faster, so read again. Scans are not guarded: where a phantom matters, guard an
 * explicit key.
 *
 * <p>Limits ({@link Limits}): key 1 to 1,300 bytes whose first byte is 0x01 to 0xFE, value ≤ 64
 * KiB, batch < 1 MB and ≤ 4,096 operations, scan ≤ 10,000 entries. Past them: {@link
 * KeySpaceException} with {@code LIMIT}.
 *
 * <p>Every method may be called from any thread, virtual ones too, and throws {@link
 * KeySpaceException} when the engine fails. A read sees every commit that was answered before it
 * began.
 */
public interface KeySpace extends AutoCloseable {
    /** The value of a key, or null when it is absent. */
    byte @Nullable [] get(byte[] key);

    /** The values of several keys in their order, null where absent; at most 1,000 keys. */
    List<byte @Nullable []> multiGet(List<byte[]> keys);

    /** The entries of a range in order. */
    List<Entry> scan(Scan scan);

    /**
     * The keys that begin with {@code prefix}, where all that share the part up to the first {@code
     * delimiter} after the prefix are rolled into one {@link Listed.Group}.
     *
     * <p>Only keys above {@code after} count (empty: from the start). When {@code after} is itself
     * the common prefix of a group, that whole group is passed over: so the next page continues
     * after {@link Listed#position} of the last element. An empty delimiter rolls nothing. Whole
     * groups are skipped by seeks, never read through.
     */
    List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit);

    /** Applies all mutations if every guard holds, else none. Durable when it returns Committed. */
    CommitOutcome commit(Batch batch);

    /** The store's clock, the same one for all nodes of a shared key space. */
    Instant storeNow();

    /**
     * The first of {@code count} ids (1 to 1,000,000) that nobody got or will get under this name;
     * ids begin at 1. Durable: an id never comes again, not after a crash either.
     */
    long idBlock(String name, int count);

    /**
     * Tells how long each commit took from its call to its answer, in nanoseconds; {@code observer}
     * is called by the committing threads and must be quick. One observer at a time.
     */
    default void onCommit(LongConsumer observer) {}

    /** Why commits are refused until the key space is opened again; empty while they are taken. */
    default Optional<KeySpaceException> failure() {
        return Optional.empty();
    }

    /** The files of this key space, for a scrub; empty when they are somebody else's to check. */
    default Optional<KeySpaceFiles> files() {
        return Optional.empty();
    }

    /** This key space's own id, made at the first call and never changed: 128 random bits. */
    default UUID id() {
        return KeySpaceId.of(this);
    }

    /** Whether other processes may read and change it, too, while it is open here. */
    default boolean shared() {
        return true;
    }

    /** The disk that commits are written to; empty when it is another machine's. */
    default Optional<DiskSpace> disk() {
        return Optional.empty();
    }

    /**
     * Gives back the space of what was deleted: sorts it out of the files, those first that are
     * mostly deletions, as far as the disk has room for it. Takes its time; does nothing where the
     * engine sees to it.
     */
    default void giveBack() {}

    /**
     * Makes a directory with a copy of this key space that opens by itself: every commit that was
     * answered before the call is in it, and of the later ones a beginning.
     *
     * @param directory must not be there yet
     * @throws KeySpaceException UNAVAILABLE when this engine can't, or the disk refuses
     */
    default void checkpoint(Path directory) {
        throw new KeySpaceException(
                KeySpaceException.Code.UNAVAILABLE,
                "this key space is not in files of this server; copy it with its own tools");
    }

    /** Ends the accepted commits, refuses new ones and closes the engine. */
    @Override
    void close();
}
