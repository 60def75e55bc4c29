package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.objects.ObjectInfo;

/** What must exist for an operation to go on. */
final class Existing {
    private Existing() {}

    static Bucket bucket(Call call, String name) {
        return call.store()
                .buckets()
                .get(name)
                .map(bucket -> bucket.in(call.services().region()))
                .orElseThrow(
                        () ->
                                new GatewayException(ErrorCode.NO_SUCH_BUCKET)
                                        .with("BucketName", name));
    }

    static ObjectInfo object(Call call, String bucket, String key) {
        return call.store().objects().head(bucket, key).orElseThrow(() -> noSuchKey(key));
    }

    static GatewayException noSuchKey(String key) {
        return new GatewayException(ErrorCode.NO_SUCH_KEY).with("Key", key);
    }
}
