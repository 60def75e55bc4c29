package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.uploads.UploadInfo;

/** POST /bucket/key?uploads. */
final class InitiateUpload {
    private InitiateUpload() {}

    static void run(Call call, ObjectRequest.InitiateUpload request) {
        if (request.forbidOverwrite()
                && call.store().objects().head(request.bucket(), request.key()).isPresent()) {
            throw new GatewayException(ErrorCode.FILE_EXISTS);
        }
        ObjectChecksums.begin(call.exchange());
        UploadInfo upload =
                call.store()
                        .uploads()
                        .initiate(request.bucket(), request.key(), request.metadata());
        call.sendXml(call.answers().initiated(request, upload.uploadId()));
    }
}
