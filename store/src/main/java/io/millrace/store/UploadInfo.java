package io.millrace.store;

import java.time.Instant;

/** A multipart upload that has been initiated and neither completed nor aborted. */
public record UploadInfo(
        String bucket, String key, String uploadId, ObjectMetadata metadata, Instant initiated) {}
