package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.objects.Listing;
import java.util.List;

/** GET /bucket: keys in the order of their bytes, rolled up at a delimiter, a page at a time. */
final class ListObjects {
    private ListObjects() {}

    static void run(Call call, ObjectRequest.ListObjects request) {
        Listing listing =
                request.maxKeys() == 0
                        ? new Listing(List.of(), List.of(), "", false)
                        : call.store()
                                .objects()
                                .list(
                                        new io.millrace.store.objects.ListObjects(
                                                request.bucket(),
                                                request.prefix(),
                                                request.delimiter(),
                                                request.after(),
                                                request.maxKeys()));
        call.sendXml(call.answers().listObjects(request, listing, call.owner()));
    }
}
