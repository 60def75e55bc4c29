package io.millrace.store.objects;

/** What became of a delete. */
public sealed interface DeleteOutcome {
    record Deleted(ObjectInfo info) implements DeleteOutcome {}

    /** There was nothing of that key. */
    record Absent() implements DeleteOutcome {}

    record PreconditionFailed(ObjectInfo current) implements DeleteOutcome {}
}
