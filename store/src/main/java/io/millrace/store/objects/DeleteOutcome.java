package io.millrace.store.objects;

import io.millrace.store.space.StoreException;

/** What became of a delete. */
public sealed interface DeleteOutcome {
    record Deleted(ObjectInfo info) implements DeleteOutcome {}

    /** There was nothing of that key. */
    record Absent() implements DeleteOutcome {}

    record PreconditionFailed(ObjectInfo current) implements DeleteOutcome {}

    /** This one of many keys could not be deleted; the answers to the others stand. */
    record Failed(StoreException failure) implements DeleteOutcome {}
}
