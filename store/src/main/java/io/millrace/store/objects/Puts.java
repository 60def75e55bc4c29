package io.millrace.store.objects;

import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Body;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.Optional;
import java.util.function.Supplier;

/** Stores objects whole. */
final class Puts {
    private final Core core;

    Puts(Core core) {
        this.core = core;
    }

    PutOutcome put(PutObject request, Supplier<Body> receive) {
        byte[] key = StoreKeys.keyBytes(request.key());
        Bucket bucket = core.buckets().require(request.bucket());
        if (!request.conditions().equals(WriteConditions.NONE)) {
            // Saves reading a body that can't be stored; the commit checks again.
            ObjectInfo current = ObjectCommit.read(core, bucket, key).oldInfo(request.key());
            if (!request.conditions().hold(current)) {
                return new PutOutcome.PreconditionFailed(current);
            }
        }
        return switch (receive.get()) {
            case Body.Content content -> store(request, key, content);
            case Body.DigestMismatch m ->
                    new PutOutcome.DigestMismatch(m.digest(), m.expected(), m.actual());
            case Body.TooLarge t -> new PutOutcome.TooLarge(t.limitBytes());
            case Body.Incomplete i ->
                    new PutOutcome.IncompleteBody(i.expectedBytes(), i.receivedBytes());
        };
    }

    private PutOutcome store(PutObject request, byte[] key, Body.Content content) {
        boolean stored = false;
        boolean doubt = false;
        try {
            long since = core.monotonic().nanos();
            Bucket bucket = core.buckets().require(request.bucket());
            long versionId = core.ids().next();
            PutOutcome outcome =
                    core.stripes()
                            .retry(key, () -> attempt(request, bucket, key, versionId, content));
            stored = outcome instanceof PutOutcome.Stored;
            if (stored) {
                core.buckets().confirm(bucket, since);
            }
            return outcome;
        } catch (StoreException e) {
            doubt = e.code() == StoreException.Code.COMMIT_UNKNOWN;
            throw e;
        } finally {
            if (stored) {
                core.bodies().settled(content.pieces());
            } else if (!doubt) {
                core.bodies().discard(content.pieces());
            }
        }
    }

    private Optional<PutOutcome> attempt(
            PutObject request, Bucket bucket, byte[] key, long versionId, Body.Content content) {
        ObjectCommit commit = ObjectCommit.read(core, bucket, key);
        ObjectInfo current = commit.oldInfo(request.key());
        if (!request.conditions().hold(current)) {
            return Optional.of(new PutOutcome.PreconditionFailed(current));
        }
        ObjectRow row =
                new ObjectRow(
                        versionId,
                        versionId,
                        ObjectType.NORMAL,
                        content.sizeBytes(),
                        content.md5(),
                        0,
                        content.crc64(),
                        core.nowMillis(),
                        0,
                        request.metadata(),
                        commit.content(content, versionId));
        commit.replace(row);
        return commit.commit(versionId)
                ? Optional.of(new PutOutcome.Stored(row.info(bucket.name(), request.key())))
                : Optional.empty();
    }
}
