package io.millrace.store.content;

import io.millrace.extents.ExtentWriter;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Batch;
import io.millrace.kit.SpareArrays;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in request bodies: small ones into memory, larger ones into extents, hashed once on the
 * way. Extents that are received are pinned until {@link #settled} or {@link #discard}.
 */
public final class Bodies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bodies.class);

    /** Bodies of known size up to this go to the extents in one piece. */
    private static final int WHOLE_BYTES = 256 * 1024;

    private static final int CHUNK_BYTES = 256 * 1024;

    private static final int SPARE_CHUNKS = 16;

    /** From this size on the hashes run in a second thread, if one is free. */
    private static final long BESIDE_BYTES = 1 << 20;

    /** A stream is cut into extents of this size, so that volumes stay near their size. */
    private static final long EXTENT_BYTES = 64L << 20;

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final Extents extents;
    private final Space space;
    private final Pins pins;
    private final Room room;
    private final int inlineBytes;
    private final SpareArrays chunks = new SpareArrays(CHUNK_BYTES, SPARE_CHUNKS);
    private final ExecutorService hashers;
    private final Semaphore freeHashers;

    public Bodies(Extents extents, Space space, Pins pins, Room room, int inlineBytes) {
        this.extents = extents;
        this.space = space;
        this.pins = pins;
        this.room = room;
        this.inlineBytes = inlineBytes;
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.hashers =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().daemon().name("store-hash-", 0).factory());
        this.freeHashers = new Semaphore(threads);
    }

    /** Bodies up to this size become rows of the key space. */
    public int inlineBytes() {
        return inlineBytes;
    }

    public Body receive(byte[] bytes, ExpectedDigests expected, long limit) {
        if (bytes.length > limit) {
            return new Body.TooLarge(limit);
        }
        room.refuseIfFull();
        if (bytes.length > inlineBytes) {
            return receive(new ByteArrayInputStream(bytes), bytes.length, expected, limit);
        }
        Digests digests = new Digests(expected);
        digests.update(bytes, 0, bytes.length);
        return digests.finish(bytes.length, bytes, List.of());
    }

    /**
     * Reads a body to its end.
     *
     * @param declared its size, or -1
     */
    public Body receive(InputStream in, long declared, ExpectedDigests expected, long limit) {
        if (declared > limit) {
            return new Body.TooLarge(limit);
        }
        room.refuseIfFull();
        int whole = declared <= WHOLE_BYTES ? Math.max(inlineBytes, WHOLE_BYTES) : inlineBytes;
        // One byte more than can be, to see the end.
        int size = (int) (declared < 0 ? inlineBytes : Math.min(declared, whole)) + 1;
        byte[] head = new byte[size];
        int got = fill(in, head, 0);
        if (got == size) {
            if (declared >= 0 && got > declared) {
                throw longer(declared);
            }
            return stream(in, head, declared, expected, limit);
        }
        if (got < declared) {
            return new Body.Incomplete(declared, got);
        }
        if (got > limit) {
            return new Body.TooLarge(limit);
        }
        Digests digests = new Digests(expected);
        digests.update(head, 0, got);
        if (got <= inlineBytes) {
            return digests.finish(got, Arrays.copyOf(head, got), List.of());
        }
        Body body = digests.finish(got, new byte[0], List.of());
        return body instanceof Body.Content content ? whole(content, head, got) : body;
    }

    private Body whole(Body.Content content, byte[] bytes, int length) {
        Piece piece;
        try (Pins.Entry _ = pins.enter()) {
            piece = Piece.whole(extents.append(bytes, 0, length));
            pins.pin(piece);
        } catch (ExtentsException e) {
            throw failure(e);
        }
        return new Body.Content(
                content.sizeBytes(), content.md5(), content.crc64(), new byte[0], List.of(piece));
    }

    private Body stream(
            InputStream in, byte[] head, long declared, ExpectedDigests expected, long limit) {
        if (head.length > limit) {
            return new Body.TooLarge(limit);
        }
        Streaming streaming = new Streaming(declared, new Digests(expected));
        boolean kept = false;
        try {
            streaming.write(head, head.length);
            while (true) {
                byte[] chunk = streaming.chunk();
                int got = fill(in, chunk, 0);
                if (streaming.size + got > limit) {
                    return new Body.TooLarge(limit);
                }
                if (declared >= 0 && streaming.size + got > declared) {
                    throw longer(declared);
                }
                streaming.write(chunk, got);
                if (got < chunk.length) {
                    break;
                }
            }
            streaming.hashed();
            if (streaming.size < declared) {
                return new Body.Incomplete(declared, streaming.size);
            }
            streaming.finishExtent();
            Body body = streaming.digests.finish(streaming.size, new byte[0], streaming.pieces);
            kept = body instanceof Body.Content;
            return body;
        } catch (ExtentsException e) {
            throw failure(e);
        } finally {
            try {
                streaming.close();
            } finally {
                if (!kept) {
                    discard(streaming.pieces);
                }
            }
        }
    }

    /** Finishes an extent; it is pinned until {@link #settled} or {@link #discard}. */
    public Piece pinned(ExtentWriter writer) {
        try (Pins.Entry _ = pins.enter()) {
            Piece piece = Piece.whole(writer.finish());
            pins.pin(piece);
            return piece;
        }
    }

    /** Keeps the volumes of extents that are about to get another owner. */
    public void pin(List<Piece> pieces) {
        pieces.forEach(pins::pin);
    }

    /** The content is referred to by a commit now. */
    public void settled(List<Piece> pieces) {
        pins.unpin(pieces);
    }

    /** No commit will ever refer to the content: its bytes count as dead. */
    public void discard(List<Piece> pieces) {
        if (pieces.isEmpty()) {
            return;
        }
        Batch.Builder batch = Batch.builder();
        for (Piece piece : pieces) {
            batch.add(
                    StoreKeys.deadBytes(piece.ref().store(), piece.ref().volume()),
                    piece.ref().length());
        }
        try {
            space.tryCommit(batch.relaxed());
        } catch (StoreException e) {
            // Only the estimate of dead bytes suffers; the audit of the sealed volume corrects it.
        } finally {
            pins.unpin(pieces);
        }
    }

    @Override
    public void close() {
        hashers.shutdown();
    }

    private static int fill(InputStream in, byte[] into, int from) {
        try {
            return in.readNBytes(into, from, into.length - from);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.BODY_FAILED, "the request body could not be read", e);
        }
    }

    private static StoreException longer(long declared) {
        return StoreKeys.invalid("the body is longer than the " + declared + " bytes announced");
    }

    public static StoreException failure(ExtentsException e) {
        StoreException.Code code =
                switch (e.code()) {
                    case LIMIT -> StoreException.Code.INVALID_ARGUMENT;
                    case CLOSED -> StoreException.Code.CLOSED;
                    case BUSY -> StoreException.Code.BUSY;
                    case DISK_FULL -> StoreException.Code.DISK_FULL;
                    case CORRUPT -> StoreException.Code.CORRUPT;
                    case ELSEWHERE -> StoreException.Code.EXTENT_ELSEWHERE;
                    case IDENTITY -> StoreException.Code.EXTENTS_REFUSED;
                    case FAILED, NOT_FOUND, LOCKED, FORMAT, UNAVAILABLE ->
                            StoreException.Code.STORAGE_FAILED;
                };
        return new StoreException(code, String.valueOf(e.getMessage()), e);
    }

    /**
     * One body on its way into extents: while a second thread hashes one chunk, the next one is
     * read and written.
     */
    private final class Streaming {
        final Digests digests;
        final List<Piece> pieces = new ArrayList<>();
        long size;
        private final long declared;
        private final boolean beside;
        private final byte[][] buffers = new byte[2][];
        private final List<CompletableFuture<Void>> hashing = new ArrayList<>();
        private int turn;
        private @Nullable ExtentWriter writer;

        Streaming(long declared, Digests digests) {
            this.declared = declared;
            this.digests = digests;
            this.beside = (declared < 0 || declared >= BESIDE_BYTES) && freeHashers.tryAcquire();
            buffers[0] = chunks.take();
            buffers[1] = beside ? chunks.take() : buffers[0];
        }

        /** A buffer for the next chunk, which nothing reads any more. */
        byte[] chunk() {
            if (hashing.size() == buffers.length) {
                await(hashing.removeFirst());
            }
            turn ^= 1;
            return buffers[turn];
        }

        void write(byte[] bytes, int length) {
            if (beside) {
                CompletableFuture<Void> before = hashing.isEmpty() ? DONE : hashing.getLast();
                // One after the other, in a thread that goes from one to the next without sleeping.
                hashing.add(
                        before.thenRunAsync(() -> digests.updateHashes(bytes, 0, length), hashers));
            } else {
                digests.updateHashes(bytes, 0, length);
            }
            digests.updateCrc(bytes, 0, length);
            writeExtents(bytes, length);
            size += length;
        }

        /** Waits for the hashes of everything written. */
        void hashed() {
            hashing.forEach(Bodies::await);
            hashing.clear();
        }

        private void writeExtents(byte[] bytes, int length) {
            for (int at = 0; at < length; ) {
                ExtentWriter open = writer;
                if (open == null) {
                    long left = declared - size - at;
                    open = extents.open(declared < 0 ? -1 : Math.min(left, EXTENT_BYTES));
                    writer = open;
                }
                int step = (int) Math.min(length - at, EXTENT_BYTES - open.length());
                open.write(bytes, at, step);
                at += step;
                if (open.length() == EXTENT_BYTES) {
                    finishExtent();
                }
            }
        }

        void finishExtent() {
            ExtentWriter open = writer;
            if (open != null) {
                pieces.add(pinned(open));
                writer = null;
            }
        }

        void close() {
            try {
                giveUpExtent();
            } finally {
                leaveHasher();
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

        private void leaveHasher() {
            try {
                hashed();
                chunks.giveBack(buffers[0]);
                if (beside) {
                    chunks.giveBack(buffers[1]);
                }
            } finally {
                if (beside) {
                    freeHashers.release();
                }
            }
        }
    }

    /** Whatever interrupts the caller: a buffer that is being hashed must not be left. */
    private static void await(CompletableFuture<Void> hashing) {
        try {
            hashing.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("hashing failed", e);
        }
    }
}
