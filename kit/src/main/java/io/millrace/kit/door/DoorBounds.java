package io.millrace.kit.door;

/**
 * What a door holds at the most, over all clients and for each address. An IPv6 network of 64 bits
 * counts as one address.
 *
 * @param connections open at a time; past it the one that keeps the door waiting longest goes
 * @param bytes that heads, bodies coming in and answers not yet taken may occupy; past it the
 *     slowest and greediest go
 * @param addressConnections of one address; past it the longest waiting of its own goes, or if all
 *     are young the newcomer
 * @param addressBytes of one address; past it those of its own go that are waited for longest
 * @param addressUnproven requests of one address, begun and not yet proven, whose bodies are still
 *     to come; further ones are refused
 */
public record DoorBounds(
        int connections,
        long bytes,
        int addressConnections,
        long addressBytes,
        int addressUnproven) {
    /** A door needs a little to work at all. */
    private static final long LEAST_BYTES = 16L << 20;

    public DoorBounds {
        if (connections < 1 || addressConnections < 1 || addressUnproven < 1) {
            throw new IllegalArgumentException("a door admits at least one connection");
        }
        if (bytes < 1 || addressBytes < 1) {
            throw new IllegalArgumentException("a door holds at least one byte");
        }
    }

    /**
     * The usual bounds for a door that may take one part in so many of this process's memory: of
     * the heap, which by default bounds direct memory as well. An address may have a quarter of the
     * connections and half of the bytes.
     *
     * @param share 4 for a quarter
     */
    public static DoorBounds ofMemory(int connections, int share) {
        long bytes = Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / share);
        return of(connections, bytes);
    }

    /** Those bounds with the usual parts for one address. */
    public static DoorBounds of(int connections, long bytes) {
        return new DoorBounds(
                connections,
                bytes,
                Math.max(1, connections / 4),
                Math.max(1, bytes / 2),
                Math.max(1, connections / 16));
    }

    /** The same with other limits for one address. */
    public DoorBounds withAddress(int connectionsOfOne, long bytesOfOne, int unprovenOfOne) {
        return new DoorBounds(connections, bytes, connectionsOfOne, bytesOfOne, unprovenOfOne);
    }

    /** What one of so many event loops has of the door; limits of an address stay whole. */
    DoorBounds part(int of) {
        return new DoorBounds(
                Math.max(1, connections / of),
                Math.max(1, bytes / of),
                addressConnections,
                addressBytes,
                addressUnproven);
    }
}
