package io.millrace.store.objects;

import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Listed;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.List;

/** Lists a bucket's keys; groups are skipped by seeks in the engine. */
public final class Lists {
    private final Core core;

    Lists(Core core) {
        this.core = core;
    }

    Listing list(ListObjects request) {
        Bucket bucket = core.buckets().require(request.bucket());
        if (request.limit() == 0) {
            return new Listing(List.of(), List.of(), "", false);
        }
        byte[] all = StoreKeys.objects(bucket.id());
        List<Listed> page = scan(request, all, request.limit() + 1);
        boolean truncated = page.size() > request.limit();
        List<ObjectInfo> entries = new ArrayList<>(page.size());
        List<String> prefixes = new ArrayList<>();
        String next = "";
        for (Listed listed : truncated ? page.subList(0, request.limit()) : page) {
            next = StoreKeys.objectKey(listed.position());
            switch (listed) {
                case Listed.Key key ->
                        entries.add(ObjectRow.decode(key.value()).info(bucket.name(), next));
                case Listed.Group group -> prefixes.add(next);
            }
        }
        return new Listing(entries, prefixes, next, truncated);
    }

    private List<Listed> scan(ListObjects request, byte[] all, int limit) {
        byte[] prefix = Keys.under(all).raw(StoreKeys.utf8(request.prefix())).done();
        byte[] after = Keys.under(all).raw(StoreKeys.utf8(request.after())).done();
        if (prefix.length > all.length + Objects.MAX_KEY_BYTES) {
            return List.of();
        }
        if (after.length > all.length + Objects.MAX_KEY_BYTES) {
            throw StoreKeys.invalid("a list begins after a key of 1,024 bytes at most");
        }
        return core.space()
                .scanDelimited(prefix, StoreKeys.utf8(request.delimiter()), after, limit);
    }
}
