package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.BucketAcl;
import java.io.IOException;

/** GET and PUT /bucket?acl. */
final class BucketAcls {
    private static final String ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers";

    private BucketAcls() {}

    static void get(Call call, ObjectRequest.GetBucketAcl request) {
        BucketAcl acl = Existing.bucket(call, request.bucket()).acl();
        call.sendXml(call.answers().bucketAcl(call.owner(), acl));
    }

    static void put(Call call, ObjectRequest.PutBucketAcl request) throws IOException {
        BucketAcl acl = request.acl();
        byte[] document = call.document();
        if (acl == null) {
            if (document.length == 0 || call.dialect() == Dialect.OSS) {
                throw new GatewayException(
                        ErrorCode.MISSING_ARGUMENT,
                        "Say the ACL in the header " + call.dialect().header("acl") + ".");
            }
            acl = grants(document);
        }
        call.store().buckets().setAcl(request.bucket(), acl);
        call.exchange().send();
    }

    /** The canned ACL that a list of grants amounts to; anything finer is not offered. */
    static BucketAcl grants(byte[] document) {
        boolean read = false;
        boolean write = false;
        for (XmlReader.Element list :
                XmlReader.parse(document, "AccessControlPolicy").all("AccessControlList")) {
            for (XmlReader.Element grant : list.all("Grant")) {
                String uri = null;
                for (XmlReader.Element grantee : grant.all("Grantee")) {
                    uri = grantee.child("URI");
                }
                if (uri == null) {
                    continue;
                }
                String permission = grant.child("Permission");
                if (!uri.equals(ALL_USERS)) {
                    throw new GatewayException(
                            ErrorCode.NOT_IMPLEMENTED, "Only AllUsers can be granted access.");
                }
                read |= "READ".equals(permission) || "FULL_CONTROL".equals(permission);
                write |= "WRITE".equals(permission) || "FULL_CONTROL".equals(permission);
            }
        }
        if (write && !read) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED, "Writing without reading can't be granted to all.");
        }
        return write
                ? BucketAcl.PUBLIC_READ_WRITE
                : read ? BucketAcl.PUBLIC_READ : BucketAcl.PRIVATE;
    }
}
