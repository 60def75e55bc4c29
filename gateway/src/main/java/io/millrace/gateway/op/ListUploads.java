package io.millrace.gateway.op;

import io.millrace.gateway.answer.ShownName;
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
                                                after(call, request),
                                                request.uploadIdMarker(),
                                                request.maxUploads()));
        call.sendXml(call.answers().uploads(request, listing, call.owner()));
    }

    private static String after(Call call, ObjectRequest.ListUploads request) {
        return request.urlEncoded()
                ? request.keyMarker()
                : ShownName.meant(
                        request.keyMarker(),
                        name ->
                                !call.store()
                                        .uploads()
                                        .list(
                                                new io.millrace.store.uploads.ListUploads(
                                                        request.bucket(), name, "", "", "", 1))
                                        .uploads()
                                        .isEmpty());
    }
}
