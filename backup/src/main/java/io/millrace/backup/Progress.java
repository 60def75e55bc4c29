package io.millrace.backup;

/** Hears how far a backup or a restore is. */
@FunctionalInterface
public interface Progress {
    /** Nobody listens. */
    Progress NONE = (done, total) -> {};

    /**
     * Called after each piece.
     *
     * @param doneBytes of the files that are copied
     * @param totalBytes of all
     */
    void at(long doneBytes, long totalBytes);
}
