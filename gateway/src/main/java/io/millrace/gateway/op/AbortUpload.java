package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;

/** DELETE /bucket/key?uploadId. */
final class AbortUpload {
    private AbortUpload() {}

    static void run(Call call, ObjectRequest.AbortUpload request) {
        if (!call.store().uploads().abort(request.bucket(), request.key(), request.uploadId())) {
            throw UploadPart.noSuchUpload(request.uploadId());
        }
        call.exchange().status(204).send();
    }
}
