package io.millrace.keyspace;

import java.util.List;

/** What became of a batch. */
public sealed interface CommitOutcome {
    /**
     * Every mutation is applied and durable (unless the batch asked for less).
     *
     * @param stamps the stamps of the {@link Mutation.AppendStamped} in their order
     */
    record Committed(List<Long> stamps) implements CommitOutcome {}

    /**
     * Nothing is applied: the guard at this index (counted from 0) did not hold. With several
     * broken guards it is one of them.
     */
    record Conflict(int guard) implements CommitOutcome {}

    /**
     * Applied or not: nobody knows. Read again and look for the version id that you wrote; never
     * delete data because of it.
     */
    record Unknown(String reason) implements CommitOutcome {}

    /** True if the batch is applied. */
    default boolean committed() {
        return this instanceof Committed;
    }
}
