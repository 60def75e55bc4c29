package io.millrace.store.uploads;

import io.millrace.keyspace.Batch;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.Body;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Digests;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.Readers;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stores parts. The upload's record is guarded, so no part joins an upload that is over. */
public final class Parts {
    /** An attempt to complete that stands longer was left behind by a crash. */
    static final Duration STALE_COMPLETION = Duration.ofSeconds(60);

    /** How often a source that others change is looked at again. */
    private static final int COPY_TRIES = 5;

    private final Core core;
    private final Readers readers;

    Parts(Core core) {
        this.core = core;
        this.readers = new Readers(core);
    }

    PartOutcome upload(UploadPart request, InputStream body) {
        checkNumber(request.number());
        Bucket bucket = core.buckets().require(request.bucket());
        Optional<UploadKey> upload = UploadKey.of(bucket, request.key(), request.uploadId());
        if (upload.isEmpty() || core.space().get(upload.get().rowKey()) == null) {
            return new PartOutcome.NoSuchUpload();
        }
        Body received =
                core.bodies()
                        .receive(body, request.sizeBytes(), request.expected(), Objects.MAX_BYTES);
        return store(upload.get(), request.number(), received, request.checksums());
    }

    private PartOutcome store(
            UploadKey upload,
            int number,
            Body body,
            Supplier<Map<ChecksumAlgorithm, byte[]>> checksums) {
        return switch (body) {
            case Body.Content content -> commit(upload, number, content, checksums.get());
            case Body.DigestMismatch m ->
                    new PartOutcome.DigestMismatch(m.digest(), m.expected(), m.actual());
            case Body.TooLarge t -> new PartOutcome.TooLarge(t.limitBytes());
            case Body.Incomplete i ->
                    new PartOutcome.IncompleteBody(i.expectedBytes(), i.receivedBytes());
        };
    }

