package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.space.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Deletes many things at once: chosen objects, or a bucket with all that it holds. */
final class DeletionApi {
    private static final int MOST_KEYS = 1000;
    private static final int MOST_KEY_BYTES = 1024;

    /** Of those that have ended as many are remembered. */
    private static final int REMEMBERED = 100;

    private final Gate gate;
    private final Store store;
    private final Access access;
    private final Console.Traffic traffic;
    private final Map<String, Emptying> jobs = new ConcurrentHashMap<>();

    DeletionApi(Gate gate, Store store, Access access, Console.Traffic traffic) {
        this.gate = gate;
        this.store = store;
        this.access = access;
        this.traffic = traffic;
    }

    void register(Router router) {
        router.post("/api/buckets/{bucket}/delete", this::deleteObjects)
                .post("/api/buckets/{bucket}/emptying", this::empty)
                .get("/api/buckets/{bucket}/emptying", this::progress);
    }

    private record Chosen(@Nullable List<@Nullable String> keys) {}

    private record Refused(String key, String message) {}

    private record Outcome(int deleted, List<Refused> refused) {}

    private record Confirmed(@Nullable String name) {}

    /** Each by itself: one that may not be deleted keeps none of the others. */
    private void deleteObjects(Call call) {
        Bucket bucket = BucketApi.find(store, call.variable("bucket"));
        List<@Nullable String> keys = call.body(Chosen.class).keys();
        if (keys == null || keys.isEmpty() || keys.size() > MOST_KEYS) {
            throw ApiError.invalid("1 to " + MOST_KEYS + " keys are needed.", "Choose fewer.");
        }
        if (keys.stream().anyMatch(DeletionApi::isNoKey)) {
            throw ApiError.invalid(
                    "A key has 1 to 1024 bytes; nothing was deleted.", "Send names of objects.");
        }
        int deleted = 0;
        List<Refused> refused = new ArrayList<>();
        for (String each : keys) {
            String key = String.valueOf(each);
            try {
                gate.require(call, "oss:DeleteObject", bucket.name() + "/" + key);
                store.objects().delete(bucket.name(), key);
                deleted++;
            } catch (ApiError e) {
                refused.add(new Refused(key, e.body().message()));
            } catch (StoreException e) {
                refused.add(new Refused(key, "The store could not delete it now; try again."));
            }
        }
        call.json(new Outcome(deleted, refused));
    }

    private static boolean isNoKey(@Nullable String key) {
        return key == null
                || key.isEmpty()
                || key.getBytes(StandardCharsets.UTF_8).length > MOST_KEY_BYTES;
    }

    /** Begins to delete everything; the name is said again, since nothing of it comes back. */
    private void empty(Call call) {
        Bucket bucket = BucketApi.find(store, call.variable("bucket"));
        if (!bucket.name().equals(call.body(Confirmed.class).name())) {
            throw ApiError.invalid("The name is not the bucket's.", "Type " + bucket.name() + ".");
        }
        gate.require(call, "oss:DeleteBucket", bucket.name());
        gate.require(call, "oss:ListObjects", bucket.name());
        if (jobs.size() >= REMEMBERED) {
            jobs.values().removeIf(job -> !job.running());
        }
        Emptying begun =
                jobs.compute(
                        bucket.name(),
                        (name, before) ->
                                before != null && before.running()
                                        ? before
                                        : started(call, bucket.name()));
        call.json(202, begun.progress());
    }

    private Emptying started(Call call, String bucket) {
        Emptying job =
                new Emptying(
                        store, access, call.caller(), call.context(), bucket, traffic::closing);
        job.start();
        return job;
    }

    private void progress(Call call) {
        String bucket = call.variable("bucket");
        gate.require(call, "oss:GetBucketInfo", bucket);
        Emptying job = jobs.get(bucket);
        boolean ofAnother = job != null && job.done() && store.buckets().get(bucket).isPresent();
        if (job == null || ofAnother) {
            throw ApiError.notFound("The bucket " + bucket + " is not being emptied.", "");
        }
        call.json(job.progress());
    }

    /** Lets the deletes under way end: they are in the store, which is closed after this. */
    void close() {
        for (Emptying job : jobs.values()) {
            job.awaitEnd();
        }
    }
}
