package io.millrace.extents;

import io.millrace.kit.SpareArrays;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Writes an extent piece by piece.
 *
 * <p>Up to 1 MiB is kept in memory and then appended as a whole. Beyond, what is lent goes to the
 * lane as it is; what is written is copied to pieces of 256 KiB, which go to the lane while the
 * next one is being filled, at most two of them on their way.
 */
final class StreamWriter implements ExtentWriter {
    static final int PIECE_BYTES = 4 * VolumeFormat.BLOCK_BYTES;
    private static final int WHOLE_BYTES = 1 << 20;
    private static final int PIECES_ON_THE_WAY = 2;
    private static final byte[] NOTHING = {};

    private final Lane lane;
    private final SpareArrays spares;
    private final long announced;
    private final Region region;
    private final List<byte[]> kept = new ArrayList<>(4);
    private final Deque<Task.Piece> onTheWay = new ArrayDeque<>();
    private byte[] piece = NOTHING;
    private int filled;
    private long length;
    private boolean streaming;
    private boolean ended;

    /**
     * @param spares arrays of {@link #PIECE_BYTES}
     * @param announced the length if it is known, else -1
     * @param moved the bytes may use the reserve
     */
    StreamWriter(Lane lane, SpareArrays spares, long announced, boolean moved) {
        this.lane = lane;
        this.spares = spares;
        this.announced = announced;
        this.region = new Region(announced, moved);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        java.util.Objects.checkFromIndexSize(offset, count, bytes.length);
        refuseMoreThan(count);
        int at = offset;
        int left = count;
        while (left > 0) {
            if (filled == PIECE_BYTES) {
                pieceIsFull();
            }
            int n = Math.min(left, PIECE_BYTES - filled);
            if (filled + n > piece.length) {
                piece = longer(filled + n);
            }
            System.arraycopy(bytes, at, piece, filled, n);
            filled += n;
            length += n;
            at += n;
            left -= n;
        }
    }

    /** The piece with room for so many bytes. */
    private byte[] longer(int bytes) {
        if (filled == 0 && Math.max(announced, length) >= PIECE_BYTES) {
            return spares.take();
        }
        long size = announced >= 0 ? announced : Math.max(4_096, Math.max(bytes, filled * 4));
        return Arrays.copyOf(piece, (int) Math.min(PIECE_BYTES, size));
    }

    private void refuseMoreThan(int count) {
        if (ended) {
            throw limit("the extent is finished or given up");
        }
        if (announced >= 0 && length + count > announced) {
            throw limit("more bytes than the " + announced + " that were announced");
        }
    }

    @Override
    public Lent lend(byte[] bytes, int count) {
        java.util.Objects.checkFromIndexSize(0, count, bytes.length);
        refuseMoreThan(count);
        boolean large = Math.max(announced, length + count) > WHOLE_BYTES;
        // The lane takes whole blocks, except at the end.
        boolean whole = count % VolumeFormat.BLOCK_BYTES == 0 || length + count == announced;
        if (!large || !whole || filled % VolumeFormat.BLOCK_BYTES != 0 || count == 0) {
            write(bytes, 0, count);
            return Lent.WRITTEN;
        }
        sendKept();
        if (filled > 0) {
            sendFilled(false);
        }
        Task.Piece task = new Task.Piece(region, bytes, count, false);
        lane.submit(task);
        length += count;
        return task;
    }

    /** Called when more bytes come than the piece holds. */
    private void pieceIsFull() {
        if (!streaming && (kept.size() + 2) * (long) PIECE_BYTES > WHOLE_BYTES) {
            sendKept();
        }
        if (streaming) {
            sendFilled(false);
        } else {
            kept.add(piece);
            piece = NOTHING;
            filled = 0;
        }
    }

    private void sendKept() {
        streaming = true;
        for (byte[] early : kept) {
            send(early, PIECE_BYTES, false);
        }
        kept.clear();
    }

    private void sendFilled(boolean last) {
        send(piece, filled, last);
        piece = NOTHING;
        filled = 0;
    }

    private void send(byte[] bytes, int count, boolean last) {
        while (onTheWay.size() >= PIECES_ON_THE_WAY) {
            arrived(onTheWay.removeFirst());
        }
        Task.Piece task = new Task.Piece(region, bytes, count, last);
        lane.submit(task);
        onTheWay.addLast(task);
    }

    @Override
    public ExtentRef finish() {
        if (ended) {
            throw limit("the extent is finished or given up");
        }
        if (length == 0 || (announced >= 0 && length != announced)) {
            throw limit("an extent of " + announced + " bytes was finished with " + length);
        }
        if (!streaming) {
            ended = true;
            return appendWhole();
        }
        sendFilled(true);
        while (!onTheWay.isEmpty()) {
            arrived(onTheWay.removeFirst());
        }
        ended = true;
        return region.ref();
    }

    private void arrived(Task.Piece task) {
        task.await();
        spares.giveBack(task.bytes);
    }

    private ExtentRef appendWhole() {
        byte[] whole = piece;
        if (!kept.isEmpty()) {
            whole = new byte[(int) length];
            int at = 0;
            for (byte[] early : kept) {
                System.arraycopy(early, 0, whole, at, PIECE_BYTES);
                spares.giveBack(early);
                at += PIECE_BYTES;
            }
            System.arraycopy(piece, 0, whole, at, filled);
            spares.giveBack(piece);
        }
        return LocalExtents.append(lane, whole, 0, (int) length, region.moved);
    }

    @Override
    public void abort() {
        if (ended) {
            return;
        }
        ended = true;
        kept.clear();
        if (streaming) {
            // Behind the pieces in the lane's queue, so nothing has to be awaited here.
            lane.submit(new Task.Abandon(region));
        }
    }

    private static ExtentsException limit(String message) {
        return new ExtentsException(ExtentsException.Code.LIMIT, message);
    }
}
