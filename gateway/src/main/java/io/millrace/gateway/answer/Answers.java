package io.millrace.gateway.answer;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.UploadListing;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** How one dialect writes its answers: headers, documents, errors. Stateless and thread-safe. */
public interface Answers {
    /** The answers of a dialect. */
    static Answers of(Dialect dialect) {
        return dialect == Dialect.OSS ? OssAnswers.INSTANCE : S3Answers.INSTANCE;
    }

    /** Where a document says that it came from. */
    record Place(String endpoint, String region) {}

    /** What a failed delete of many says of one key. */
    record DeleteFailure(String key, String code, String message) {}

    /** Headers that every answer of the dialect carries. */
    void begin(Exchange exchange);

    /** Headers that describe an object: its type, its checksum, what comes next. */
    void objectHeaders(Exchange exchange, ObjectInfo info);

    /** An ETag in a header or a document, with its quotes. */
    String etag(String bare);

    /** The Content-Type of an object that has none. */
    String defaultContentType();

    /** Writes an error; HEAD gets its status and headers, in OSS with the document among them. */
    void error(Exchange exchange, GatewayException failure, String resource, String hostId);

    byte[] listBuckets(List<Bucket> buckets, String owner, Place place, String nextMarker);

    byte[] listObjects(ObjectRequest.ListObjects request, Listing listing, String owner);

    byte[] bucketAcl(String owner, BucketAcl acl);

    byte[] bucketLocation(Bucket bucket);

    byte[] copied(ObjectInfo info);

    byte[] partCopied(String etag, Instant lastModified);

    byte[] initiated(ObjectRequest.InitiateUpload request, String uploadId);

    /**
     * @param checksums what the client said of the object and what held, by element
     */
    byte[] completed(
            ObjectRequest.CompleteUpload request,
            ObjectInfo info,
            String location,
            Map<String, String> checksums);

    byte[] parts(ObjectRequest.ListParts request, PartListing listing, String owner);

    byte[] uploads(ObjectRequest.ListUploads request, UploadListing listing, String owner);

    byte[] deleted(List<String> keys, List<DeleteFailure> failures, boolean urlEncoded);

    byte[] posted(ObjectInfo info, String location);
}
