package io.millrace.store.buckets;

/** What became of deleting a bucket. */
public sealed interface DeleteBucketOutcome {
    record Deleted() implements DeleteBucketOutcome {}

    /** It still holds objects or unfinished uploads; {@code what} says which. */
    record NotEmpty(String what) implements DeleteBucketOutcome {}

    record NoSuchBucket() implements DeleteBucketOutcome {}
}
