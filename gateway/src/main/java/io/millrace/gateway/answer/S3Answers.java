package io.millrace.gateway.answer;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.Percent;
import io.millrace.gateway.parse.RequestParser;
import io.millrace.kit.http.Exchange;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.UploadInfo;
import io.millrace.store.uploads.UploadListing;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The S3 dialect. Source: the S3 API reference. */
final class S3Answers implements Answers {
    static final S3Answers INSTANCE = new S3Answers();
    private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
    private static final String XSI = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ";
    private static final String ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers";

    private S3Answers() {}

    @Override
    public void begin(Exchange exchange) {
        exchange.setHeader("x-amz-request-id", exchange.requestId());
        exchange.setHeader("Server", "Millrace");
    }

    @Override
    public void objectHeaders(Exchange exchange, ObjectInfo info) {
        if (info.type() == ObjectType.APPENDABLE) {
            exchange.setHeader("x-amz-object-size", Long.toString(info.sizeBytes()));
        }
    }

    @Override
    public String etag(String bare) {
        return '"' + bare + '"';
    }

    @Override
    public String defaultContentType() {
        return "binary/octet-stream";
    }

    @Override
    public void error(Exchange exchange, GatewayException failure, String resource, String hostId) {
        exchange.status(failure.code().status(Dialect.S3));
        failure.headers().forEach(exchange::setHeader);
        if (exchange.method().equals("HEAD") || exchange.status() == 304) {
            exchange.send();
            return;
        }
        XmlWriter xml =
                new XmlWriter()
                        .open("Error")
                        .text("Code", failure.code().code(Dialect.S3))
                        .text("Message", failure.text());
        failure.fields().forEach(xml::text);
        xml.text("Resource", resource)
                .text("RequestId", exchange.requestId())
                .text("HostId", hostId)
                .close("Error");
        exchange.setHeader("Content-Type", "application/xml").send(xml.bytes());
    }

    @Override
    public byte[] listBuckets(List<Bucket> buckets, String owner, Place place, String nextMarker) {
        XmlWriter xml = new XmlWriter().open("ListAllMyBucketsResult", NAMESPACE);
        owner(xml, "Owner", owner);
        xml.open("Buckets");
        for (Bucket bucket : buckets) {
            xml.open("Bucket")
                    .text("Name", bucket.name())
                    .text("CreationDate", Times.millis(bucket.created()))
                    .text("BucketRegion", bucket.region())
                    .close("Bucket");
        }
        xml.close("Buckets");
        if (!nextMarker.isEmpty()) {
            xml.text("ContinuationToken", nextMarker);
        }
        return xml.close("ListAllMyBucketsResult").bytes();
    }

    private static void owner(XmlWriter xml, String element, String owner) {
        xml.open(element).text("ID", owner).text("DisplayName", owner).close(element);
    }

    private static String marker(String name, boolean urlEncoded) {
        return urlEncoded ? Percent.encode(name) : ShownName.marker(name);
    }

    private static String name(String name, boolean urlEncoded) {
        return urlEncoded ? Percent.encode(name) : name;
    }

    @Override
    public byte[] listObjects(ObjectRequest.ListObjects request, Listing listing, String owner) {
        boolean encoded = request.urlEncoded();
        boolean second = request.form() == ObjectRequest.ListForm.V2;
        boolean versions = request.form() == ObjectRequest.ListForm.VERSIONS;
        String root = versions ? "ListVersionsResult" : "ListBucketResult";
        XmlWriter xml = new XmlWriter().open(root, NAMESPACE);
        xml.text("Name", request.bucket()).text("Prefix", name(request.prefix(), encoded));
        if (second) {
            if (!request.marker().isEmpty()) {
                xml.text("StartAfter", name(request.marker(), encoded));
            }
            xml.optional("ContinuationToken", request.token());
            xml.text("KeyCount", listing.entries().size() + listing.commonPrefixes().size());
        } else if (versions) {
            xml.text("KeyMarker", name(request.marker(), encoded)).text("VersionIdMarker", "");
        } else {
            xml.text("Marker", name(request.marker(), encoded));
        }
        xml.text("MaxKeys", request.maxKeys());
        if (!request.delimiter().isEmpty()) {
            xml.text("Delimiter", name(request.delimiter(), encoded));
        }
        if (encoded) {
            xml.text("EncodingType", "url");
        }
        xml.text("IsTruncated", listing.truncated());
        if (listing.truncated()) {
            if (second) {
                xml.text("NextContinuationToken", RequestParser.encodeToken(listing.next()));
            } else if (versions) {
                xml.text("NextKeyMarker", marker(listing.next(), encoded))
                        .text("NextVersionIdMarker", "null");
            } else {
                xml.text("NextMarker", marker(listing.next(), encoded));
            }
        }
        String shownOwner = second && !request.fetchOwner() ? "" : owner;
        for (ObjectInfo info : listing.entries()) {
            entry(xml, info, versions, encoded, shownOwner);
        }
        for (String prefix : listing.commonPrefixes()) {
            xml.open("CommonPrefixes")
                    .text("Prefix", name(prefix, encoded))
                    .close("CommonPrefixes");
        }
        return xml.close(root).bytes();
    }

