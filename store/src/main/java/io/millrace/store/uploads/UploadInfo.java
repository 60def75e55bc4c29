package io.millrace.store.uploads;

import io.millrace.store.objects.ObjectMetadata;
import java.time.Instant;

/** A multipart upload that has been initiated and neither completed nor aborted. */
public record UploadInfo(
        String bucket, String key, String uploadId, ObjectMetadata metadata, Instant initiated) {}
