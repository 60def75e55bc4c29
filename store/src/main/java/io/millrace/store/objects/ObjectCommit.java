package io.millrace.store.objects;

import io.millrace.keyspace.Batch;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Body;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.Piece;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.log.ChangeRow;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change of one object in the making: what the key holds now, and the batch that guards it.
 * Everything that belongs to a change goes into the same batch: the record, its content, the owners
 * of its extents, what it frees, the bucket's counters, the change log. Not thread-safe.
 */
public final class ObjectCommit {
    private final Core core;
    private final Bucket bucket;
    private final byte[] key;
    private final byte[] rowKey;
    private final int shard;
    private final @Nullable ObjectRow old;
    private final Batch.Builder batch;
    private final List<Integer> shards;

    private ObjectCommit(
            Core core,
            Bucket bucket,
            byte[] key,
            byte[] rowKey,
            byte @Nullable [] oldBytes,
            Batch.Builder batch,
            List<Integer> shards) {
        this.core = core;
        this.bucket = bucket;
        this.key = key;
        this.rowKey = rowKey;
        this.shard = StoreKeys.shard(bucket.id(), key);
        this.old = oldBytes == null ? null : ObjectRow.decode(oldBytes);
        this.batch = batch;
        this.shards = shards;
        shards.add(shard);
        batch.unchanged(rowKey, oldBytes);
    }

    /** Reads what the key holds. */
    public static ObjectCommit read(Core core, Bucket bucket, byte[] key) {
        byte[] rowKey = StoreKeys.object(bucket.id(), key);
        return of(core, bucket, key, core.space().get(rowKey), Batch.builder(), new ArrayList<>(1));
    }

    /**
     * For what the key held when it was read, into a batch that several changes share.
     *
     * @param shards collects the shards of the change log that the batch writes to
     */
    static ObjectCommit of(
            Core core,
            Bucket bucket,
            byte[] key,
            byte @Nullable [] oldBytes,
            Batch.Builder batch,
            List<Integer> shards) {
        byte[] rowKey = StoreKeys.object(bucket.id(), key);
        return new ObjectCommit(core, bucket, key, rowKey, oldBytes, batch, shards);
    }

    @Nullable ObjectRow old() {
        return old;
    }

    public @Nullable ObjectInfo oldInfo(String keyText) {
        return old == null ? null : old.info(bucket.name(), keyText);
    }

    public Batch.Builder batch() {
        return batch;
    }

    /** The object is new: what was there is freed. */
    public void replace(ObjectRow row) {
        if (old != null) {
            free(old, row.versionId(), row.modifiedMillis());
        }
        put(row, ChangeKind.PUT, row.modifiedMillis());
    }

    /** The object goes on under its incarnation. */
    void update(ObjectRow row, ChangeKind kind, long nowMillis) {
        put(row, kind, nowMillis);
    }

    /** The object is gone. */
    void remove(ObjectRow gone, long versionId, long nowMillis) {
        free(gone, versionId, nowMillis);
        batch.delete(rowKey);
        count(-1, -gone.sizeBytes());
        log(versionId, gone.incarnation(), ChangeKind.DELETE, gone.sizeBytes(), -1, nowMillis);
    }

    private void put(ObjectRow row, ChangeKind kind, long nowMillis) {
        batch.put(rowKey, row.encode());
        long oldLength = old == null ? -1 : old.sizeBytes();
        count(old == null ? 1 : 0, row.sizeBytes() - Math.max(0, oldLength));
        log(row.versionId(), row.incarnation(), kind, oldLength, row.sizeBytes(), nowMillis);
    }

    /** Writes the bytes of a small object, or the owners of a larger one's extents. */
    Layout content(Body.Content content, long contentId) {
        if (content.sizeBytes() == 0) {
            return Layout.EMPTY;
        }
        if (content.pieces().isEmpty()) {
            return inline(content.inline(), contentId);
        }
        return direct(content.pieces(), contentId);
    }

    Layout inline(byte[] bytes, long contentId) {
        batch.put(StoreKeys.content(contentId, 0), ContentRow.inline(bytes, 0, bytes.length));
        return new Layout.OneRow(contentId);
    }

    Layout direct(List<Piece> pieces, long incarnation) {
        OwnerRow.own(batch, pieces, incarnation, new OwnerRow.InObject(bucket.id(), key));
        return new Layout.Direct(pieces);
    }

    private void free(ObjectRow gone, long versionId, long nowMillis) {
        switch (gone.layout()) {
            case Layout.Empty e -> {}
            case Layout.OneRow one -> batch.delete(StoreKeys.content(one.contentId(), 0));
            case Layout.Direct d -> later(gone, versionId, nowMillis);
            case Layout.Rows r -> later(gone, versionId, nowMillis);
        }
    }

    private void later(ObjectRow gone, long versionId, long nowMillis) {
        batch.put(
                StoreKeys.deletion(nowMillis, versionId),
                new DeletionRow.OfObject(gone.incarnation(), gone.layout()).encode());
    }

    private void count(long objects, long bytes) {
        if (objects != 0) {
            batch.add(StoreKeys.objectCount(bucket.id(), shard), objects);
        }
        if (bytes != 0) {
            batch.add(StoreKeys.byteCount(bucket.id(), shard), bytes);
        }
    }

    private void log(
            long versionId,
            long incarnation,
            ChangeKind kind,
            long oldLength,
            long newLength,
            long nowMillis) {
        ChangeRow change =
                new ChangeRow(
                        bucket.id(),
                        key,
                        versionId,
                        incarnation,
                        kind,
                        oldLength,
                        newLength,
                        nowMillis);
        batch.appendStamped(StoreKeys.logCounter(shard), StoreKeys.log(shard), change.encode());
    }

    /** Commits; false is a conflict. Doubt is settled by the version id in the change log. */
    public boolean commit(long versionId) {
        if (!core.space().commit(batch, () -> core.changes().witnesses(shard, versionId))) {
            return false;
        }
        core.changes().wrote(shards);
        return true;
    }
}
