package io.millrace.store.uploads;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.kit.Crc64;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.DeletionRow;
import io.millrace.store.content.Digests;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.ObjectCommit;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object of an upload's parts. First the upload's record is claimed, so that no part
 * changes any more; then the parts are read and judged; then one commit makes the object, whose
 * content rows name the parts where they stand. Any other end gives the claim back.
 */
final class Completion {
    private final Core core;
    private final Parts parts;
    private final long minPartBytes;

    Completion(Core core, Parts parts, long minPartBytes) {
        this.core = core;
        this.parts = parts;
        this.minPartBytes = minPartBytes;
    }

    /** What completing needs to know of a part. */
    private record Known(
            long partId,
            long sizeBytes,
            byte[] md5,
            long crc64,
            Map<ChecksumAlgorithm, byte[]> checksums) {}

    /** The parts that become the object. */
    private record Chosen(
            List<ContentRow.PartSpan> spans,
            long sizeBytes,
            byte[] md5,
            long crc64,
            boolean leftovers) {}

    CompleteOutcome complete(CompleteUpload request) {
        Bucket bucket = core.buckets().require(request.bucket());
        Optional<UploadKey> found = UploadKey.of(bucket, request.key(), request.uploadId());
        if (found.isEmpty()) {
            return new CompleteOutcome.NoSuchUpload();
        }
        UploadKey upload = found.get();
        ReadChecksums read = read(request, upload);
        Optional<byte[]> claim = core.stripes().retry(upload.id(), () -> claim(upload));
        if (claim.isEmpty()) {
            return before(request, upload);
        }
        byte[] held = claim.get();
        boolean release = true;
        try {
            CompleteOutcome outcome = finish(request, upload, held, read);
            release = !(outcome instanceof CompleteOutcome.Completed);
            return outcome;
        } catch (StoreException e) {
            release = e.code() != StoreException.Code.COMMIT_UNKNOWN;
            throw e;
        } finally {
            if (release) {
                byte[] open = UploadRow.decode(held).open().encode();
                core.space()
                        .tryCommit(
                                Batch.builder()
                                        .holds(upload.rowKey(), held)
                                        .put(upload.rowKey(), open));
            }
        }
    }

    /** The claimed record; an inner empty when there is no such upload, an outer to try again. */
    private Optional<Optional<byte[]>> claim(UploadKey upload) {
        byte[] bytes = core.space().get(upload.rowKey());
        if (bytes == null) {
            return Optional.of(Optional.empty());
        }
        UploadRow row = UploadRow.decode(bytes);
        if (row.completionId() != 0 && !parts.stale(row)) {
            return Optional.empty();
        }
        byte[] held = row.completing(core.ids().next(), core.space().now().toEpochMilli()).encode();
        Batch.Builder batch =
                Batch.builder().holds(upload.rowKey(), bytes).put(upload.rowKey(), held);
        boolean claimed =
                core.space()
                        .commit(
                                batch,
                                () -> Arrays.equals(core.space().get(upload.rowKey()), held));
        return claimed ? Optional.of(Optional.of(held)) : Optional.empty();
    }

    /** A client that lost its answer asks again: the object then is what this upload made. */
    private CompleteOutcome before(CompleteUpload request, UploadKey upload) {
        byte[] record = core.space().get(StoreKeys.object(upload.bucket().id(), upload.key()));
        if (record != null) {
            ObjectRow row = ObjectRow.decode(record);
            if (row.layout().equals(new Layout.Rows(upload.number()))) {
                if (request.sizeBytes() >= 0 && request.sizeBytes() != row.sizeBytes()) {
                    return new CompleteOutcome.SizeMismatch(request.sizeBytes(), row.sizeBytes());
                }
                return new CompleteOutcome.Completed(
                        row.info(upload.bucket().name(), upload.keyText()));
            }
        }
        return new CompleteOutcome.NoSuchUpload();
    }

    /** The checksums that parts were not sent with and that completing them needs. */
    private ReadChecksums read(CompleteUpload request, UploadKey upload) {
        ReadChecksums read = new ReadChecksums(core);
        if (core.space().get(upload.rowKey()) == null) {
            return read;
        }
        ObjectChecksum whole = request.checksum();
        if (whole != null && request.all()) {
            known(upload.number())
                    .keySet()
                    .forEach(n -> read.read(upload, n, Set.of(whole.algorithm())));
        }
        for (CompleteUpload.NamedPart named : request.parts()) {
            Set<ChecksumAlgorithm> wanted = EnumSet.noneOf(ChecksumAlgorithm.class);
            wanted.addAll(named.checksums().keySet());
            if (whole != null) {
                wanted.add(whole.algorithm());
            }
            if (!wanted.isEmpty()) {
                read.read(upload, named.number(), wanted);
            }
        }
        return read;
    }

