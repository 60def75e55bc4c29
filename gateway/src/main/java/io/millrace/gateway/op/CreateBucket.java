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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * PUT /bucket. Making one's own bucket again is fine in OSS (it sets the ACL) and a conflict in S3.
 */
final class CreateBucket {
    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private CreateBucket() {}

    static void run(Call call, ObjectRequest.CreateBucket request) throws IOException {
        String place = readConfiguration(call);
        make(call, request.bucket(), Grants.bucketAcl(call, request.acl()), place);
    }

    /**
     * Makes a bucket and answers.
     *
     * @param named null: private, or as it is
     * @param place the region that it shall say; empty: the server's
     */
    static void make(Call call, String name, @Nullable BucketAcl named, String place) {
        BucketAcl acl = named == null ? BucketAcl.PRIVATE : named;
        CreateBucketOutcome outcome = call.store().buckets().create(name, call.owner(), acl, place);
        switch (outcome) {
            case CreateBucketOutcome.Created created -> created(call, name);
            case CreateBucketOutcome.OwnedByYou(Bucket bucket) -> {
                if (call.dialect() == Dialect.S3) {
                    throw new GatewayException(ErrorCode.BUCKET_OWNED_BY_YOU)
                            .with("BucketName", name);
                }
                if (!place.isEmpty() && !place.equals(region(call, bucket))) {
                    throw new GatewayException(
                                    ErrorCode.BUCKET_EXISTS,
                                    "The bucket exists and is in the region "
                                            + region(call, bucket)
                                            + ".")
                            .with("BucketName", name);
                }
                if (named != null && bucket.acl() != named) {
                    call.guard().require("oss:PutBucketAcl", name, "");
                    call.store().buckets().setAcl(name, named);
                }
                created(call, name);
            }
            case CreateBucketOutcome.Exists() ->
                    throw new GatewayException(ErrorCode.BUCKET_EXISTS).with("BucketName", name);
            case CreateBucketOutcome.InvalidName(String reason) ->
                    throw new GatewayException(ErrorCode.INVALID_BUCKET_NAME, reason)
                            .with("BucketName", name);
        }
    }

    private static void created(Call call, String bucket) {
        call.exchange().setHeader("Location", "/" + bucket).send();
    }

    private static String region(Call call, Bucket bucket) {
        return bucket.in(call.services().region()).region();
    }

    /**
     * Where the bucket shall be said to be; empty when that isn't said. Only the standard storage
     * class is offered, on this machine's disks ({@code LRS}). What else is said of the bucket is
     * refused.
     */
    private static String readConfiguration(Call call) throws IOException {
        byte[] document = call.document();
        if (document.length == 0) {
            return "";
        }
        String place = "";
        XmlReader.Element configuration = XmlReader.parse(document, "CreateBucketConfiguration");
        for (XmlReader.Element child : configuration.children()) {
            switch (child.name()) {
                case "LocationConstraint" -> place = place(call, child.text().strip());
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
        return place;
    }

    /** A name of the form that regions have, {@code oss-} before it in OSS. */
    private static String place(Call call, String text) {
        String oss = "oss-";
        boolean shown = call.dialect() == Dialect.OSS && text.startsWith(oss);
        String name = shown ? text.substring(oss.length()) : text;
        boolean elsewhere = call.services().onlyRegion() && !name.equals(call.services().region());
        if (!text.isEmpty() && (elsewhere || !REGION.matcher(name).matches())) {
            throw new GatewayException(
                            ErrorCode.INVALID_LOCATION,
                            elsewhere
                                    ? "This server's buckets are in the region "
                                            + call.services().region()
                                            + "."
                                    : ErrorCode.INVALID_LOCATION.message())
                    .with("LocationConstraint", text);
        }
        return name;
    }

    private static GatewayException notOffered(XmlReader.Element child) {
        return new GatewayException(
                ErrorCode.NOT_IMPLEMENTED,
                "This server makes no bucket with " + child.name() + " " + child.text().strip());
    }
}
