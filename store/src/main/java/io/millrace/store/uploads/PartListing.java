package io.millrace.store.uploads;

import java.util.List;

/**
 * One page of an upload's parts, in rising order of their numbers.
 *
 * @param next the last part's number, to be given as {@code after}
 */
public record PartListing(UploadInfo upload, List<PartInfo> parts, int next, boolean truncated) {
    public PartListing {
        parts = List.copyOf(parts);
    }
}
