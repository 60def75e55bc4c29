package io.millrace.store.uploads;

import java.util.List;

/** One page of a bucket's open uploads. */
public record UploadListing(
        List<UploadInfo> uploads,
        List<String> commonPrefixes,
        String nextKey,
        String nextUploadId,
        boolean truncated) {
    public UploadListing {
        uploads = List.copyOf(uploads);
        commonPrefixes = List.copyOf(commonPrefixes);
    }
}
