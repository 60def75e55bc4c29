package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.CreateBucketOutcome;
import java.io.IOException;

/**
 * PUT /bucket. Making one's own bucket again is fine in OSS (it sets the ACL) and a conflict in S3.
 */
final class CreateBucket {
    private CreateBucket() {}

    static void run(Call call, ObjectRequest.CreateBucket request) throws IOException {
        readConfiguration(call);
        CreateBucketOutcome outcome =
                call.store().buckets().create(request.bucket(), call.owner(), request.acl());
        switch (outcome) {
            case CreateBucketOutcome.Created created -> created(call, request.bucket());
            case CreateBucketOutcome.OwnedByYou(Bucket bucket) -> {
                if (call.dialect() == Dialect.S3) {
                    throw new GatewayException(ErrorCode.BUCKET_OWNED_BY_YOU)
                            .with("BucketName", request.bucket());
                }
                boolean named = call.exchange().header("x-oss-acl") != null;
                if (named && bucket.acl() != request.acl()) {
                    call.guard().require("oss:PutBucketAcl", request.bucket(), "");
                    call.store().buckets().setAcl(request.bucket(), request.acl());
                }
                created(call, request.bucket());
            }
            case CreateBucketOutcome.Exists() ->
                    throw new GatewayException(ErrorCode.BUCKET_EXISTS)
                            .with("BucketName", request.bucket());
            case CreateBucketOutcome.InvalidName(String reason) ->
                    throw new GatewayException(ErrorCode.INVALID_BUCKET_NAME, reason)
                            .with("BucketName", request.bucket());
        }
    }

    private static void created(Call call, String bucket) {
        call.exchange().setHeader("Location", "/" + bucket).send();
    }

    /** Any region is this one; only the standard storage class is offered. */
    private static void readConfiguration(Call call) throws IOException {
        byte[] document = call.document();
        if (document.length == 0) {
            return;
        }
        XmlReader.Element configuration = XmlReader.parse(document, "CreateBucketConfiguration");
        String storageClass = configuration.child("StorageClass");
        if (storageClass != null && !storageClass.equals("Standard")) {
            throw new GatewayException(ErrorCode.INVALID_STORAGE_CLASS)
                    .with("StorageClassRequested", storageClass);
        }
    }
}
