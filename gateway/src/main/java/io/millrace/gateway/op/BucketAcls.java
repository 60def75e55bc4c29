package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.buckets.BucketAcl;
import java.io.IOException;

/** GET and PUT /bucket?acl. */
final class BucketAcls {
    private BucketAcls() {}

    static void get(Call call, ObjectRequest.GetBucketAcl request) {
        BucketAcl acl = Existing.bucket(call, request.bucket()).acl();
        call.sendXml(call.answers().bucketAcl(call.owner(), acl));
    }

    static void put(Call call, ObjectRequest.PutBucketAcl request) throws IOException {
        BucketAcl ofHeaders = Grants.bucketAcl(call, request.acl());
        byte[] document = call.document();
        if (ofHeaders != null) {
            refuse(document);
        } else if (document.length == 0 || call.dialect() == Dialect.OSS) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT,
                    "Say the ACL in the header " + call.dialect().header("acl") + ".");
        }
        BucketAcl acl = ofHeaders == null ? Grants.bucketAcl(call, document) : ofHeaders;
        call.store().buckets().setAcl(request.bucket(), acl);
        call.exchange().send();
    }

    /** Of two places that say who may what, neither is passed over. */
    static void refuse(byte[] document) {
        if (document.length > 0) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "The ACL stands in a header and in the body; say it in one of them.");
        }
    }
}
