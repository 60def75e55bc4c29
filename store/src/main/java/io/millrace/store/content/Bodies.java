package io.millrace.store.content;

import io.millrace.extents.ExtentWriter;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Batch;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

/**
 * Takes in request bodies: small ones into memory, larger ones into extents, hashed once on the
 * way. Extents that are received are pinned until {@link #settled} or {@link #discard}.
 */
public final class Bodies implements AutoCloseable {
    /** Bodies of known size up to this go to the extents in one piece; more than is ever inline. */
    private static final int WHOLE_BYTES = 256 * 1024;

    /** Streams are cut, so that volumes stay near their size. */
    private static final long EXTENT_BYTES = 64L << 20;

    private final Extents extents;
    private final Space space;
    private final Pins pins;
    private final Room room;
    private final int inlineBytes;
    private final long extentBytes;
    private final Hashers hashers = new Hashers();

    public Bodies(Extents extents, Space space, Pins pins, Room room, int inlineBytes) {
        this(extents, space, pins, room, inlineBytes, EXTENT_BYTES);
    }

    /**
     * @param extentBytes a stream is cut into extents of this size; so many whole chunks
     */
    Bodies(Extents extents, Space space, Pins pins, Room room, int inlineBytes, long extentBytes) {
        this.extents = extents;
        this.space = space;
        this.pins = pins;
        this.room = room;
        this.inlineBytes = inlineBytes;
        this.extentBytes = extentBytes;
    }

    /** Bodies up to this size become rows of the key space. */
    public int inlineBytes() {
        return inlineBytes;
    }

    /** The same for a body in memory, which is not copied: nobody changes it meanwhile. */
    public Body receive(byte[] bytes, ExpectedDigests expected, long limit) {
        if (bytes.length > WHOLE_BYTES) {
            return receive(new ByteArrayInputStream(bytes), bytes.length, expected, limit);
        }
        if (bytes.length > limit) {
            return new Body.TooLarge(limit);
        }
        room.refuseIfFull();
        return whole(bytes, bytes.length, expected);
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
        boolean whole = declared >= 0 && declared <= WHOLE_BYTES;
        // One byte more than can be, to see the end.
        byte[] head = new byte[(int) (whole ? declared : inlineBytes) + 1];
        int got = fill(in, head, 0);
        if (got == head.length) {
            if (whole) {
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
        return whole(head, got, expected);
    }

    private Body whole(byte[] bytes, int length, ExpectedDigests expected) {
        Digests digests = new Digests(expected);
        digests.update(bytes, 0, length);
        if (length <= inlineBytes) {
            byte[] inline = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
            return digests.finish(length, inline, List.of());
        }
        Body body = digests.finish(length, new byte[0], List.of());
        return body instanceof Body.Content content ? whole(content, bytes, length) : body;
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
                content.sizeBytes(),
                content.md5(),
                content.crc64(),
                content.inline(),
                List.of(piece));
    }

    private Body stream(
            InputStream in, byte[] head, long declared, ExpectedDigests expected, long limit) {
        try (BodyStream stream =
                new BodyStream(this, extents, hashers, declared, new Digests(expected))) {
            return copy(in, head, stream, declared, limit);
        } catch (ExtentsException e) {
            throw failure(e);
        }
    }

    private static Body copy(
            InputStream in, byte[] head, BodyStream stream, long declared, long limit) {
        byte[] chunk = stream.chunk();
        System.arraycopy(head, 0, chunk, 0, head.length);
        int got = head.length + fill(in, chunk, head.length);
        while (true) {
            if (declared >= 0 && stream.size() + got > declared) {
                throw longer(declared);
            }
            if (stream.size() + got > limit) {
                return new Body.TooLarge(limit);
            }
            stream.write(got);
            if (got < chunk.length) {
                break;
            }
            chunk = stream.chunk();
            got = fill(in, chunk, 0);
        }
        if (stream.size() < declared) {
            return new Body.Incomplete(declared, stream.size());
        }
        return stream.finish();
    }

    /** Finishes an extent; it is pinned until {@link #settled} or {@link #discard}. */
    public Piece pinned(ExtentWriter writer) {
        try (Pins.Entry _ = pins.enter()) {
            Piece piece = Piece.whole(writer.finish());
            pins.pin(piece);
            return piece;
        }
    }

    /** The most bytes of one extent of a stream. */
    long extentBytes() {
        return extentBytes;
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
        hashers.close();
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
}
