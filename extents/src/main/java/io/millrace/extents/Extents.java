package io.millrace.extents;

import java.util.List;

/**
 * Immutable runs of bytes, each found again by its {@link ExtentRef}.
 *
 * <p>An extent is durable when its reference comes back (see {@link #durability}); who holds no
 * reference holds nothing, so the reference goes into the key space next. Space comes back by the
 * volume: {@link #delete} once no extent in it is needed.
 *
 * <p>Every method may be called from any thread, virtual ones too, and throws {@link
 * ExtentsException}.
 */
public interface Extents extends AutoCloseable {
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
     * Reads up to {@code length} bytes of an extent from {@code offset} on, and verifies every 64
     * KiB block that it touches.
     *
     * @return the bytes read, fewer only at the extent's end; -1 at or past the end
     */
    int read(ExtentRef ref, long offset, byte[] into, int at, int length);

    /** Ends a volume: no extent is added to it any more. */
    void seal(long volume);

    /** Deletes a volume with all that is in it, sealing it first; absent is no error. */
    void delete(long volume);

    /** All volumes by rising number. */
    List<VolumeInfo> list();

    /** What "durable" means here. */
    Durability durability();

    /** Bytes that can still be appended before {@code DISK_FULL}. */
    long freeBytes();

    /** Ends the accepted appends and closes every file. */
    @Override
    void close();
}
