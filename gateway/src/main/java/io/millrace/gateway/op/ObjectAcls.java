package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
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
        BucketAcl bucket = Existing.bucket(call, request.bucket()).acl();
        String acl = request.acl();
        if (acl.isEmpty() && document.length > 0) {
            acl = BucketAcls.grants(document).text();
        }
        if (!acl.equals("default") && !acl.equals(bucket.text())) {
            throw new GatewayException(ErrorCode.ACL_NOT_SUPPORTED);
        }
        call.exchange().send();
    }
}
