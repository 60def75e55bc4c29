package io.millrace.keyspace.files;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One write batch as it stands in the log: what it changes, without its values.
 *
 * <p>u64 sequence number of the first change, u32 number of changes, then each change: a type, for
 * families other than the default one its number, and one or two byte strings with their length in
 * front; numbers are little-endian, lengths in groups of seven bits. Only the types that this
 * engine writes are known.
 *
 * @param sequence of the first change
 * @param count of changes, each takes one sequence number
 * @param keys the keys changed, in order (of a range: its beginning)
 * @param complete whether the whole record made sense
 */
public record LoggedBatch(long sequence, long count, List<byte[]> keys, boolean complete) {
    private static final int DELETE = 0x0;
    private static final int PUT = 0x1;
    private static final int FAMILY_DELETE = 0x4;
    private static final int FAMILY_PUT = 0x5;
    private static final int FAMILY_DELETE_RANGE = 0xE;
    private static final int DELETE_RANGE = 0xF;
    private static final int HEAD_BYTES = 12;

    public LoggedBatch {
        keys = List.copyOf(keys);
    }

    /** Reads as far as the bytes make sense. */
    public static LoggedBatch read(byte[] payload) {
        if (payload.length < HEAD_BYTES) {
            return new LoggedBatch(0, 0, List.of(), false);
        }
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        long sequence = in.getLong();
        long count = Integer.toUnsignedLong(in.getInt());
        List<byte[]> keys = new ArrayList<>();
        boolean sense = true;
        try {
            while (sense && in.hasRemaining()) {
                sense = change(in, keys);
            }
        } catch (BufferUnderflowException e) {
            sense = false;
        }
        return new LoggedBatch(sequence, count, keys, sense && keys.size() == count);
    }

    /** The number of the first change, without looking at the changes. */
    static long firstSequence(byte[] payload) {
        return payload.length < HEAD_BYTES
                ? 0
                : ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** The number of the last change; of a batch without changes the one before its first. */
    static long lastSequence(byte[] payload) {
        if (payload.length < HEAD_BYTES) {
            return 0;
        }
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        return in.getLong() + Integer.toUnsignedLong(in.getInt()) - 1;
    }

    private static boolean change(ByteBuffer in, List<byte[]> keys) {
        int type = in.get();
        switch (type) {
            case FAMILY_DELETE, FAMILY_PUT, FAMILY_DELETE_RANGE -> number(in);
            case DELETE, PUT, DELETE_RANGE -> {}
            default -> {
                return false;
            }
        }
        keys.add(bytes(in));
        if (type != DELETE && type != FAMILY_DELETE) {
            bytes(in);
        }
        return true;
    }

    private static byte[] bytes(ByteBuffer in) {
        long length = number(in);
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes;
    }

    /** A number in groups of seven bits, lowest first; not negative. */
    static long number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            byte group = in.get();
            value |= (long) (group & 0x7F) << shift;
            if (group >= 0) {
                return value;
            }
        }
        throw new BufferUnderflowException();
    }
}
