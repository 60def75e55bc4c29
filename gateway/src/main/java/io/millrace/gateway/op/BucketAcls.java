package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.buckets.BucketAcl;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

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
        if (call.dialect() == Dialect.OSS) {
            putOfOss(call, request, ofHeaders, document);
            return;
        }
        if (ofHeaders != null) {
            refuse(document);
        } else if (document.length == 0) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT,
                    "Say the ACL in the header " + call.dialect().header("acl") + ".");
        }
        BucketAcl acl = ofHeaders == null ? Grants.bucketAcl(call, document) : ofHeaders;
        call.store().buckets().setAcl(request.bucket(), acl);
        call.exchange().send();
    }

    /**
     * OSS makes the bucket when it isn't there, and changes nothing when no ACL is named
     * (PutBucketAcl, "Usage notes" and "Request headers").
     */
    private static void putOfOss(
            Call call,
            ObjectRequest.PutBucketAcl request,
            @Nullable BucketAcl acl,
            byte[] document) {
        String bucket = request.bucket();
        if (document.length > 0) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "Say the ACL in the header x-oss-acl, not in a body.");
        }
        if (makes(call, request)) {
            call.guard().require("oss:PutBucket", bucket);
            CreateBucket.make(call, bucket, acl, "");
            return;
        }
        if (acl != null) {
            call.store().buckets().setAcl(bucket, acl);
        }
        call.exchange().send();
    }

    /** Whether the bucket isn't there and comes with its ACL. */
    static boolean makes(Call call, ObjectRequest.PutBucketAcl request) {
        return call.dialect() == Dialect.OSS
                && call.store().buckets().get(request.bucket()).isEmpty();
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