    private void entry(
            XmlWriter xml, ObjectInfo info, boolean version, boolean encoded, String owner) {
        String element = version ? "Version" : "Contents";
        xml.open(element).text("Key", name(info.key(), encoded));
        if (version) {
            xml.text("VersionId", "null").text("IsLatest", true);
        }
        xml.text("LastModified", Times.millis(info.lastModified()))
                .text("ETag", etag(info.etag()))
                .text("Size", info.sizeBytes());
        if (!owner.isEmpty()) {
            owner(xml, "Owner", owner);
        }
        xml.text("StorageClass", "STANDARD").close(element);
    }

    @Override
    public byte[] bucketAcl(String owner, BucketAcl acl) {
        XmlWriter xml = new XmlWriter().open("AccessControlPolicy", NAMESPACE);
        owner(xml, "Owner", owner);
        xml.open("AccessControlList");
        xml.open("Grant")
                .openWith("Grantee", XSI + "xsi:type=\"CanonicalUser\"")
                .text("ID", owner)
                .text("DisplayName", owner)
                .close("Grantee")
                .text("Permission", "FULL_CONTROL")
                .close("Grant");
        if (acl != BucketAcl.PRIVATE) {
            everybody(xml, "READ");
        }
        if (acl == BucketAcl.PUBLIC_READ_WRITE) {
            everybody(xml, "WRITE");
        }
        return xml.close("AccessControlList").close("AccessControlPolicy").bytes();
    }

    private static void everybody(XmlWriter xml, String permission) {
        xml.open("Grant")
                .openWith("Grantee", XSI + "xsi:type=\"Group\"")
                .text("URI", ALL_USERS)
                .close("Grantee")
                .text("Permission", permission)
                .close("Grant");
    }

    @Override
    public byte[] bucketLocation(Bucket bucket) {
        // Nothing is the way to say us-east-1, the region of clients that were told none.
        boolean named = !bucket.region().equals("local") && !bucket.region().equals("us-east-1");
        return new XmlWriter()
                .open("LocationConstraint", NAMESPACE)
                .text(named ? bucket.region() : "")
                .close("LocationConstraint")
                .bytes();
    }

    @Override
    public byte[] copied(ObjectInfo info) {
        return new XmlWriter()
                .open("CopyObjectResult", NAMESPACE)
                .text("LastModified", Times.millis(info.lastModified()))
                .text("ETag", etag(info.etag()))
                .close("CopyObjectResult")
                .bytes();
    }

    @Override
    public byte[] partCopied(String etag, Instant lastModified) {
        return new XmlWriter()
                .open("CopyPartResult", NAMESPACE)
                .text("LastModified", Times.millis(lastModified))
                .text("ETag", etag(etag))
                .close("CopyPartResult")
                .bytes();
    }

    @Override
    public byte[] initiated(ObjectRequest.InitiateUpload request, String uploadId) {
        return new XmlWriter()
                .open("InitiateMultipartUploadResult", NAMESPACE)
                .text("Bucket", request.bucket())
                .text("Key", request.key())
                .text("UploadId", uploadId)
                .close("InitiateMultipartUploadResult")
                .bytes();
    }