    private PartOutcome commit(
            UploadKey upload,
            int number,
            Body.Content content,
            Map<ChecksumAlgorithm, byte[]> checksums) {
        boolean stored = false;
        boolean doubt = false;
        try {
            long partId = core.ids().next();
            PartOutcome outcome =
                    core.stripes()
                            .retry(
                                    upload.id(),
                                    () ->
                                            attempt(
                                                    upload,
                                                    number,
                                                    partId,
                                                    content,
                                                    checksums,
                                                    Batch.builder()));
            stored = outcome instanceof PartOutcome.Stored;
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

    private Optional<PartOutcome> attempt(
            UploadKey upload,
            int number,
            long partId,
            Body.Content content,
            Map<ChecksumAlgorithm, byte[]> checksums,
            Batch.Builder batch) {
        byte[] uploadBytes = core.space().get(upload.rowKey());
        if (uploadBytes == null) {
            return Optional.of(new PartOutcome.NoSuchUpload());
        }
        UploadRow row = UploadRow.decode(uploadBytes);
        batch.holds(upload.rowKey(), uploadBytes);
        if (row.completionId() != 0) {
            if (!stale(row)) {
                return Optional.empty();
            }
            batch.put(upload.rowKey(), row.open().encode());
        }
        byte[] partKey = StoreKeys.part(upload.number(), number);
        byte[] oldBytes = core.space().get(partKey);
        batch.unchanged(partKey, oldBytes);
        long now = core.nowMillis();
        freeOld(batch, oldBytes, partId, now);
        PartRow part =
                new PartRow(
                        partId,
                        content.sizeBytes(),
                        content.md5(),
                        content.crc64(),
                        now,
                        content.inline(),
                        content.pieces(),
                        checksums);
        byte[] record = part.encode();
        batch.put(partKey, record);
        OwnerRow.own(batch, content.pieces(), partId, new OwnerRow.InPart(upload.number(), number));
        return core.space().commit(batch, () -> Arrays.equals(core.space().get(partKey), record))
                ? Optional.of(new PartOutcome.Stored(PartInfo.of(number, part)))
                : Optional.empty();
    }

    boolean stale(UploadRow row) {
        long age = core.space().now().toEpochMilli() - row.completingSinceMillis();
        return age > STALE_COMPLETION.toMillis();
    }

    private static void freeOld(
            Batch.Builder batch, byte @Nullable [] oldBytes, long partId, long now) {
        if (oldBytes == null) {
            return;
        }
        PartRow old = PartRow.decode(oldBytes);
        if (!old.pieces().isEmpty()) {
            batch.put(
                    StoreKeys.deletion(now, partId),
                    new DeletionRow.OfPart(old.partId(), old.pieces()).encode());
        }
    }

    PartOutcome copy(UploadPartCopy request) {
        checkNumber(request.number());
        Bucket bucket = core.buckets().require(request.bucket());
        Bucket source = core.buckets().require(request.sourceBucket());
        Optional<UploadKey> upload = UploadKey.of(bucket, request.key(), request.uploadId());
        if (upload.isEmpty() || core.space().get(upload.get().rowKey()) == null) {
            return new PartOutcome.NoSuchUpload();
        }
        for (int i = 0; i < COPY_TRIES; i++) {
            Optional<PartOutcome> outcome = tryCopy(request, source, upload.get());
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw new StoreException(
                StoreException.Code.BUSY, "others keep changing the source; try again");
    }

    /** Empty when the source was changed or moved meanwhile. */
    private Optional<PartOutcome> tryCopy(UploadPartCopy request, Bucket bucket, UploadKey upload) {
        Optional<Readers.Opened> opened = readers.open(bucket, request.sourceKey());
        if (opened.isEmpty()) {
            return Optional.of(new PartOutcome.NoSuchSource());
        }
        Readers.Opened source = opened.get();
        try (ObjectReader reader = source.reader()) {
            ReadConditions.Verdict verdict = request.sourceConditions().judge(reader.info());
            if (verdict != ReadConditions.Verdict.MET) {
                return Optional.of(new PartOutcome.SourceConditionFailed(verdict));
            }
            long size = reader.info().sizeBytes();
            long from = request.sourceFrom();
            long length = request.sourceLength() < 0 ? size - from : request.sourceLength();
            if (from < 0 || length < 0 || length > size - from) {
                return Optional.of(new PartOutcome.InvalidRange(size));
            }
            List<Piece> slice = slice(source.row().layout(), from, length);
            if (slice.isEmpty() || length <= core.bodies().inlineBytes()) {
                InputStream bytes = reader.range(from, length);
                Body body =
                        core.bodies()
                                .receive(bytes, length, ExpectedDigests.NONE, Objects.MAX_BYTES);
                return Optional.of(store(upload, request.number(), body, Map::of));
            }
            Body.Content shared = digest(reader, from, length, slice);
            byte[] sourceKey =
                    StoreKeys.object(bucket.id(), StoreKeys.keyBytes(request.sourceKey()));
            return share(upload, request.number(), shared, sourceKey, source.record());
        }
    }

    /** The source's record must still be as it was, else its extents may have lost their owner. */
    private Optional<PartOutcome> share(
            UploadKey upload,
            int number,
            Body.Content shared,
            byte[] sourceKey,
            byte[] sourceRecord) {
        long partId = core.ids().next();
        core.bodies().pin(shared.pieces());
        try {
            return core.stripes()
                    .retry(
                            upload.id(),
                            () -> {
                                if (!Arrays.equals(core.space().get(sourceKey), sourceRecord)) {
                                    return Optional.of(Optional.empty());
                                }
                                Batch.Builder batch =
                                        Batch.builder().holds(sourceKey, sourceRecord);
                                Optional<PartOutcome> outcome =
                                        attempt(upload, number, partId, shared, Map.of(), batch);
                                return outcome.isPresent()
                                        ? Optional.of(outcome)
                                        : Optional.empty();
                            });
        } finally {
            core.bodies().settled(shared.pieces());
        }
    }

    private static Body.Content digest(
            ObjectReader reader, long from, long length, List<Piece> slice) {
        Digests digests = new Digests(ExpectedDigests.NONE);
        byte[] buffer = new byte[256 * 1024];
        try (InputStream in = reader.range(from, length)) {
            for (int got; (got = in.read(buffer)) > 0; ) {
                digests.update(buffer, 0, got);
            }
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.STORAGE_FAILED, "the source could not be read", e);
        }
        if (digests.finish(length, new byte[0], slice) instanceof Body.Content content) {
            return content;
        }
        throw new IllegalStateException("nothing was expected, so nothing can mismatch");
    }

    /** The pieces of a range; empty when the content isn't a plain list of extents. */
    private static List<Piece> slice(Layout layout, long from, long length) {
        if (!(layout instanceof Layout.Direct direct)) {
            return List.of();
        }
        List<Piece> slice = new ArrayList<>();
        long at = 0;
        for (Piece piece : direct.pieces()) {
            long begin = Math.max(from, at);
            long end = Math.min(from + length, at + piece.length());
            if (begin < end) {
                slice.add(new Piece(piece.ref(), piece.from() + begin - at, end - begin));
            }
            at += piece.length();
        }
        return slice;
    }

    private static void checkNumber(int number) {
        if (number < 1 || number > Uploads.MAX_PARTS) {
            throw StoreKeys.invalid("a part's number is 1 to " + Uploads.MAX_PARTS);
        }
    }
}