    private CompleteOutcome finish(
            CompleteUpload request, UploadKey upload, byte[] held, ReadChecksums read) {
        NavigableMap<Integer, Known> known = known(upload.number());
        List<ContentRow.PartSpan> spans = new ArrayList<>();
        CompleteOutcome wrong = choose(request, known, spans, read);
        if (wrong != null) {
            return wrong;
        }
        Chosen chosen = sum(spans, known, request.etag());
        if (request.sizeBytes() >= 0 && request.sizeBytes() != chosen.sizeBytes()) {
            return new CompleteOutcome.SizeMismatch(request.sizeBytes(), chosen.sizeBytes());
        }
        ObjectChecksum checksum = request.checksum();
        CompleteOutcome another = checksum == null ? null : check(checksum, spans, known, read);
        if (another != null) {
            return another;
        }
        Long expected = request.expected().crc64();
        if (expected != null && expected != chosen.crc64()) {
            return new CompleteOutcome.DigestMismatch(
                    "crc64",
                    Long.toUnsignedString(expected),
                    Long.toUnsignedString(chosen.crc64()));
        }
        long since = core.monotonic().nanos();
        Bucket bucket = core.buckets().require(request.bucket());
        long versionId = core.ids().next();
        CompleteOutcome outcome =
                core.stripes()
                        .retry(
                                upload.key(),
                                () -> attempt(request, upload, held, chosen, versionId));
        if (outcome instanceof CompleteOutcome.Completed) {
            core.buckets().confirm(bucket, since);
        }
        return outcome;
    }

    private static @Nullable CompleteOutcome check(
            ObjectChecksum checksum,
            List<ContentRow.PartSpan> spans,
            Map<Integer, Known> known,
            ReadChecksums read) {
        List<ObjectChecksum.OfPart> ofParts = new ArrayList<>(spans.size());
        for (ContentRow.PartSpan span : spans) {
            Known part = java.util.Objects.requireNonNull(known.get(span.number()));
            byte[] value = checksum(part, checksum.algorithm(), read);
            ofParts.add(new ObjectChecksum.OfPart(value, part.sizeBytes()));
        }
        byte[] actual = checksum.actual(ofParts);
        boolean count = checksum.parts() == 0 || checksum.parts() == spans.size();
        if (count && Arrays.equals(checksum.value(), actual)) {
            return null;
        }
        return new CompleteOutcome.DigestMismatch(
                checksum.algorithm().name(), base64(checksum.value()), base64(actual));
    }

