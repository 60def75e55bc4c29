package io.millrace.store.log;

import java.time.Instant;

/**
 * One record of the change log.
 *
 * @param stamp the shard's own counter, incremented inside the commit: a reader never meets a lower
 *     one later
 * @param oldLength -1 when there was no object
 * @param newLength -1 when there is none now
 */
public record Change(
        int shard,
        long stamp,
        long bucketId,
        String key,
        long versionId,
        long incarnation,
        ChangeKind kind,
        long oldLength,
        long newLength,
        Instant time) {}
