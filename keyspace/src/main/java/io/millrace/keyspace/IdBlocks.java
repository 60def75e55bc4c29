package io.millrace.keyspace;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Ids handed out from durable counters; family Z belongs to the engines. */
final class IdBlocks {
    private static final int MOST_IDS = 1_000_000;
    private static final int MOST_NAME_BYTES = 200;

    private IdBlocks() {}

    static long next(KeySpace keySpace, String name, int count) {
        if (count < 1 || count > MOST_IDS) {
            throw Limits.limit("an id block has 1 to " + MOST_IDS + " ids, not " + count);
        }
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        if (utf8.length == 0 || utf8.length > MOST_NAME_BYTES) {
            throw Limits.limit("the name of an id block has 1 to " + MOST_NAME_BYTES + " bytes");
        }
        byte[] key = Keys.family('Z').u8('i').bytes(utf8).done();
        while (true) {
            byte @Nullable [] read = keySpace.get(key);
            long used = Keys.counter(read);
            Batch batch =
                    Batch.builder()
                            .unchanged(key, read)
                            .put(key, Keys.counter(used + count))
                            .build();
            switch (keySpace.commit(batch)) {
                case CommitOutcome.Committed done -> {
                    return used + 1;
                }
                case CommitOutcome.Conflict conflict -> {}
                // Taken or not: the next block is above it either way, at the price of a hole.
                case CommitOutcome.Unknown unknown -> {}
            }
        }
    }
}
