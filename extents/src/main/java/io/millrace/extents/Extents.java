package io.millrace.extents;

import io.millrace.kit.DiskSpace;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Immutable runs of bytes, each found again by its {@link ExtentRef}.
 *
 * <p>An extent is durable when its reference comes back (see {@link #durability}); who holds no
 * reference holds nothing, so the reference goes into the key space next. Space comes back by the
 * volume: {@link #delete} once no extent in it is needed.
 *
 * <p>A store has an id for ever ({@link #identity}), which is part of every reference. A read of
 * another store's extent is refused with {@code ELSEWHERE}, never answered by other bytes.
 *
 * <p>Every method may be called from any thread, virtual ones too, and throws {@link
 * ExtentsException}.
 */
public interface Extents extends AutoCloseable {
    /** Bytes that have a checksum of their own; the last ones of an extent may be fewer. */
    int BLOCK_BYTES = VolumeFormat.BLOCK_BYTES;

    /** Room for a block's checksum behind the bytes of a direct buffer. */
    int SCRATCH_BYTES = VolumeFormat.CRC_BYTES;

    /** Who this store is. */
    StoreIdentity identity();

    /**
     * Notes durably that the store is part of a key space, before the key space notes the same; at
     * the start, before anything is stored.
     *
     * @param keySpace the key space's id
     * @param epoch what references of this start carry: above that of every start that wrote
     * @param accepted the start that the key space has as the latest; null for none
     * @param start a new id of this start, to be offered to the key space next
     */
    void join(UUID keySpace, long epoch, @Nullable UUID accepted, UUID start);

    /**
     * Notes durably that the key space has noted the start, too. From then on a key space that
     * doesn't know it was set back.
     */
    void confirm();

    /** Stores bytes; 1 byte to 16 MiB. For more, or for a stream, {@link #open}. */
    ExtentRef append(byte[] bytes, int offset, int length);

    /**
     * Begins an extent that is written piece by piece with bounded memory.
     *
     * @param lengthHint the exact length if it is known, else -1; a writer that passes its known
     *     length fails
     */
    ExtentWriter open(long lengthHint);

    /**
     * The same for an extent that is copied so that more can be freed than it takes: half of the
     * disk's reserve is open to it.
     */
    ExtentWriter openToMove(long length);

    /**
     * Reads bytes of an extent from {@code offset} on into what remains of the buffer, and verifies
     * every 64 KiB block that it touches. A direct buffer with {@link #SCRATCH_BYTES} of capacity
     * behind its limit is filled without a copy in between; what was in those bytes is lost, and
     * after a failure the buffer holds anything.
     *
     * @return the bytes read, fewer than remain only at the extent's end; -1 at or past the end
     */
    int read(ExtentRef ref, long offset, ByteBuffer into);

    /** The same into an array. */
    default int read(ExtentRef ref, long offset, byte[] into, int at, int length) {
        return read(ref, offset, ByteBuffer.wrap(into, at, length));
    }

    /** Ends a volume: no extent is added to it any more. */
    void seal(long volume);

    /** Deletes a volume with all that is in it, sealing it first; absent is no error. */
    void delete(long volume);

    /** All volumes by rising number. */
    List<VolumeInfo> list();

    /** What "durable" means here. */
    Durability durability();

    /** Blocks that reads have met since the opening and that did not check; at most 10,000. */
    default List<DamagedBlock> damaged() {
        return List.of();
    }

    /** Forgets a damaged block: it reads again, or nobody needs it any more. */
    default void forget(DamagedBlock block) {}

    /** Ends what keeps deleted volumes for somebody who copies them, on a full disk. */
    default void giveUpHolds() {}

    /**
     * Tells how long each flush of a volume to its disk took, in nanoseconds; {@code observer} is
     * called by the writing threads and must be quick. One observer at a time.
     */
    default void onFlush(LongConsumer observer) {}

    /** Why nothing is written any more until the next start; empty while all is well. */
    default Optional<ExtentsException> failure() {
        return Optional.empty();
    }

    /** The disks that extents are written to. */
    List<DiskSpace> disks();

    /** Ends the accepted appends and closes every file. */
    @Override
    void close();
}
