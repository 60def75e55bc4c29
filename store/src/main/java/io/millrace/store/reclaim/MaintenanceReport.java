package io.millrace.store.reclaim;

/**
 * What one pass of the reclaimer did.
 *
 * @param deletions deleted contents whose grace was over
 * @param uploads abandoned uploads that were aborted
 * @param changes records of the change log that were dropped
 * @param volumesDeleted volumes without owners that were deleted
 * @param extentsMoved live extents that were copied out of volumes that are mostly dead
 */
public record MaintenanceReport(
        long deletions, long uploads, long changes, int volumesDeleted, long extentsMoved) {}
