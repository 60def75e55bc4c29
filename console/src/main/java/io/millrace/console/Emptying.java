package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.RequestContext;
import io.millrace.store.Store;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.UploadInfo;
import io.millrace.store.uploads.UploadListing;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes all of a bucket and then the bucket, with the rights that who asked for it has at each
 * object. It ends with the server, or at the first object that may not be deleted; what is gone by
 * then is gone, and it can be asked for again. Thread-safe.
 */
final class Emptying {
    private static final Logger LOG = LoggerFactory.getLogger(Emptying.class);
    private static final int A_PAGE = 1000;

    /** Others may write meanwhile; who does so for long keeps the bucket. */
    private static final int ROUNDS = 5;

    private final Store store;
    private final Access access;
    private final Caller caller;
    private final RequestContext context;
    private final String bucket;
    private final long total;
    private final BooleanSupplier closing;
    private final AtomicLong deleted = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable String failure;
    private volatile boolean done;

    Emptying(
            Store store,
            Access access,
            Caller caller,
            RequestContext context,
            String bucket,
            BooleanSupplier closing) {
        this.store = store;
        this.access = access;
        this.caller = caller;
        this.context = context;
        this.bucket = bucket;
        this.total = store.statistics(bucket).objects();
        this.closing = closing;
    }

    /**
     * How far it is.
     *
     * @param state {@code running}, {@code done} or {@code failed}
     * @param deleted objects that are gone
     * @param total objects that there were at the start
     * @param reason why it failed; empty else
     */
    record Progress(String state, long deleted, long total, String reason) {}

    Progress progress() {
        String why = failure;
        String state = why != null ? "failed" : done ? "done" : "running";
        return new Progress(state, deleted.get(), total, why == null ? "" : why);
    }

    /** Whether the bucket is gone with all that it held. */
    boolean done() {
        return done;
    }

    boolean running() {
        return !done && failure == null;
    }

    void start() {
        Thread.ofVirtual().name("console-emptying-" + bucket).start(this::run);
    }

    private void run() {
        try {
            for (int round = 0; round < ROUNDS && !done && failure == null; round++) {
                objects();
                uploads();
                bucket(round == ROUNDS - 1);
            }
        } catch (RuntimeException e) {
            LOG.warn("Emptying {} broke off: {}", bucket, e.toString());
            failure = e.getMessage() == null ? "The server failed." : e.getMessage();
        } finally {
            ended.countDown();
        }
    }

    /** Waits for the delete under way, once the server closes. */
    void awaitEnd() {
        try {
            if (!ended.await(10, TimeUnit.SECONDS)) {
                LOG.warn("Emptying {} did not end in time", bucket);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void objects() {
        String after = "";
        Listing page;
        do {
            page = store.objects().list(new ListObjects(bucket, "", "", after, A_PAGE));
            for (ObjectInfo object : page.entries()) {
                if (!mayGoOn("oss:DeleteObject", object.key())) {
                    return;
                }
                store.objects().delete(bucket, object.key());
                deleted.incrementAndGet();
            }
            after = page.next();
        } while (page.truncated());
    }

    private void uploads() {
        UploadListing page;
        do {
            page = store.uploads().list(new ListUploads(bucket, "", "", "", "", A_PAGE));
            for (UploadInfo upload : page.uploads()) {
                if (!mayGoOn("oss:AbortMultipartUpload", upload.key())) {
                    return;
                }
                store.uploads().abort(bucket, upload.key(), upload.uploadId());
            }
        } while (page.truncated());
    }

    private boolean mayGoOn(String action, String key) {
        if (failure != null) {
            return false;
        }
        if (closing.getAsBoolean()) {
            failure = "The server stopped. Ask for it again.";
        } else if (!access.decide(caller, action, bucket + "/" + key, context).allowed()) {
            failure = "You may not delete " + key + ". What came before it is gone.";
        }
        return failure == null;
    }

    private void bucket(boolean last) {
        if (failure != null) {
            return;
        }
        if (!access.decide(caller, "oss:DeleteBucket", bucket, context).allowed()) {
            failure = "It is empty, and you may not delete it any more.";
            return;
        }
        switch (store.buckets().delete(bucket)) {
            case DeleteBucketOutcome.Deleted d -> done = true;
            case DeleteBucketOutcome.NoSuchBucket n -> done = true;
            case DeleteBucketOutcome.NotEmpty(String what) -> {
                if (last) {
                    failure = "Somebody writes into it: it holds " + what + " again.";
                }
            }
        }
    }
}
