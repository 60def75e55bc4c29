package io.millrace.gateway;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Each operation of either API that this server has, in the vendor's word for it, as a request that
 * is done well.
 *
 * @param target {@code $id} stands for an open upload of {@code /full/part} with one part, {@code
 *     $n} for a number that comes once
 * @param headers that the operation can't do without
 */
record Asked(
        Dialect dialect,
        String operation,
        String method,
        String target,
        Map<String, String> headers,
        String body) {
    private static final String CORS =
            "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
                    + "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
    private static final String DELETE = "<Delete><Object><Key>key</Key></Object></Delete>";
    private static final String PARTS =
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                    + "<ETag>e358efa489f58062f10dd7316b65649e</ETag></Part>"
                    + "</CompleteMultipartUpload>";

    /** A bucket is made under a new name each time: deleting one takes a second. */
    private static final AtomicLong NUMBERS = new AtomicLong();

    /** The bytes of every part and every new object: one letter, {@code t}. */
    static final String CONTENT = "t";

    private static final List<Asked> READS_OF_BOTH =
            List.of(
                    read("ListBuckets", "/"),
                    read("ListObjects", "/full/"),
                    read("ListObjectsV2", "/full/?list-type=2"),
                    read("ListObjectVersions", "/full/?versions"),
                    read("ListMultipartUploads", "/full/?uploads"),
                    read("GetBucketLocation", "/full/?location"),
                    read("GetBucketAcl", "/full/?acl"),
                    read("GetBucketCors", "/full/?cors"),
                    read("GetBucketVersioning", "/full/?versioning"),
                    read("GetBucketLogging", "/full/?logging"),
                    read("GetBucketRequestPayment", "/full/?requestPayment"),
                    read("GetObject", "/full/key"),
                    read("GetObjectAcl", "/full/key?acl"),
                    read("GetObjectTagging", "/full/key?tagging"),
                    read("ListParts", "/full/part?uploadId=$id"));

    static List<Asked> reads(Dialect dialect) {
        List<Asked> all = new ArrayList<>();
        READS_OF_BOTH.forEach(each -> all.add(each.in(dialect)));
        all.add(new Asked(dialect, "HeadObject", "HEAD", "/full/key", Map.of(), ""));
        if (dialect == Dialect.S3) {
            all.add(new Asked(dialect, "HeadBucket", "HEAD", "/full/", Map.of(), ""));
        } else {
            all.add(read("GetBucketInfo", "/full/?bucketInfo").in(dialect));
            all.add(read("GetBucketStat", "/full/?stat").in(dialect));
            all.add(read("GetObjectMeta", "/full/key?objectMeta").in(dialect));
        }
        return all;
    }

    static List<Asked> writes(Dialect dialect) {
        boolean s3 = dialect == Dialect.S3;
        String acl = s3 ? "x-amz-acl" : "x-oss-acl";
        String objectAcl = s3 ? "x-amz-acl" : "x-oss-object-acl";
        String source = dialect.header("copy-source");
        List<Asked> all = new ArrayList<>();
        all.add(write(s3 ? "CreateBucket" : "PutBucket", "PUT", "/made-$n", ""));
        all.add(write("DeleteBucket", "DELETE", "/empty", ""));
        all.add(write("PutBucketAcl", "PUT", "/full/?acl", "").with(acl, "private"));
        all.add(write("PutBucketCors", "PUT", "/full/?cors", CORS));
        all.add(write("DeleteBucketCors", "DELETE", "/full/?cors", ""));
        all.add(write("DeleteBucketLifecycle", "DELETE", "/full/?lifecycle", ""));
        all.add(
                write(
                        s3 ? "DeleteObjects" : "DeleteMultipleObjects",
                        "POST",
                        "/full/?delete",
                        DELETE));
        all.add(write("PutObject", "PUT", "/full/new", CONTENT));
        all.add(write("CopyObject", "PUT", "/full/new", "").with(source, "/full/key"));
        all.add(write("DeleteObject", "DELETE", "/full/key", ""));
        all.add(write("PutObjectAcl", "PUT", "/full/key?acl", "").with(objectAcl, "private"));
        all.add(write("DeleteObjectTagging", "DELETE", "/full/key?tagging", ""));
        all.add(
                write(
                        s3 ? "CreateMultipartUpload" : "InitiateMultipartUpload",
                        "POST",
                        "/full/new?uploads",
                        ""));
        all.add(write("UploadPart", "PUT", "/full/part?partNumber=2&uploadId=$id", CONTENT));
        all.add(
                write("UploadPartCopy", "PUT", "/full/part?partNumber=2&uploadId=$id", "")
                        .with(source, "/full/key"));
        all.add(write("CompleteMultipartUpload", "POST", "/full/part?uploadId=$id", PARTS));
        all.add(write("AbortMultipartUpload", "DELETE", "/full/part?uploadId=$id", ""));
        if (!s3) {
            all.add(write("AppendObject", "POST", "/full/log?append&position=4", CONTENT));
            all.add(write("SealAppendObject", "POST", "/full/log?seal&position=4", ""));
        }
        return all.stream().map(each -> each.in(dialect)).toList();
    }

    private static Asked read(String operation, String target) {
        return new Asked(Dialect.S3, operation, "GET", target, Map.of(), "");
    }

    private static Asked write(String operation, String method, String target, String body) {
        return new Asked(Dialect.S3, operation, method, target, Map.of(), body);
    }

    private Asked in(Dialect other) {
        return new Asked(other, operation, method, target, headers, body);
    }

    private Asked with(String name, String value) {
        return new Asked(dialect, operation, method, target, Map.of(name, value), body);
    }

    /** Whether it is done as well when it was done before. */
    boolean canBeRepeated() {
        return switch (operation) {
            case "DeleteBucket",
                    "AppendObject",
                    "CompleteMultipartUpload",
                    "AbortMultipartUpload" ->
                    false;
            default -> true;
        };
    }

    private String target(String uploadId) {
        return target.replace("$id", uploadId).replace("$n", "" + NUMBERS.incrementAndGet());
    }

    /** The answer, with one header more; one that is there already is replaced. */
    FakeExchange ask(InnerDoor door, String uploadId, String name, String value) throws Exception {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return door.ask(InnerDoor.ROOT, dialect, method, target(uploadId), body, all);
    }

    FakeExchange ask(InnerDoor door, String uploadId) throws Exception {
        return door.ask(InnerDoor.ROOT, dialect, method, target(uploadId), body, headers);
    }
}
