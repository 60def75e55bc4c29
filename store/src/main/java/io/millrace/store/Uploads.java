package io.millrace.store;

import java.io.InputStream;
import java.util.Optional;

/** Multipart uploads. Thread-safe; every change is durable when its method returns. */
@SuppressWarnings("DoNotCallSuggester")
public final class Uploads {
    /** The highest part number. */
    public static final int MAX_PARTS = 10_000;

    Uploads() {}

    /** Begins an upload; its id is unguessable. */
    public UploadInfo initiate(String bucket, String key, ObjectMetadata metadata) {
        throw new UnsupportedOperationException("to follow");
    }

    public Optional<UploadInfo> get(String bucket, String key, String uploadId) {
        throw new UnsupportedOperationException("to follow");
    }

    public PartOutcome uploadPart(UploadPart request, InputStream body) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Makes a part of an object's extents, without copying bytes where they are large enough. */
    public PartOutcome uploadPartCopy(UploadPartCopy request) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Up to {@code limit} parts with numbers above {@code after}; empty: no such upload. */
    public Optional<PartListing> listParts(
            String bucket, String key, String uploadId, int after, int limit) {
        throw new UnsupportedOperationException("to follow");
    }

    public UploadListing list(ListUploads request) {
        throw new UnsupportedOperationException("to follow");
    }

    public CompleteOutcome complete(CompleteUpload request) {
        throw new UnsupportedOperationException("to follow");
    }

    /** Ends an upload and frees its parts; false: no such upload. */
    public boolean abort(String bucket, String key, String uploadId) {
        throw new UnsupportedOperationException("to follow");
    }
}
