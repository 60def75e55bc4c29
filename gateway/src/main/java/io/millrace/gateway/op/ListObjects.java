package io.millrace.gateway.op;

import io.millrace.gateway.answer.ShownName;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.objects.Listing;
import java.util.List;

/** GET /bucket: keys in the order of their bytes, rolled up at a delimiter, a page at a time. */
final class ListObjects {
    private ListObjects() {}

    static void run(Call call, ObjectRequest.ListObjects request) {
        String prefix = prefix(call, request);
        if (!prefix.equals(request.prefix())) {
            // Who may list the one need not be one who may list the other.
            Actions.authorise(call, request.beginning(prefix));
        }
        Listing listing =
                request.maxKeys() == 0
                        ? new Listing(List.of(), List.of(), "", false)
                        : call.store()
                                .objects()
                                .list(
                                        new io.millrace.store.objects.ListObjects(
                                                request.bucket(),
                                                prefix,
                                                request.delimiter(),
                                                after(call, request),
                                                request.maxKeys()));
        call.sendXml(call.answers().listObjects(request, listing, call.owner()));
    }

    /** A token says exactly where to go on; a marker may be a name as a listing showed it. */
    private static String after(Call call, ObjectRequest.ListObjects request) {
        return request.urlEncoded() || request.token() != null
                ? request.after()
                : ShownName.meant(request.after(), name -> isThere(call, request, name));
    }

    /** What keys begin with; as for a marker, a listing may have shown it to the client. */
    private static String prefix(Call call, ObjectRequest.ListObjects request) {
        return request.urlEncoded()
                ? request.prefix()
                : ShownName.meant(request.prefix(), name -> begins(call, request, name));
    }

    private static boolean begins(Call call, ObjectRequest.ListObjects request, String name) {
        return !call.store()
                .objects()
                .list(new io.millrace.store.objects.ListObjects(request.bucket(), name, "", "", 1))
                .entries()
                .isEmpty();
    }

    private static boolean isThere(Call call, ObjectRequest.ListObjects request, String name) {
        if (call.store().objects().head(request.bucket(), name).isPresent()) {
            return true;
        }
        boolean rolledUp = !request.delimiter().isEmpty() && name.endsWith(request.delimiter());
        return rolledUp && begins(call, request, name);
    }
}
