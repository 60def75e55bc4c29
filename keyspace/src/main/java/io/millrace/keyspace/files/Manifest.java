package io.millrace.keyspace.files;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * What this module needs of a manifest, gathered from its records in order: how far the tables go,
 * and from which log on the logs are still needed.
 *
 * <p>A record is a list of fields, each a tag in front; the family that a log's number belongs to
 * stands behind the lists of files. Source: RocksDB's {@code db/version_edit.cc}.
 */
final class Manifest {
    private static final int COMPARATOR = 1;
    private static final int LOG_NUMBER = 2;
    private static final int NEXT_FILE = 3;
    private static final int LAST_SEQUENCE = 4;
    private static final int COMPACT_CURSOR = 5;
    private static final int DELETED_TABLE = 6;
    private static final int PREVIOUS_LOG = 9;
    private static final int LEAST_LOG = 10;
    private static final int TABLE = 103;
    private static final int FAMILY = 200;
    private static final int FAMILY_ADD = 201;
    private static final int FAMILY_DROP = 202;
    private static final int MOST_FAMILY = 203;
    private static final int ATOMIC_GROUP = 300;
    private static final int BLOB = 400;
    private static final int BLOB_GARBAGE = 401;

    /** From here on each field has its length in front. */
    private static final int IGNORABLE = 1 << 13;

    private static final int TABLE_END = 1;
    private static final int BLOB_END = 0;

    private final long number;
    private final Map<Long, Long> logs = new HashMap<>();
    private long leastLog;
    private long lastSequence;
    private long sequenceAtOpening = -1;
    private boolean understood = true;

    /**
     * Begins empty.
     *
     * @param number in its file's name
     */
    Manifest(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }

    /** The last sequence number that the tables hold. */
    long lastSequence() {
        return lastSequence;
    }

    /**
     * The last sequence number that the tables held when this manifest was begun: before the first
     * log that it names was begun behind it.
     */
    long sequenceAtOpening() {
        return sequenceAtOpening < 0 ? lastSequence : sequenceAtOpening;
    }

    /** Whether every record was understood; else {@link #neededFrom} says nothing. */
    boolean understood() {
        return understood;
    }

    /** Logs with lower numbers are never read again: tables have all their rows. */
    long neededFrom() {
        long least = logs.values().stream().mapToLong(Long::longValue).min().orElse(0);
        return Math.max(leastLog, least);
    }

    /** Takes the next record. */
    void add(byte[] payload) {
        Edit edit = new Edit();
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (in.hasRemaining()) {
                if (!field(in, edit)) {
                    understood = false;
                    break;
                }
            }
        } catch (BufferUnderflowException e) {
            understood = false;
        }
        if (edit.log > number && sequenceAtOpening < 0) {
            sequenceAtOpening = lastSequence;
        }
        lastSequence = Math.max(lastSequence, edit.sequence);
        leastLog = Math.max(leastLog, edit.leastLog);
        if (edit.dropped) {
            logs.remove(edit.family);
        } else if (edit.log >= 0) {
            logs.put(edit.family, edit.log);
        }
    }

    private static final class Edit {
        private long family;
        private long log = -1;
        private long leastLog;
        private long sequence;
        private boolean dropped;
    }

    private static boolean field(ByteBuffer in, Edit edit) {
        long tag = LoggedBatch.number(in);
        if (tag > IGNORABLE) {
            bytes(in);
            return true;
        }
        switch ((int) tag) {
            case LOG_NUMBER -> edit.log = LoggedBatch.number(in);
            case LEAST_LOG -> edit.leastLog = LoggedBatch.number(in);
            case LAST_SEQUENCE -> edit.sequence = LoggedBatch.number(in);
            case FAMILY -> edit.family = LoggedBatch.number(in);
            case FAMILY_DROP -> edit.dropped = true;
            case NEXT_FILE, PREVIOUS_LOG, MOST_FAMILY, ATOMIC_GROUP -> LoggedBatch.number(in);
            case COMPARATOR, FAMILY_ADD -> bytes(in);
            case COMPACT_CURSOR -> {
                LoggedBatch.number(in);
                bytes(in);
            }
            case DELETED_TABLE -> numbers(in, 2);
            case TABLE -> table(in);
            case BLOB -> {
                numbers(in, 3);
                bytes(in);
                bytes(in);
                named(in, BLOB_END);
            }
            case BLOB_GARBAGE -> {
                numbers(in, 3);
                named(in, BLOB_END);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Level, number, size, both ends, both sequence numbers, then fields with a tag. */
    private static void table(ByteBuffer in) {
        numbers(in, 3);
        bytes(in);
        bytes(in);
        sequence(in);
        sequence(in);
        named(in, TABLE_END);
    }

    private static void sequence(ByteBuffer in) {
        while (in.get() < 0) {
            // The groups before the last have their highest bit set; some numbers take all 64 bits.
        }
    }

    private static void named(ByteBuffer in, int end) {
        while (LoggedBatch.number(in) != end) {
            bytes(in);
        }
    }

    private static void numbers(ByteBuffer in, int count) {
        for (int i = 0; i < count; i++) {
            LoggedBatch.number(in);
        }
    }

    private static void bytes(ByteBuffer in) {
        long length = LoggedBatch.number(in);
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + (int) length);
    }
}
