package io.millrace.extents;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * The name of an extent store: 128 random bits, made once and never used again.
 *
 * @param high the first eight bytes
 * @param low the last eight
 */
public record StoreId(long high, long low) {
    /** Bytes of an id, big-endian. */
    public static final int BYTES = 16;

    /**
     * What references and volumes of version 1 mean, which have no id: the one store that wrote
     * into its key space before stores had names.
     */
    public static final StoreId UNNAMED = new StoreId(0, 0);

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new id. */
    public static StoreId random() {
        StoreId id;
        do {
            id = new StoreId(RANDOM.nextLong(), RANDOM.nextLong());
        } while (id.unnamed());
        return id;
    }

    /** Whether this is {@link #UNNAMED}. */
    public boolean unnamed() {
        return high == 0 && low == 0;
    }

    /** In the form of a UUID, for messages and for people. */
    @Override
    public String toString() {
        return unnamed() ? "of version 0.1" : new UUID(high, low).toString();
    }
}
