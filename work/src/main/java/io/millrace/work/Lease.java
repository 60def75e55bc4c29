package io.millrace.work;

import io.millrace.keyspace.Guard;
import io.millrace.keyspace.Keys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A right that one node holds at a time.
 *
 * @param name what is leased
 * @param owner the node that holds it; empty after a release
 * @param incarnation the run of that node, new at each start
 * @param epoch rises by one each time the lease changes hands; put it into the names of what you
 *     write
 */
public record Lease(String name, String owner, long incarnation, long epoch) {
    private static final int VERSION = 1;

    /** The fence: a batch with this guard commits only while the lease is still this one. */
    Guard guard() {
        return new Guard.Holds(key(name), encode());
    }

    /** The beginning of the keys of all leases whose names begin so. */
    static byte[] below(String prefix) {
        return Keys.family(WorkKeys.FAMILY).u8(WorkKeys.LEASE).textPrefix(prefix).done();
    }

    /** The name in a key. */
    static String name(byte[] key) {
        return Keys.read(key, 2).text();
    }

    static byte[] key(String name) {
        return Keys.family(WorkKeys.FAMILY).u8(WorkKeys.LEASE).text(name).done();
    }

    byte[] encode() {
        byte[] node = owner.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + 2 * Long.BYTES + node.length)
                .put((byte) VERSION)
                .putLong(epoch)
                .putLong(incarnation)
                .put(node)
                .array();
    }

    static Lease decode(String name, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        int version = in.get();
        if (version != VERSION) {
            throw new WorkException(
                    WorkException.Code.FORMAT,
                    "lease " + name + " has the unknown version " + version);
        }
        long epoch = in.getLong();
        long incarnation = in.getLong();
        byte[] node = new byte[in.remaining()];
        in.get(node);
        return new Lease(name, new String(node, StandardCharsets.UTF_8), incarnation, epoch);
    }
}
