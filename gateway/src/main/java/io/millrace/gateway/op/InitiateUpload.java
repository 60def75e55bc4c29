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
        UploadInfo upload =
                call.store()
                        .uploads()
                        .initiate(request.bucket(), request.key(), request.metadata());
        String algorithm = call.exchange().header("x-amz-checksum-algorithm");
        if (algorithm != null) {
            call.exchange().setHeader("x-amz-checksum-algorithm", algorithm);
        }
        call.sendXml(call.answers().initiated(request, upload.uploadId()));
    }
}
