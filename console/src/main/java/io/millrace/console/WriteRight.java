package io.millrace.console;

import io.millrace.access.Decision;
import io.millrace.access.RequestContext;
import io.millrace.access.RequestContext.BucketAcl;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;

/**
 * Whether somebody may write below a prefix: asked before anything is given that writes there.
 *
 * <p>It is the decision on a PUT of one key, the prefix followed by a star. A Deny on a part of the
 * prefix doesn't refuse here: it is found at each request of what is given, which acts with the
 * rights of whoever asked for it.
 */
final class WriteRight {
    private final Gate gate;
    private final Store store;

    WriteRight(Gate gate, Store store) {
        this.gate = gate;
        this.store = store;
    }

    void require(Call call, String bucket, String prefix) {
        require(call, "oss:PutObject", "write", bucket, prefix);
    }

    /** The same for deleting what is below the prefix. */
    void requireDeletion(Call call, String bucket, String prefix) {
        require(call, "oss:DeleteObject", "delete", bucket, prefix);
    }

    private void require(Call call, String action, String verb, String bucket, String prefix) {
        RequestContext context =
                call.context()
                        .withAcl(
                                store.buckets()
                                        .get(bucket)
                                        .map(WriteRight::acl)
                                        .orElse(BucketAcl.PRIVATE));
        gate.require(
                call,
                action,
                bucket + "/" + prefix + "*",
                context,
                denied -> refused(denied, action, verb, bucket + "/" + prefix));
    }

    private static ApiError refused(
            Decision.Denied denied, String action, String verb, String place) {
        String keys = "acs:oss:*:*:" + place + "*";
        return new ApiError(
                403,
                "Forbidden",
                "You may not " + verb + " below " + place + ": " + denied.message(),
                denied.reason() == Decision.Reason.EXPLICIT_DENY
                        ? "A Deny of "
                                + action
                                + " on "
                                + keys
                                + " is stronger than any Allow; an"
                                + " administrator can change that policy."
                        : "An administrator can attach a policy that allows "
                                + action
                                + " on "
                                + keys
                                + ".");
    }

    private static BucketAcl acl(Bucket bucket) {
        return switch (bucket.acl()) {
            case PRIVATE -> BucketAcl.PRIVATE;
            case PUBLIC_READ -> BucketAcl.PUBLIC_READ;
            case PUBLIC_READ_WRITE -> BucketAcl.PUBLIC_READ_WRITE;
        };
    }
}
