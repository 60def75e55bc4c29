package io.millrace.store;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The objects. Every change is durable and visible when its method returns. Thread-safe; the
 * methods block, so call them on virtual threads. A missing bucket is a {@link StoreException} with
 * {@link StoreException.Code#NO_SUCH_BUCKET}; a body that fails while it is read is passed on as
 * {@link StoreException.Code#BODY_FAILED} (an IOException) or as itself (unchecked).
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Objects {
    /** The longest key in UTF-8 bytes. */
    public static final int MAX_KEY_BYTES = 1024;

    /** The most that one put, one part and one appendable object may hold. */
    public static final long MAX_BYTES = 5L << 30;

    Objects() {}

    public PutOutcome put(PutObject request, InputStream body) {
        throw new UnsupportedOperationException("to follow");
    }

    public PutOutcome put(PutObject request, byte[] body) {
        throw new UnsupportedOperationException("to follow");
    }

    public Optional<ObjectInfo> head(String bucket, String key) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Opens the object as it is now; later changes do not show in the reader. */
    public Optional<ObjectReader> open(String bucket, String key) {
        throw new UnsupportedOperationException("to follow");
    }

    public AppendOutcome append(AppendObject request, InputStream body) {
        throw new UnsupportedOperationException("to follow");
    }

    public AppendOutcome append(AppendObject request, byte[] body) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Ends an appendable object's growth if its length is {@code position}. */
    public SealOutcome seal(String bucket, String key, long position) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Makes an object of another's extents, without copying bytes; it is never appendable. */
    public CopyOutcome copy(CopyObject request) {
        throw new UnsupportedOperationException("to follow");
    }

    public DeleteOutcome delete(String bucket, String key) {
        return delete(bucket, key, WriteConditions.NONE);
    }

    public DeleteOutcome delete(String bucket, String key, WriteConditions conditions) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Deletes up to 1,000 keys; the outcomes stand in the order of the keys. */
    public List<DeleteOutcome> deleteMany(String bucket, List<String> keys) {
        throw new UnsupportedOperationException("to follow");
    }

    public Listing list(ListObjects request) {
        throw new UnsupportedOperationException("to follow");
    }
}