    private static byte[] checksum(Known part, ChecksumAlgorithm algorithm, ReadChecksums read) {
        byte[] value = read.of(part.partId(), part.checksums(), algorithm);
        if (value == null) {
            // Sent anew since it was read.
            throw ReadChecksums.changing();
        }
        return value;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private NavigableMap<Integer, Known> known(long number) {
        NavigableMap<Integer, Known> known = new TreeMap<>();
        byte[] prefix = StoreKeys.parts(number);
        byte[] after = prefix;
        while (true) {
            List<Entry> page = core.space().scan(Scan.prefixAfter(prefix, after, 1000));
            for (Entry entry : page) {
                PartRow part = PartRow.decode(entry.value());
                known.put(
                        StoreKeys.partNumber(entry.key()),
                        new Known(
                                part.partId(),
                                part.sizeBytes(),
                                part.md5(),
                                part.crc64(),
                                part.checksums()));
            }
            if (page.size() < 1000) {
                return known;
            }
            after = page.getLast().key();
        }
    }

    private @Nullable CompleteOutcome choose(
            CompleteUpload request,
            NavigableMap<Integer, Known> known,
            List<ContentRow.PartSpan> spans,
            ReadChecksums read) {
        if (request.all()) {
            known.forEach((n, k) -> spans.add(new ContentRow.PartSpan(n, k.sizeBytes())));
            if (spans.isEmpty()) {
                return new CompleteOutcome.NoParts();
            }
        }
        if (!request.all() && request.parts().isEmpty() && !known.isEmpty()) {
            return new CompleteOutcome.NoParts(); // they would be lost
        }
        int last = 0;
        for (CompleteUpload.NamedPart named : request.parts()) {
            if (named.number() <= last) {
                return new CompleteOutcome.InvalidPartOrder(named.number());
            }
            last = named.number();
            Known part = known.get(named.number());
            if (part == null
                    || !named.etag().equalsIgnoreCase(hex(part.md5()))
                    || !has(part, named.checksums(), read)) {
                return new CompleteOutcome.InvalidPart(named.number());
            }
            spans.add(new ContentRow.PartSpan(named.number(), part.sizeBytes()));
        }
        for (ContentRow.PartSpan span : spans.subList(0, Math.max(0, spans.size() - 1))) {
            if (span.sizeBytes() < minPartBytes) {
                return new CompleteOutcome.PartTooSmall(
                        span.number(), span.sizeBytes(), minPartBytes);
            }
        }
        return null;
    }

    private static boolean has(
            Known part, Map<ChecksumAlgorithm, byte[]> named, ReadChecksums read) {
        for (Map.Entry<ChecksumAlgorithm, byte[]> each : named.entrySet()) {
            if (!Arrays.equals(each.getValue(), checksum(part, each.getKey(), read))) {
                return false;
            }
        }
        return true;
    }

    private static Chosen sum(
            List<ContentRow.PartSpan> spans,
            Map<Integer, Known> known,
            CompleteUpload.PartsEtag etag) {
        long size = 0;
        long crc = 0;
        List<byte[]> digests = new ArrayList<>(spans.size());
        for (ContentRow.PartSpan span : spans) {
            Known part = java.util.Objects.requireNonNull(known.get(span.number()));
            crc = Crc64.combine(crc, part.crc64(), part.sizeBytes());
            size += part.sizeBytes();
            digests.add(
                    switch (etag) {
                        case DIGESTS -> part.md5();
                        case UPPER_CASE_HEX -> upperCaseHex(part.md5());
                    });
        }
        return new Chosen(spans, size, Digests.md5(digests), crc, spans.size() < known.size());
    }

    private static byte[] upperCaseHex(byte[] digest) {
        String text = HexFormat.of().withUpperCase().formatHex(digest);
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Optional<CompleteOutcome> attempt(
            CompleteUpload request, UploadKey upload, byte[] held, Chosen chosen, long versionId) {
        if (!Arrays.equals(core.space().get(upload.rowKey()), held)) {
            // Aborted meanwhile, or taken over after a minute.
            return Optional.of(new CompleteOutcome.NoSuchUpload());
        }
        ObjectCommit commit = ObjectCommit.read(core, upload.bucket(), upload.key());
        ObjectInfo current = commit.oldInfo(request.key());
        if (!request.conditions().hold(current)) {
            return Optional.of(new CompleteOutcome.PreconditionFailed(current));
        }
        Batch.Builder batch = commit.batch();
        batch.holds(upload.rowKey(), held).delete(upload.rowKey());
        long now = core.nowMillis();
        writeSpans(batch, upload.number(), chosen.spans());
        if (chosen.leftovers()) {
            batch.put(
                    StoreKeys.deletion(now, core.ids().next()),
                    new DeletionRow.OfUpload(upload.number()).encode());
        }
        ObjectRow row =
                new ObjectRow(
                        versionId,
                        versionId,
                        ObjectType.MULTIPART,
                        chosen.sizeBytes(),
                        chosen.md5(),
                        chosen.spans().size(),
                        chosen.crc64(),
                        now,
                        0,
                        UploadRow.decode(held).metadata(),
                        new Layout.Rows(upload.number()));
        commit.replace(row);
        return commit.commit(versionId)
                ? Optional.of(
                        new CompleteOutcome.Completed(
                                row.info(upload.bucket().name(), request.key())))
                : Optional.empty();
    }

    private static void writeSpans(
            Batch.Builder batch, long contentId, List<ContentRow.PartSpan> spans) {
        long at = 0;
        for (int from = 0; from < spans.size(); from += ContentRow.Parts.MAX) {
            int to = Math.min(spans.size(), from + ContentRow.Parts.MAX);
            ContentRow.Parts row = new ContentRow.Parts(spans.subList(from, to));
            batch.put(StoreKeys.content(contentId, at), row.encode());
            at += row.sizeBytes();
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
