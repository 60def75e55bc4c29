package io.millrace.store;

import java.util.List;
import java.util.Optional;

/** The buckets. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class Buckets {
    Buckets() {}

    /** Makes a bucket, durable when it returns. */
    public CreateBucketOutcome create(String name, String owner, BucketAcl acl) {
        throw new UnsupportedOperationException("to follow");
    }

    /** The bucket of that name, from a cache of at most a second. */
    public Optional<Bucket> get(String name) {
        throw new UnsupportedOperationException("to follow");
    }

    /** The bucket of that id, for readers of the change log; from a cache of at most a second. */
    public Optional<Bucket> byId(long id) {
        throw new UnsupportedOperationException("to follow");
    }

    /** All buckets in the order of their names. */
    public List<Bucket> list() {
        throw new UnsupportedOperationException("to follow");
    }

    /** Deletes a bucket that holds nothing; takes as long as a bucket may be cached. */
    public DeleteBucketOutcome delete(String name) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Sets who may use the bucket unsigned; answers the bucket as it is now. */
    public Bucket setAcl(String name, BucketAcl acl) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Replaces the CORS rules; an empty list removes them. At most 32 KiB. */
    public Bucket setCors(String name, List<CorsRule> rules) {
        throw new UnsupportedOperationException("to follow");
    }
}
