package io.millrace.keyspace;

/** What every engine accepts at most; the shape is FoundationDB's, so that any engine fits. */
public final class Limits {
    /** Longest key in bytes. */
    public static final int KEY_BYTES = 1_300;

    /** Longest value in bytes. */
    public static final int VALUE_BYTES = 64 * 1024;

    /** Largest batch in bytes: the sum over its keys and values. */
    public static final int BATCH_BYTES = 1_000_000;

    /** Most guards and mutations in one batch. */
    public static final int BATCH_OPERATIONS = 4_096;

    /** Most entries of one scan. */
    public static final int SCAN_ENTRIES = 10_000;

    /** Most keys of one multiGet. */
    public static final int MULTI_GET_KEYS = 1_000;

    private Limits() {}

    static byte[] key(byte[] key) {
        if (key.length == 0 || key.length > KEY_BYTES) {
            throw limit("a key has 1 to " + KEY_BYTES + " bytes, this one has " + key.length);
        }
        if (key[0] == 0 || key[0] == (byte) 0xFF) {
            throw limit("a key begins with a byte from 0x01 to 0xFE; 0x00 belongs to the engine");
        }
        return key;
    }

    static byte[] value(byte[] value) {
        if (value.length > VALUE_BYTES) {
            throw limit("a value has ≤ " + VALUE_BYTES + " bytes, this one has " + value.length);
        }
        return value;
    }

    static void scanLimit(int limit) {
        if (limit < 1 || limit > SCAN_ENTRIES) {
            throw limit("a scan asks for 1 to " + SCAN_ENTRIES + " entries, not " + limit);
        }
    }

    static KeySpaceException limit(String message) {
        return new KeySpaceException(KeySpaceException.Code.LIMIT, message);
    }
}
