package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.uploads.UploadListing;
import java.util.List;

/** GET /bucket?uploads. */
final class ListUploads {
    private ListUploads() {}

    static void run(Call call, ObjectRequest.ListUploads request) {
        UploadListing listing =
                request.maxUploads() == 0
                        ? new UploadListing(List.of(), List.of(), "", "", false)
                        : call.store()
                                .uploads()
                                .list(
                                        new io.millrace.store.uploads.ListUploads(
                                                request.bucket(),
                                                request.prefix(),
                                                request.delimiter(),
                                                request.keyMarker(),
                                                request.uploadIdMarker(),
                                                request.maxUploads()));
        call.sendXml(call.answers().uploads(request, listing, call.owner()));
    }
}
