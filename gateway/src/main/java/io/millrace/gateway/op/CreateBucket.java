package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.CreateBucketOutcome;
import java.io.IOException;

/**
 * PUT /bucket. Making one's own bucket again is fine in OSS (it sets the ACL) and a conflict in S3.
 */
final class CreateBucket {
    private CreateBucket() {}

    static void run(Call call, ObjectRequest.CreateBucket request) throws IOException {
        readConfiguration(call);
        BucketAcl named = Grants.bucketAcl(call, request.acl());
        BucketAcl acl = named == null ? BucketAcl.PRIVATE : named;
        CreateBucketOutcome outcome =
                call.store().buckets().create(request.bucket(), call.owner(), acl);
        switch (outcome) {
            case CreateBucketOutcome.Created created -> created(call, request.bucket());
            case CreateBucketOutcome.OwnedByYou(Bucket bucket) -> {
                if (call.dialect() == Dialect.S3) {
                    throw new GatewayException(ErrorCode.BUCKET_OWNED_BY_YOU)
                            .with("BucketName", request.bucket());
                }
                if (named != null && bucket.acl() != named) {
                    call.guard().require("oss:PutBucketAcl", request.bucket(), "");
                    call.store().buckets().setAcl(request.bucket(), named);
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

    /**
     * Any region is this one; only the standard storage class is offered, on this machine's disks
     * ({@code LRS}). What else is said of the bucket is refused.
     */
    private static void readConfiguration(Call call) throws IOException {
        byte[] document = call.document();
        if (document.length == 0) {
            return;
        }
        XmlReader.Element configuration = XmlReader.parse(document, "CreateBucketConfiguration");
        for (XmlReader.Element child : configuration.children()) {
            switch (child.name()) {
                case "LocationConstraint" -> {}
                case "StorageClass" -> {
                    if (!child.text().equals("Standard")) {
                        throw new GatewayException(ErrorCode.INVALID_STORAGE_CLASS)
                                .with("StorageClassRequested", child.text());
                    }
                }
                case "DataRedundancyType" -> {
                    if (!child.text().equals("LRS")) {
                        throw notOffered(child);
                    }
                }
                default -> throw notOffered(child);
            }
        }
    }

    private static GatewayException notOffered(XmlReader.Element child) {
        return new GatewayException(
                ErrorCode.NOT_IMPLEMENTED,
                "This server makes no bucket with " + child.name() + " " + child.text().strip());
    }
}
