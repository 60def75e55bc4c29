package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.api.RequestedAcl;
import io.millrace.store.buckets.BucketAcl;
import java.io.IOException;

/** GET and PUT /bucket/key?acl: an object has the access of its bucket, and no other. */
final class ObjectAcls {
    private ObjectAcls() {}

    static void get(Call call, ObjectRequest.GetObjectAcl request) {
        Existing.object(call, request.bucket(), request.key());
        if (call.dialect() == Dialect.S3) {
            BucketAcl acl = Existing.bucket(call, request.bucket()).acl();
            call.sendXml(call.answers().bucketAcl(call.owner(), acl));
            return;
        }
        call.sendXml(
                new XmlWriter()
                        .open("AccessControlPolicy")
                        .open("Owner")
                        .text("ID", call.owner())
                        .text("DisplayName", call.owner())
                        .close("Owner")
                        .open("AccessControlList")
                        .text("Grant", "default")
                        .close("AccessControlList")
                        .close("AccessControlPolicy")
                        .bytes());
    }

    /**
     * Only what changes nothing is accepted, so that nobody believes in an ACL that is not there.
     */
    static void put(Call call, ObjectRequest.PutObjectAcl request) throws IOException {
        Existing.object(call, request.bucket(), request.key());
        byte[] document = call.document();
        if (!request.acl().isEmpty()) {
            BucketAcls.refuse(document);
            require(call, request.bucket(), request.acl());
        } else if (document.length == 0 || call.dialect() == Dialect.OSS) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT, "Say the ACL in a header or in the body.");
        } else {
            requireBuckets(call, request.bucket(), Grants.bucketAcl(call, document));
        }
        call.exchange().send();
    }

    /** Refuses an object's ACL that isn't what its bucket's amounts to. */
    static void require(Call call, String bucket, RequestedAcl requested) {
        if (requested.isEmpty()) {
            return;
        }
        String canned = requested.canned();
        if (canned == null) {
            BucketAcl acl = Grants.bucketAcl(call, requested);
            requireBuckets(call, bucket, acl == null ? BucketAcl.PRIVATE : acl);
            return;
        }
        switch (canned) {
            case "default", "bucket-owner-full-control" -> {
                // What the bucket's owner may is never narrowed.
            }
            case "bucket-owner-read" -> requireBuckets(call, bucket, BucketAcl.PRIVATE);
            default ->
                    requireBuckets(
                            call,
                            bucket,
                            BucketAcl.parse(canned)
                                    .orElseThrow(
                                            () ->
                                                    new GatewayException(
                                                            ErrorCode.ACL_NOT_SUPPORTED)));
        }
    }

    private static void requireBuckets(Call call, String bucket, BucketAcl acl) {
        BucketAcl is = Existing.bucket(call, bucket).acl();
        if (acl != is) {
            throw new GatewayException(
                    ErrorCode.ACL_NOT_SUPPORTED,
                    "Objects take the access of their bucket, which is "
                            + is.text()
                            + ", not "
                            + acl.text()
                            + "; leave the object's out, or set the bucket's ACL or a policy.");
        }
    }
}
