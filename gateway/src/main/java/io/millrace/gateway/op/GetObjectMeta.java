package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.store.objects.ObjectInfo;

/** HEAD /bucket/key?objectMeta, which only OSS has: size, ETag and time. */
final class GetObjectMeta {
    private GetObjectMeta() {}

    static void run(Call call, ObjectRequest.GetObjectMeta request) {
        ObjectInfo info = Existing.object(call, request.bucket(), request.key());
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", call.answers().etag(info.etag()));
        exchange.setHeader("Last-Modified", HttpDate.format(info.lastModified()));
        exchange.setHeader("x-oss-hash-crc64ecma", info.crc64Text());
        if (exchange.method().equals("HEAD")) {
            exchange.setHeader("Content-Length", Long.toString(info.sizeBytes()));
        }
        exchange.send();
    }
}
