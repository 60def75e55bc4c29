package io.millrace.media.probe;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.work.FencedKeySpace;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Makes the probes of all objects right without the change log: probes what lacks one, drops what
 * is left over.
 */
final class ProbeScan {
    private static final int PAGE = 500;

    private final Store store;
    private final FencedKeySpace keySpace;
    private final Prober prober;
    private final Function<ObjectName, Optional<Probe>> find;
    private final BooleanSupplier closed;

    ProbeScan(
            Store store,
            FencedKeySpace keySpace,
            Prober prober,
            Function<ObjectName, Optional<Probe>> find,
            BooleanSupplier closed) {
        this.store = store;
        this.keySpace = keySpace;
        this.prober = prober;
        this.find = find;
        this.closed = closed;
    }

    void run() throws InterruptedException {
        for (Bucket bucket : store.buckets().list()) {
            probe(bucket);
        }
        dropLeftOver();
    }

    private void probe(Bucket bucket) throws InterruptedException {
        String after = "";
        boolean more = true;
        while (more && !closed.getAsBoolean()) {
            Listing page =
                    store.objects().list(new ListObjects(bucket.name(), "", "", after, PAGE));
            for (ObjectInfo object : page.entries()) {
                if (find.apply(new ObjectName(bucket.name(), object.key())).isEmpty()) {
                    prober.probe(bucket.id(), object.key(), 0);
                }
            }
            after = page.next();
            more = page.truncated();
        }
    }

    private void dropLeftOver() {
        byte[] prefix = ProbeRow.prefix();
        byte[] after = prefix;
        List<Entry> page;
        do {
            page = keySpace.scan(Scan.prefixAfter(prefix, after, PAGE).onlyKeys());
            for (Entry entry : page) {
                if (leftOver(entry.key())) {
                    keySpace.commit(Batch.builder().delete(entry.key()).relaxed().build());
                }
                after = entry.key();
            }
        } while (page.size() == PAGE && !closed.getAsBoolean());
    }

    private boolean leftOver(byte[] row) {
        Optional<Bucket> bucket = store.buckets().byId(ProbeRow.bucketId(row));
        return bucket.isEmpty()
                || store.objects().head(bucket.get().name(), ProbeRow.objectKey(row)).isEmpty();
    }
}
