package io.millrace.store.objects;

import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Layout;
import io.millrace.store.space.StoreKeys;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects of other objects' content. The source's record is guarded, so its extents still
 * have an owner when the copy becomes another one.
 */
final class Copies {
    private final Core core;

    Copies(Core core) {
        this.core = core;
    }

    CopyOutcome copy(CopyObject request) {
        byte[] sourceKey = StoreKeys.keyBytes(request.sourceKey());
        byte[] key = StoreKeys.keyBytes(request.key());
        long since = core.monotonic().nanos();
        Bucket source = core.buckets().require(request.sourceBucket());
        Bucket bucket = core.buckets().require(request.bucket());
        core.room().refuseIfFull();
        long versionId = core.ids().next();
        CopyOutcome outcome =
                core.stripes()
                        .retry(
                                key,
                                () -> attempt(request, source, sourceKey, bucket, key, versionId));
        if (outcome instanceof CopyOutcome.Copied) {
            core.buckets().confirm(bucket, since);
        }
        return outcome;
    }

    private Optional<CopyOutcome> attempt(
            CopyObject request,
            Bucket source,
            byte[] sourceKey,
            Bucket bucket,
            byte[] key,
            long versionId) {
        byte[] fromKey = StoreKeys.object(source.id(), sourceKey);
        byte[] fromBytes = core.space().get(fromKey);
        if (fromBytes == null) {
            return Optional.of(new CopyOutcome.NoSuchSource());
        }
        ObjectRow from = ObjectRow.decode(fromBytes);
        ReadConditions.Verdict verdict =
                request.sourceConditions().judge(from.info(source.name(), request.sourceKey()));
        if (verdict != ReadConditions.Verdict.MET) {
            return Optional.of(new CopyOutcome.SourceConditionFailed(verdict));
        }
        ObjectCommit commit = ObjectCommit.read(core, bucket, key);
        ObjectInfo current = commit.oldInfo(request.key());
        if (!request.conditions().hold(current)) {
            return Optional.of(new CopyOutcome.PreconditionFailed(current));
        }
        commit.batch().holds(fromKey, fromBytes);
        Layout layout = share(commit, from, versionId);
        if (layout == null) {
            if (Arrays.equals(core.space().get(fromKey), fromBytes)) {
                core.suspects().add(fromKey);
                throw Readers.bytesGone();
            }
            return Optional.empty();
        }
        ObjectRow row = copied(request, from, versionId, layout);
        commit.replace(row);
        return commit.commit(versionId)
                ? Optional.of(new CopyOutcome.Copied(row.info(bucket.name(), request.key())))
                : Optional.empty();
    }

    /** The copy's layout; null when the source's bytes are not there (any more). */
    private @Nullable Layout share(ObjectCommit commit, ObjectRow from, long versionId) {
        return switch (from.layout()) {
            case Layout.Empty e -> Layout.EMPTY;
            case Layout.OneRow one -> {
                byte[] content = core.space().get(StoreKeys.content(one.contentId(), 0));
                if (content == null) {
                    yield null;
                }
                commit.batch().put(StoreKeys.content(versionId, 0), content);
                yield new Layout.OneRow(versionId);
            }
            case Layout.Direct direct -> commit.direct(direct.pieces(), versionId);
            case Layout.Rows rows -> {
                byte[] none = new byte[0];
                commit.batch().put(StoreKeys.sharer(rows.contentId(), from.incarnation()), none);
                commit.batch().put(StoreKeys.sharer(rows.contentId(), versionId), none);
                yield rows;
            }
        };
    }

    private ObjectRow copied(CopyObject request, ObjectRow from, long versionId, Layout layout) {
        ObjectMetadata replace = request.replace();
        return new ObjectRow(
                versionId,
                versionId,
                from.type() == ObjectType.APPENDABLE ? ObjectType.NORMAL : from.type(),
                from.sizeBytes(),
                from.md5(),
                from.parts(),
                from.crc64(),
                core.nowMillis(),
                0,
                replace == null ? from.metadata() : replace,
                layout);
    }
}
