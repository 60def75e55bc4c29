package io.millrace.gateway.op;

import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.buckets.Bucket;
import java.util.ArrayList;
import java.util.List;

/** GET /: the buckets by name, a page at a time. */
final class ListBuckets {
    private ListBuckets() {}

    static void run(Call call, ObjectRequest.ListBuckets request) {
        List<Bucket> page = new ArrayList<>();
        String next = "";
        for (Bucket bucket : call.store().buckets().list()) {
            if (!bucket.name().startsWith(request.prefix())
                    || bucket.name().compareTo(request.marker()) <= 0) {
                continue;
            }
            if (page.size() == request.maxKeys()) {
                next = page.getLast().name();
                break;
            }
            page.add(bucket.in(call.services().region()));
        }
        String host = call.exchange().header("Host");
        Answers.Place place =
                new Answers.Place(host == null ? "localhost" : host, call.services().region());
        call.sendXml(call.answers().listBuckets(page, call.owner(), place, next));
    }
}
