package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ObjectRequest;

/** HEAD /bucket: it exists and the caller may list it. */
final class HeadBucket {
    private HeadBucket() {}

    static void run(Call call, ObjectRequest.HeadBucket request) {
        String name = call.dialect() == Dialect.OSS ? "x-oss-bucket-region" : "x-amz-bucket-region";
        call.exchange().setHeader(name, Existing.bucket(call, request.bucket()).region()).send();
    }
}
