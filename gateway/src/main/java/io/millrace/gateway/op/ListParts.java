package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.uploads.PartListing;

/** GET /bucket/key?uploadId. */
final class ListParts {
    private ListParts() {}

    static void run(Call call, ObjectRequest.ListParts request) {
        PartListing listing =
                call.store()
                        .uploads()
                        .listParts(
                                request.bucket(),
                                request.key(),
                                request.uploadId(),
                                request.after(),
                                Math.max(1, request.maxParts()))
                        .orElseThrow(() -> UploadPart.noSuchUpload(request.uploadId()));
        call.sendXml(call.answers().parts(request, listing, call.owner()));
    }
}
