package io.millrace.store.uploads;

import io.millrace.keyspace.Batch;
import io.millrace.kit.Ids;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** Multipart uploads. Thread-safe; every change is durable when its method returns. */
public final class Uploads {
    /** The highest part number. */
    public static final int MAX_PARTS = 10_000;

    private final Core core;
    private final Parts parts;
    private final Completion completion;
    private final UploadLists lists;

    /**
     * Made by the store.
     *
     * @param minPartBytes the least size of a part that is not the last; 0 for none
     */
    public Uploads(Core core, long minPartBytes) {
        this.core = core;
        this.parts = new Parts(core);
        this.completion = new Completion(core, parts, minPartBytes);
        this.lists = new UploadLists(core);
    }

    /** Begins an upload; its id is unguessable. */
    public UploadInfo initiate(String bucketName, String keyText, ObjectMetadata metadata) {
        metadata.requireWithinLimits();
        byte[] key = StoreKeys.keyBytes(keyText);
        long since = core.monotonic().nanos();
        core.room().refuseIfFull();
        Bucket bucket = core.buckets().require(bucketName);
        long number = core.ids().next();
        byte[] id = UploadKey.newId(number, Ids.randomBytes(8));
        UploadKey upload = new UploadKey(bucket, keyText, key, id);
        UploadRow row = new UploadRow(number, core.nowMillis(), metadata, 0, 0);
        byte[] record = row.encode();
        byte[] rowKey = upload.rowKey();
        Batch.Builder batch = Batch.builder().absent(rowKey).put(rowKey, record);
        if (!core.space().commit(batch, () -> Arrays.equals(core.space().get(rowKey), record))) {
            throw new StoreException(
                    StoreException.Code.STORAGE_FAILED, "an upload's number came twice");
        }
        core.buckets().confirm(bucket, since);
        return UploadLists.info(upload, row);
    }

    /** The open upload of that id. */
    public Optional<UploadInfo> get(String bucket, String key, String uploadId) {
        return UploadKey.of(core.buckets().require(bucket), key, uploadId)
                .flatMap(
                        upload ->
                                Optional.ofNullable(core.space().get(upload.rowKey()))
                                        .map(r -> UploadLists.info(upload, UploadRow.decode(r))));
    }

    public PartOutcome uploadPart(UploadPart request, InputStream body) {
        return parts.upload(request, body);
    }

    /**
     * Makes a part of an object's bytes. Extents of an object that was put whole are shared, not
     * copied; bytes of appended, multipart and inline objects are copied.
     */
    public PartOutcome uploadPartCopy(UploadPartCopy request) {
        return parts.copy(request);
    }

    /** Up to {@code limit} parts with numbers above {@code after}; empty: no such upload. */
    public Optional<PartListing> listParts(
            String bucket, String key, String uploadId, int after, int limit) {
        return UploadKey.of(core.buckets().require(bucket), key, uploadId)
                .flatMap(upload -> lists.parts(upload, after, limit));
    }

    /** One page of the bucket's open uploads, at most 1,000. */
    public UploadListing list(ListUploads request) {
        return lists.list(request);
    }

    /**
     * What the bucket's open uploads hold; empty when they are too many to be counted at once
     * ({@value UploadLists#MAX_COUNTED} uploads and parts).
     */
    public Optional<OpenUploads> open(String bucket) {
        return lists.open(core.buckets().require(bucket));
    }

    /** Makes the object; asked again after it happened, it answers the same. */
    public CompleteOutcome complete(CompleteUpload request) {
        return completion.complete(request);
    }

    /** Ends an upload and frees its parts; false: no such upload. */
    public boolean abort(String bucket, String key, String uploadId) {
        return UploadKey.of(core.buckets().require(bucket), key, uploadId)
                .map(upload -> abort(core, upload.rowKey(), upload.number()))
                .orElse(false);
    }

    public static boolean abort(Core core, byte[] rowKey, long number) {
        return core.stripes()
                .retry(
                        rowKey,
                        () -> {
                            byte[] record = core.space().get(rowKey);
                            if (record == null) {
                                return Optional.of(false);
                            }
                            Batch.Builder batch =
                                    Batch.builder()
                                            .holds(rowKey, record)
                                            .delete(rowKey)
                                            .put(
                                                    StoreKeys.deletion(
                                                            core.nowMillis(), core.ids().next()),
                                                    new DeletionRow.OfUpload(number).encode());
                            return core.space()
                                            .commit(batch, () -> core.space().get(rowKey) == null)
                                    ? Optional.of(true)
                                    : Optional.empty();
                        });
    }
}