    @Override
    public byte[] completed(
            ObjectRequest.CompleteUpload request,
            ObjectInfo info,
            String location,
            Map<String, String> checksums) {
        XmlWriter xml =
                new XmlWriter()
                        .open("CompleteMultipartUploadResult", NAMESPACE)
                        .text("Location", location)
                        .text("Bucket", info.bucket())
                        .text("Key", info.key())
                        .text("ETag", etag(info.etag()));
        checksums.forEach(xml::text);
        return xml.close("CompleteMultipartUploadResult").bytes();
    }

    @Override
    public byte[] parts(ObjectRequest.ListParts request, PartListing listing, String owner) {
        XmlWriter xml =
                new XmlWriter()
                        .open("ListPartsResult", NAMESPACE)
                        .text("Bucket", request.bucket())
                        .text("Key", request.key())
                        .text("UploadId", request.uploadId());
        owner(xml, "Initiator", owner);
        owner(xml, "Owner", owner);
        xml.text("StorageClass", "STANDARD")
                .text("PartNumberMarker", request.after())
                .text("NextPartNumberMarker", listing.next())
                .text("MaxParts", request.maxParts())
                .text("IsTruncated", listing.truncated());
        for (PartInfo part : listing.parts()) {
            xml.open("Part")
                    .text("PartNumber", part.number())
                    .text("LastModified", Times.millis(part.lastModified()))
                    .text("ETag", etag(part.etag()))
                    .text("Size", part.sizeBytes());
            part.checksums()
                    .forEach(
                            (algorithm, value) ->
                                    xml.text(
                                            "Checksum" + algorithm.name(),
                                            Base64.getEncoder().encodeToString(value)));
            xml.close("Part");
        }
        return xml.close("ListPartsResult").bytes();
    }

    @Override
    public byte[] uploads(ObjectRequest.ListUploads request, UploadListing listing, String owner) {
        boolean encoded = request.urlEncoded();
        XmlWriter xml =
                new XmlWriter()
                        .open("ListMultipartUploadsResult", NAMESPACE)
                        .text("Bucket", request.bucket())
                        .text("KeyMarker", name(request.keyMarker(), encoded))
                        .text("UploadIdMarker", request.uploadIdMarker());
        if (listing.truncated()) {
            xml.text("NextKeyMarker", marker(listing.nextKey(), encoded))
                    .text("NextUploadIdMarker", listing.nextUploadId());
        }
        if (!request.delimiter().isEmpty()) {
            xml.text("Delimiter", name(request.delimiter(), encoded));
        }
        if (encoded) {
            xml.text("EncodingType", "url");
        }
        xml.text("Prefix", name(request.prefix(), encoded))
                .text("MaxUploads", request.maxUploads())
                .text("IsTruncated", listing.truncated());
        for (UploadInfo upload : listing.uploads()) {
            xml.open("Upload")
                    .text("Key", name(upload.key(), encoded))
                    .text("UploadId", upload.uploadId());
            owner(xml, "Initiator", owner);
            owner(xml, "Owner", owner);
            xml.text("StorageClass", "STANDARD")
                    .text("Initiated", Times.millis(upload.initiated()))
                    .close("Upload");
        }
        for (String prefix : listing.commonPrefixes()) {
            xml.open("CommonPrefixes")
                    .text("Prefix", name(prefix, encoded))
                    .close("CommonPrefixes");
        }
        return xml.close("ListMultipartUploadsResult").bytes();
    }

    @Override
    public byte[] deleted(List<String> keys, List<DeleteFailure> failures, boolean urlEncoded) {
        XmlWriter xml = new XmlWriter().open("DeleteResult", NAMESPACE);
        for (String key : keys) {
            xml.open("Deleted").text("Key", key).close("Deleted");
        }
        for (DeleteFailure failure : failures) {
            xml.open("Error")
                    .text("Key", failure.key())
                    .text("Code", failure.code())
                    .text("Message", failure.message())
                    .close("Error");
        }
        return xml.close("DeleteResult").bytes();
    }

    @Override
    public byte[] posted(ObjectInfo info, String location) {
        return new XmlWriter()
                .open("PostResponse")
                .text("Location", location)
                .text("Bucket", info.bucket())
                .text("Key", info.key())
                .text("ETag", etag(info.etag()))
                .close("PostResponse")
                .bytes();
    }
}
