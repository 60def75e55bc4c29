package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.uploads.PartInfo;

/** PUT /bucket/key?partNumber&uploadId with a copy source. */
final class UploadPartCopy {
    private UploadPartCopy() {}

    static void run(Call call, ObjectRequest.UploadPartCopy request) {
        call.guard().require("oss:GetObject", request.sourceBucket(), request.sourceKey());
        PartInfo part =
                UploadPart.stored(
                        call,
                        request.uploadId(),
                        call.store()
                                .uploads()
                                .uploadPartCopy(
                                        new io.millrace.store.uploads.UploadPartCopy(
                                                request.bucket(),
                                                request.key(),
                                                request.uploadId(),
                                                request.number(),
                                                request.sourceBucket(),
                                                request.sourceKey(),
                                                request.from(),
                                                request.length(),
                                                request.sourceConditions())));
        call.sendXml(call.answers().partCopied(part.etag(), part.lastModified()));
    }
}
