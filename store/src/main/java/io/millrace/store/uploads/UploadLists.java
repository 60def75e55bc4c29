package io.millrace.store.uploads;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.content.PartRow;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Lists open uploads and their parts. */
final class UploadLists {
    private static final int MAX_LIMIT = 1000;

    /** The most uploads and parts that are looked at to count them. */
    static final int MAX_COUNTED = 200_000;

    private final Core core;

    UploadLists(Core core) {
        this.core = core;
    }

    static UploadInfo info(UploadKey upload, UploadRow row) {
        return new UploadInfo(
                upload.bucket().name(),
                upload.keyText(),
                upload.idText(),
                row.metadata(),
                Instant.ofEpochMilli(row.initiatedMillis()));
    }

    Optional<PartListing> parts(UploadKey upload, int after, int limit) {
        checkLimit(limit);
        byte[] record = core.space().get(upload.rowKey());
        if (record == null) {
            return Optional.empty();
        }
        byte[] prefix = StoreKeys.parts(upload.number());
        byte[] from = StoreKeys.part(upload.number(), Math.max(0, after) + 1);
        List<PartInfo> parts = new ArrayList<>();
        boolean truncated = false;
        for (Entry entry :
                core.space().scan(Scan.range(from, Keys.afterPrefix(prefix), limit + 1))) {
            if (parts.size() == limit) {
                truncated = true;
                break;
            }
            int number = StoreKeys.partNumber(entry.key());
            parts.add(PartInfo.of(number, PartRow.decode(entry.value())));
        }
        int next = parts.isEmpty() ? 0 : parts.getLast().number();
        UploadInfo info = info(upload, UploadRow.decode(record));
        return Optional.of(new PartListing(info, parts, next, truncated));
    }

    /** Rolls up here, not in the engine: an upload's id follows the key and may hold any byte. */
    UploadListing list(ListUploads request) {
        checkLimit(request.limit());
        Bucket bucket = core.buckets().require(request.bucket());
        byte[] all = StoreKeys.uploads(bucket.id());
        byte[] from = max(Keys.under(all).textPrefix(request.prefix()).done(), from(request, all));
        byte[] to = Keys.afterPrefix(Keys.under(all).textPrefix(request.prefix()).done());
        List<UploadInfo> uploads = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String nextKey = "";
        String nextUploadId = "";
        while (true) {
            List<Entry> page = core.space().scan(Scan.range(from, to, 1000));
            if (page.isEmpty()) {
                return new UploadListing(uploads, prefixes, nextKey, nextUploadId, false);
            }
            for (Entry entry : page) {
                if (uploads.size() + prefixes.size() == request.limit()) {
                    return new UploadListing(uploads, prefixes, nextKey, nextUploadId, true);
                }
                UploadKey upload = key(bucket, entry.key(), all.length);
                Optional<String> group = group(request, upload.keyText());
                if (group.isPresent()) {
                    prefixes.add(group.get());
                    nextKey = group.get();
                    nextUploadId = "";
                    from = Keys.afterPrefix(Keys.under(all).textPrefix(nextKey).done());
                    break;
                }
                uploads.add(info(upload, UploadRow.decode(entry.value())));
                nextKey = upload.keyText();
                nextUploadId = upload.idText();
                from = Keys.next(entry.key());
            }
        }
    }

    Optional<OpenUploads> open(Bucket bucket) {
        byte[] after = StoreKeys.uploads(bucket.id());
        byte[] end = Keys.afterPrefix(after);
        long uploads = 0;
        long parts = 0;
        long partBytes = 0;
        while (true) {
            List<Entry> page = core.space().scan(Scan.range(after, end, MAX_LIMIT));
            for (Entry upload : page) {
                uploads++;
                byte[] from = StoreKeys.parts(UploadRow.decode(upload.value()).number());
                byte[] to = Keys.afterPrefix(from);
                List<Entry> rows;
                do {
                    rows = core.space().scan(Scan.range(from, to, MAX_LIMIT));
                    for (Entry part : rows) {
                        parts++;
                        partBytes += PartRow.decode(part.value()).sizeBytes();
                        from = Keys.next(part.key());
                    }
                    if (uploads + parts > MAX_COUNTED) {
                        return Optional.empty();
                    }
                } while (rows.size() == MAX_LIMIT);
                after = Keys.next(upload.key());
            }
            if (page.size() < MAX_LIMIT) {
                return Optional.of(new OpenUploads(uploads, parts, partBytes));
            }
        }
    }

    private static byte[] from(ListUploads request, byte[] all) {
        String key = request.afterKey();
        if (key.isEmpty()) {
            return all;
        }
        if (group(request, key).filter(key::equals).isPresent()) {
            return Keys.afterPrefix(Keys.under(all).textPrefix(key).done());
        }
        byte[] ofKey = Keys.under(all).text(key).done();
        return UploadKey.id(request.afterUploadId())
                .map(id -> Keys.next(Keys.under(ofKey).raw(id).done()))
                .orElseGet(() -> Keys.afterPrefix(ofKey));
    }

    private static Optional<String> group(ListUploads request, String key) {
        if (request.delimiter().isEmpty()) {
            return Optional.empty();
        }
        int found = key.indexOf(request.delimiter(), request.prefix().length());
        return found < 0
                ? Optional.empty()
                : Optional.of(key.substring(0, found + request.delimiter().length()));
    }

    static UploadKey key(Bucket bucket, byte[] rowKey, int prefixBytes) {
        Keys.Reader reader = Keys.read(rowKey, prefixBytes);
        byte[] key = reader.bytes();
        byte[] id = Arrays.copyOfRange(rowKey, rowKey.length - UploadKey.ID_BYTES, rowKey.length);
        return new UploadKey(bucket, new String(key, StandardCharsets.UTF_8), key, id);
    }

    private static byte[] max(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw StoreKeys.invalid("a list's limit is 1 to " + MAX_LIMIT + ", not " + limit);
        }
    }
}
