package io.millrace.keyspace.files;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What this module needs of a manifest's records: the last sequence number that the tables hold.
 *
 * <p>A record is a list of fields, each a tag in front; the numbered fields stand before those with
 * lists of files, so that reading stops at the first tag that is not known.
 */
final class Manifest {
    private static final int COMPARATOR = 1;
    private static final int LOG_NUMBER = 2;
    private static final int NEXT_FILE = 3;
    private static final int LAST_SEQUENCE = 4;
    private static final int PREVIOUS_LOG = 9;
    private static final int LEAST_LOG = 10;
    private static final int FAMILY = 200;
    private static final int FAMILY_ADD = 201;
    private static final int FAMILY_DROP = 202;
    private static final int MOST_FAMILY = 203;
    private static final int ATOMIC_GROUP = 300;
    private static final int DATABASE_ID = (1 << 13) + 1;

    private Manifest() {}

    /** The last sequence number in a record, 0 when it has none. */
    static long lastSequence(byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        long last = 0;
        try {
            while (in.hasRemaining()) {
                long tag = LoggedBatch.number(in);
                if (tag == LAST_SEQUENCE) {
                    last = LoggedBatch.number(in);
                } else if (!skip(in, tag)) {
                    break;
                }
            }
        } catch (BufferUnderflowException e) {
            return last;
        }
        return last;
    }

    private static boolean skip(ByteBuffer in, long tag) {
        switch ((int) tag) {
            case COMPARATOR, FAMILY_ADD, DATABASE_ID -> {
                long length = LoggedBatch.number(in);
                if (length > in.remaining()) {
                    throw new BufferUnderflowException();
                }
                in.position(in.position() + (int) length);
            }
            case LOG_NUMBER,
                    NEXT_FILE,
                    PREVIOUS_LOG,
                    LEAST_LOG,
                    FAMILY,
                    MOST_FAMILY,
                    ATOMIC_GROUP ->
                    LoggedBatch.number(in);
            case FAMILY_DROP -> {}
            default -> {
                return false;
            }
        }
        return true;
    }
}
