package io.millrace.store.buckets;

/** What became of making a bucket. */
public sealed interface CreateBucketOutcome {
    record Created(Bucket bucket) implements CreateBucketOutcome {}

    /** The same owner has it already; nothing changed. */
    record OwnedByYou(Bucket bucket) implements CreateBucketOutcome {}

    /** Another owner has it, or one of that name is being deleted. */
    record Exists() implements CreateBucketOutcome {}

    record InvalidName(String reason) implements CreateBucketOutcome {}
}
