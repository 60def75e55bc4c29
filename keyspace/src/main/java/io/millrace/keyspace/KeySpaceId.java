package io.millrace.keyspace;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * By what a key space tells itself from others: data that is kept outside of it, in the directories
 * of the extents, names the key space that it belongs to.
 */
final class KeySpaceId {
    private static final int BYTES = 16;
    private static final byte[] KEY = Keys.family('Z').u8('k').done();

    private KeySpaceId() {}

    static UUID of(KeySpace keySpace) {
        while (true) {
            byte @Nullable [] read = keySpace.get(KEY);
            if (read != null) {
                return decode(read);
            }
            UUID id = UUID.randomUUID();
            byte[] value =
                    Keys.under(new byte[0])
                            .u64(id.getMostSignificantBits())
                            .u64(id.getLeastSignificantBits())
                            .done();
            // Whatever became of it: what the key space holds now counts, for every node.
            var _ = keySpace.commit(Batch.builder().absent(KEY).put(KEY, value).build());
        }
    }

    static UUID decode(byte[] value) {
        if (value.length != BYTES) {
            throw new KeySpaceException(
                    KeySpaceException.Code.FORMAT,
                    "the id of the key space has " + value.length + " bytes, not " + BYTES);
        }
        Keys.Reader in = Keys.read(value, 0);
        return new UUID(in.u64(), in.u64());
    }
}
