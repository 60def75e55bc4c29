package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;

/** GET /bucket?location. */
final class GetBucketLocation {
    private GetBucketLocation() {}

    static void run(Call call, ObjectRequest.GetBucketLocation request) {
        call.sendXml(call.answers().bucketLocation(Existing.bucket(call, request.bucket())));
    }
}
