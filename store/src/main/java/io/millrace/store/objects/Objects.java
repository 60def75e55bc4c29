package io.millrace.store.objects;

import io.millrace.store.content.Bodies;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The objects. Every change is durable and visible when its method returns. Thread-safe; the
 * methods block, so call them on virtual threads. A missing bucket is a {@link StoreException} with
 * {@link StoreException.Code#NO_SUCH_BUCKET}; a body that fails while it is read is passed on as
 * {@link StoreException.Code#BODY_FAILED} (an IOException) or as itself (unchecked). A body is read
 * to its end or not at all.
 */
public final class Objects {
    /** The longest key in UTF-8 bytes. */
    public static final int MAX_KEY_BYTES = StoreKeys.MAX_OBJECT_KEY_BYTES;

    /** The most that one put, one part and one appendable object may hold: 5 GiB. */
    public static final long MAX_BYTES = 5L << 30;

    private final Bodies bodies;
    private final Puts puts;
    private final Appends appends;
    private final Copies copies;
    private final Deletes deletes;
    private final Readers readers;
    private final Lists lists;

    public Objects(Core core) {
        this.bodies = core.bodies();
        this.puts = new Puts(core);
        this.appends = new Appends(core);
        this.copies = new Copies(core);
        this.deletes = new Deletes(core);
        this.readers = new Readers(core);
        this.lists = new Lists(core);
    }

    public PutOutcome put(PutObject request, InputStream body) {
        request.metadata().requireWithinLimits();
        return puts.put(
                request,
                () -> bodies.receive(body, request.sizeBytes(), request.expected(), MAX_BYTES));
    }

    public PutOutcome put(PutObject request, byte[] body) {
        request.metadata().requireWithinLimits();
        return puts.put(request, () -> bodies.receive(body, request.expected(), MAX_BYTES));
    }

    public Optional<ObjectInfo> head(String bucket, String key) {
        return readers.head(bucket, key);
    }

    /** Opens the object as it is now; later changes do not show in the reader. */
    public Optional<ObjectReader> open(String bucket, String key) {
        return readers.open(bucket, key);
    }

    /**
     * The same by the bucket's number, for a look at all objects: the bucket's own row may be gone.
     *
     * @param bucket how the reader's facts shall call it
     */
    public Optional<ObjectReader> open(long bucketId, String bucket, String key) {
        return readers.open(bucketId, bucket, key).map(Readers.Opened::reader);
    }

    public AppendOutcome append(AppendObject request, InputStream body) {
        request.metadata().requireWithinLimits();
        long limit = MAX_BYTES - request.position();
        return appends.append(
                request,
                () -> bodies.receive(body, request.sizeBytes(), request.expected(), limit));
    }

    public AppendOutcome append(AppendObject request, byte[] body) {
        request.metadata().requireWithinLimits();
        long limit = MAX_BYTES - request.position();
        return appends.append(request, () -> bodies.receive(body, request.expected(), limit));
    }

    /** Ends an appendable object's growth if its length is {@code position}. */
    public SealOutcome seal(String bucket, String key, long position) {
        return appends.seal(bucket, key, position);
    }

    /** Makes an object of another's extents, without copying bytes; it is never appendable. */
    public CopyOutcome copy(CopyObject request) {
        if (request.replace() != null) {
            request.replace().requireWithinLimits();
        }
        return copies.copy(request);
    }

    public DeleteOutcome delete(String bucket, String key) {
        return deletes.delete(bucket, key, WriteConditions.NONE);
    }

    /** Deletes if the conditions hold of the object; an absent one is {@code Absent} either way. */
    public DeleteOutcome delete(String bucket, String key, WriteConditions conditions) {
        return deletes.delete(bucket, key, conditions);
    }

    /** Deletes up to 1,000 keys; the outcomes stand in the order of the keys. */
    public List<DeleteOutcome> deleteMany(String bucket, List<String> keys) {
        return deletes.deleteMany(bucket, keys);
    }

    public Listing list(ListObjects request) {
        return lists.list(request);
    }
}
