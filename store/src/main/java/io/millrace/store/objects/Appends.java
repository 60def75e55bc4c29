package io.millrace.store.objects;

import io.millrace.kit.Crc64;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Body;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Adds to appendable objects. The commit guards the object's record and with it the length, so of
 * many appends at one position exactly one happens. Each append is one content row under (object,
 * start offset): a byte is found by one seek, however often the object grew.
 */
final class Appends {
    private final Core core;

    Appends(Core core) {
        this.core = core;
    }

    AppendOutcome append(AppendObject request, Supplier<Body> receive) {
        if (request.position() < 0) {
            throw StoreKeys.invalid("a position is not negative");
        }
        byte[] key = StoreKeys.keyBytes(request.key());
        Bucket bucket = core.buckets().require(request.bucket());
        AppendOutcome refused = refusal(request, ObjectCommit.read(core, bucket, key).old());
        if (refused != null) {
            return refused;
        }
        return switch (receive.get()) {
            case Body.Content content -> store(request, key, content);
            case Body.DigestMismatch m ->
                    new AppendOutcome.DigestMismatch(m.digest(), m.expected(), m.actual());
            case Body.TooLarge t -> new AppendOutcome.TooLarge(Objects.MAX_BYTES);
            case Body.Incomplete i ->
                    new AppendOutcome.IncompleteBody(i.expectedBytes(), i.receivedBytes());
        };
    }

    private static @Nullable AppendOutcome refusal(AppendObject request, @Nullable ObjectRow old) {
        if (old == null) {
            return request.position() == 0 ? null : new AppendOutcome.PositionMismatch(0, 0);
        }
        if (old.type() != ObjectType.APPENDABLE) {
            return new AppendOutcome.NotAppendable();
        }
        if (old.sealedMillis() != 0) {
            return new AppendOutcome.Sealed(old.info(request.bucket(), request.key()));
        }
        if (old.sizeBytes() != request.position()) {
            return new AppendOutcome.PositionMismatch(old.sizeBytes(), old.crc64());
        }
        return null;
    }

    private AppendOutcome store(AppendObject request, byte[] key, Body.Content content) {
        boolean stored = false;
        boolean doubt = false;
        try {
            long since = core.monotonic().nanos();
            Bucket bucket = core.buckets().require(request.bucket());
            long versionId = core.ids().next();
            AppendOutcome outcome =
                    core.stripes()
                            .retry(key, () -> attempt(request, bucket, key, versionId, content));
            stored = outcome instanceof AppendOutcome.Appended;
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

    private Optional<AppendOutcome> attempt(
            AppendObject request, Bucket bucket, byte[] key, long versionId, Body.Content content) {
        ObjectCommit commit = ObjectCommit.read(core, bucket, key);
        ObjectRow old = commit.old();
        AppendOutcome refused = refusal(request, old);
        if (refused != null) {
            return Optional.of(refused);
        }
        long now = core.nowMillis();
        ObjectRow row = grown(request, old, versionId, content, now);
        write(commit, row.incarnation(), request.position(), content);
        commit.update(row, ChangeKind.APPEND, now);
        return commit.commit(versionId)
                ? Optional.of(
                        new AppendOutcome.Appended(
                                row.sizeBytes(),
                                row.crc64(),
                                row.info(bucket.name(), request.key())))
                : Optional.empty();
    }

    private static ObjectRow grown(
            AppendObject request,
            @Nullable ObjectRow old,
            long versionId,
            Body.Content content,
            long now) {
        long incarnation = old == null ? versionId : old.incarnation();
        long crc =
                old == null
                        ? content.crc64()
                        : Crc64.combine(old.crc64(), content.crc64(), content.sizeBytes());
        return new ObjectRow(
                versionId,
                incarnation,
                ObjectType.APPENDABLE,
                request.position() + content.sizeBytes(),
                new byte[0],
                0,
                crc,
                now,
                0,
                old == null ? request.metadata() : old.metadata(),
                new Layout.Rows(incarnation));
    }

    private static void write(
            ObjectCommit commit, long contentId, long position, Body.Content content) {
        if (content.sizeBytes() == 0) {
            return;
        }
        byte[] row;
        if (content.pieces().isEmpty()) {
            row = ContentRow.inline(content.inline(), 0, content.inline().length);
        } else {
            row = new ContentRow.Extents(content.pieces()).encode();
            OwnerRow.own(
                    commit.batch(),
                    content.pieces(),
                    contentId,
                    new OwnerRow.InContent(contentId, position));
        }
        commit.batch().put(StoreKeys.content(contentId, position), row);
    }

    SealOutcome seal(String bucketName, String keyText, long position) {
        byte[] key = StoreKeys.keyBytes(keyText);
        long since = core.monotonic().nanos();
        Bucket bucket = core.buckets().require(bucketName);
        long versionId = core.ids().next();
        SealOutcome outcome =
                core.stripes().retry(key, () -> trySeal(bucket, keyText, key, position, versionId));
        core.buckets().confirm(bucket, since);
        return outcome;
    }

    private Optional<SealOutcome> trySeal(
            Bucket bucket, String keyText, byte[] key, long position, long versionId) {
        ObjectCommit commit = ObjectCommit.read(core, bucket, key);
        ObjectRow old = commit.old();
        if (old == null) {
            return Optional.of(new SealOutcome.NoSuchKey());
        }
        if (old.type() != ObjectType.APPENDABLE) {
            return Optional.of(new SealOutcome.NotAppendable());
        }
        if (old.sizeBytes() != position) {
            return Optional.of(new SealOutcome.PositionMismatch(old.sizeBytes(), old.crc64()));
        }
        if (old.sealedMillis() != 0) {
            return Optional.of(new SealOutcome.Sealed(old.info(bucket.name(), keyText)));
        }
        long now = core.nowMillis();
        ObjectRow sealed =
                new ObjectRow(
                        versionId,
                        old.incarnation(),
                        old.type(),
                        old.sizeBytes(),
                        old.md5(),
                        old.parts(),
                        old.crc64(),
                        old.modifiedMillis(),
                        now,
                        old.metadata(),
                        old.layout());
        commit.update(sealed, ChangeKind.SEAL, now);
        return commit.commit(versionId)
                ? Optional.of(new SealOutcome.Sealed(sealed.info(bucket.name(), keyText)))
                : Optional.empty();
    }
}
