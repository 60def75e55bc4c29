package io.millrace.store.content;

import io.millrace.extents.ExtentWriter;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.store.space.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One body on its way into extents: while chunks that came are hashed and written, the next one is
 * read. An array is filled again when both are done with it. One thread's own.
 */
final class BodyStream implements AutoCloseable {
    /** Whole blocks of an extent. */
    static final int CHUNK_BYTES = 1 << 20;

    /** A half, for the bodies of a crowd. */
    static final int LITTLE_CHUNK_BYTES = CHUNK_BYTES / 2;

    private static final Logger LOG = LoggerFactory.getLogger(BodyStream.class);

    /**
     * From this size on the hashes run in a second thread, if one is free, and the chunks are
     * large.
     */
    static final long BESIDE_BYTES = 1 << 20;

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final Bodies bodies;
    private final Extents extents;
    private final Hashers hashers;
    private final long declared;
    private final Digests digests;
    private final boolean beside;
    private final Hashers.Chunks cut;
    private final Chunk[] chunks;
    private final List<Piece> pieces = new ArrayList<>();
    private int turn;
    private long size;
    private boolean kept;
    private CompletableFuture<Void> hashed = DONE;
    private @Nullable ExtentWriter writer;

    /** An array and who may still read it. */
    private static final class Chunk {
        final byte[] bytes;
        CompletableFuture<Void> hashed = DONE;
        ExtentWriter.Lent written = ExtentWriter.Lent.WRITTEN;

        Chunk(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /**
     * @param declared the body's size, or -1
     */
    BodyStream(Bodies bodies, Extents extents, Hashers hashers, long declared, Digests digests) {
        this.bodies = bodies;
        this.extents = extents;
        this.hashers = hashers;
        this.declared = declared;
        this.digests = digests;
        boolean isLong = declared < 0 || declared >= BESIDE_BYTES;
        this.beside = isLong && hashers.tryTake();
        this.cut = hashers.take(isLong);
        this.chunks = new Chunk[cut.count()];
    }

    /** An array for the next chunk, which nothing reads any more. */
    byte[] chunk() {
        Chunk chunk = chunks[turn];
        if (chunk == null) {
            chunk = new Chunk(hashers.arrays(cut).take());
            chunks[turn] = chunk;
        }
        await(chunk.hashed);
        chunk.written.await();
        return chunk.bytes;
    }

    /** Takes so many bytes of the last chunk: all of it, except at the body's end. */
    void write(int length) {
        Chunk chunk = chunks[turn];
        turn = (turn + 1) % chunks.length;
        byte[] bytes = chunk.bytes;
        if (beside) {
            // One after the other, in a thread that goes from one to the next without sleeping.
            hashed = hashed.thenRunAsync(() -> digests.update(bytes, 0, length), hashers.threads());
            chunk.hashed = hashed;
        } else {
            digests.update(bytes, 0, length);
        }
        if (length > 0) {
            chunk.written = open().lend(bytes, length);
        }
        size += length;
        if (size % bodies.extentBytes() == 0) {
            finishExtent();
        }
    }

    private ExtentWriter open() {
        ExtentWriter open = writer;
        if (open == null) {
            long left = Math.min(declared - size, bodies.extentBytes());
            open = extents.open(declared < 0 ? -1 : left);
            writer = open;
        }
        return open;
    }

    private void finishExtent() {
        ExtentWriter open = writer;
        if (open != null) {
            pieces.add(bodies.pinned(open));
            writer = null;
        }
    }

    /** Bytes so far. */
    long size() {
        return size;
    }

    /** Makes durable what was written and compares its digests. */
    Body finish() {
        finishExtent();
        await(hashed);
        Body body = digests.finish(size, new byte[0], pieces);
        kept = body instanceof Body.Content;
        return body;
    }

    /**
     * Discards what did not become a content, and gives the arrays back when nothing reads them any
     * more.
     */
    @Override
    public void close() {
        try {
            giveUpExtent();
            await(hashed);
            for (Chunk chunk : chunks) {
                if (chunk != null) {
                    awaitWritten(chunk);
                    hashers.arrays(cut).giveBack(chunk.bytes);
                }
            }
        } finally {
            if (beside) {
                hashers.leave();
            }
            hashers.leave(cut);
            if (!kept) {
                bodies.discard(pieces);
            }
        }
    }

    /** What made the body end early is told, not that its extent can't be given up now. */
    private void giveUpExtent() {
        try {
            if (writer != null) {
                writer.abort();
            }
        } catch (ExtentsException e) {
            LOG.warn("A volume stays open until the next start", e);
        }
    }

    /** A failure was told already, or the extent is given up. */
    private static void awaitWritten(Chunk chunk) {
        try {
            chunk.written.await();
        } catch (ExtentsException e) {
            LOG.debug("The chunk was not written", e);
        }
    }

    /** Whatever interrupts the caller: a buffer that is being hashed must not be left. */
    private static void await(CompletableFuture<Void> hashing) {
        try {
            hashing.join();
        } catch (CompletionException e) {
            boolean closed = e.getCause() instanceof RejectedExecutionException;
            throw new StoreException(
                    closed ? StoreException.Code.CLOSED : StoreException.Code.STORAGE_FAILED,
                    "the body can't be hashed",
                    e);
        }
    }
}
