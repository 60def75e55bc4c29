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
import java.util.Locale;
import java.util.Map;

/** The OSS dialect. Source: the OSS API reference and what its Java SDK parses. */
final class OssAnswers implements Answers {
    static final OssAnswers INSTANCE = new OssAnswers();

    private static final int MAX_DOCUMENT_IN_HEADER = 2048;

    private OssAnswers() {}

    @Override
    public void begin(Exchange exchange) {
        exchange.setHeader("x-oss-request-id", exchange.requestId());
        exchange.setHeader("Server", "Millrace");
    }

    @Override
    public void objectHeaders(Exchange exchange, ObjectInfo info) {
        exchange.setHeader("x-oss-object-type", type(info.type()));
        exchange.setHeader("x-oss-hash-crc64ecma", info.crc64Text());
        exchange.setHeader("x-oss-storage-class", "Standard");
        if (info.type() == ObjectType.APPENDABLE) {
            exchange.setHeader("x-oss-next-append-position", Long.toString(info.sizeBytes()));
            Instant sealed = info.sealedTime();
            if (sealed != null) {
                exchange.setHeader(
                        "x-oss-sealed-time", io.millrace.kit.http.HttpDate.format(sealed));
            }
        }
    }

    private static String type(ObjectType type) {
        return switch (type) {
            case NORMAL -> "Normal";
            case APPENDABLE -> "Appendable";
            case MULTIPART -> "Multipart";
        };
    }

    /** OSS writes its ETags in upper case. */
    @Override
    public String etag(String bare) {
        return '"' + bare.toUpperCase(Locale.ROOT) + '"';
    }

    @Override
    public String defaultContentType() {
        return "application/octet-stream";
    }

    @Override
    public void error(Exchange exchange, GatewayException failure, String resource, String hostId) {
        exchange.status(failure.code().status(Dialect.OSS));
        exchange.setHeader("x-oss-ec", failure.code().ossEc());
        failure.headers().forEach(exchange::setHeader);
        if (exchange.status() == 304) {
            exchange.send();
            return;
        }
        if (exchange.method().equals("HEAD")) {
            exchange.setHeader("x-oss-err", inHeader(exchange, failure, hostId)).send();
            return;
        }
        byte[] document = error(exchange, failure, failure.fields(), hostId);
        exchange.setHeader("Content-Type", "application/xml").send(document);
    }

    /**
     * The document of an error whose answer has no body, in Base64. Without it a client can't tell
     * a bucket that isn't there from a key. What would be too long for a header is left out.
     */
    private static String inHeader(Exchange exchange, GatewayException failure, String hostId) {
        byte[] document = error(exchange, failure, failure.fields(), hostId);
        if (document.length > MAX_DOCUMENT_IN_HEADER) {
            document = error(exchange, failure, Map.of(), hostId);
        }
        if (document.length > MAX_DOCUMENT_IN_HEADER) {
            document = error(exchange, failure, Map.of(), "");
        }
        return Base64.getEncoder().encodeToString(document);
    }

    private static byte[] error(
            Exchange exchange,
            GatewayException failure,
            Map<String, String> fields,
            String hostId) {
        XmlWriter xml =
                new XmlWriter()
                        .open("Error")
                        .text("Code", failure.code().code(Dialect.OSS))
                        .text("Message", failure.text())
                        .text("RequestId", exchange.requestId())
                        .text("HostId", hostId);
        fields.forEach(xml::text);
        return xml.text("EC", failure.code().ossEc()).close("Error").bytes();
    }

    @Override
    public byte[] listBuckets(List<Bucket> buckets, String owner, Place place, String nextMarker) {
        XmlWriter xml = new XmlWriter().open("ListAllMyBucketsResult");
        owner(xml, "Owner", owner);
        if (!nextMarker.isEmpty()) {
            xml.text("IsTruncated", true).text("NextMarker", nextMarker);
        }
        xml.open("Buckets");
        for (Bucket bucket : buckets) {
            xml.open("Bucket")
                    .text("CreationDate", Times.millis(bucket.created()))
                    .text("ExtranetEndpoint", place.endpoint())
                    .text("IntranetEndpoint", place.endpoint())
                    .text("Location", "oss-" + bucket.region())
                    .text("Name", bucket.name())
                    .text("Region", bucket.region())
                    .text("StorageClass", "Standard")
                    .close("Bucket");
        }
        return xml.close("Buckets").close("ListAllMyBucketsResult").bytes();
    }

    private static void owner(XmlWriter xml, String element, String owner) {
        xml.open(element).text("ID", owner).text("DisplayName", owner).close(element);
    }

    private static String marker(String name, boolean urlEncoded) {
        return urlEncoded ? encoded(name) : ShownName.marker(name);
    }

    private static String name(String name, boolean urlEncoded) {
        return urlEncoded ? encoded(name) : name;
    }

    /** OSS encodes the slash, too. */
    private static String encoded(String name) {
        return Percent.encode(name).replace("/", "%2F");
    }

    @Override
    public byte[] listObjects(ObjectRequest.ListObjects request, Listing listing, String owner) {
        boolean encoded = request.urlEncoded();
        boolean second = request.form() == ObjectRequest.ListForm.V2;
        boolean versions = request.form() == ObjectRequest.ListForm.VERSIONS;
        String root = versions ? "ListVersionsResult" : "ListBucketResult";
        XmlWriter xml = new XmlWriter().open(root);
        xml.text("Name", request.bucket()).text("Prefix", name(request.prefix(), encoded));
        if (second) {
            if (!request.marker().isEmpty()) {
                xml.text("StartAfter", name(request.marker(), encoded));
            }
            xml.optional("ContinuationToken", request.token());
        } else if (versions) {
            xml.text("KeyMarker", name(request.marker(), encoded)).text("VersionIdMarker", "");
        } else {
            xml.text("Marker", name(request.marker(), encoded));
        }
        xml.text("MaxKeys", request.maxKeys());
        xml.text("Delimiter", name(request.delimiter(), encoded));
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
        for (ObjectInfo info : listing.entries()) {
            entry(xml, info, versions, encoded, request.fetchOwner() ? owner : "");
        }
        for (String prefix : listing.commonPrefixes()) {
            xml.open("CommonPrefixes")
                    .text("Prefix", name(prefix, encoded))
                    .close("CommonPrefixes");
        }
        if (second) {
            xml.text("KeyCount", listing.entries().size() + listing.commonPrefixes().size());
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
                .text("Type", type(info.type()))
                .text("Size", info.sizeBytes())
                .text("StorageClass", "Standard");
        if (!owner.isEmpty()) {
            owner(xml, "Owner", owner);
        }
        xml.close(element);
    }

    @Override
    public byte[] bucketAcl(String owner, BucketAcl acl) {
        XmlWriter xml = new XmlWriter().open("AccessControlPolicy");
        owner(xml, "Owner", owner);
        return xml.open("AccessControlList")
                .text("Grant", acl.text())
                .close("AccessControlList")
                .close("AccessControlPolicy")
                .bytes();
    }

    @Override
    public byte[] bucketLocation(Bucket bucket) {
        return new XmlWriter().text("LocationConstraint", "oss-" + bucket.region()).bytes();
    }

    @Override
    public byte[] copied(ObjectInfo info) {
        return new XmlWriter()
                .open("CopyObjectResult")
                .text("LastModified", Times.millis(info.lastModified()))
                .text("ETag", etag(info.etag()))
                .close("CopyObjectResult")
                .bytes();
    }

    @Override
    public byte[] partCopied(String etag, Instant lastModified) {
        return new XmlWriter()
                .open("CopyPartResult")
                .text("LastModified", Times.millis(lastModified))
                .text("ETag", etag(etag))
                .close("CopyPartResult")
                .bytes();
    }

    @Override
    public byte[] initiated(ObjectRequest.InitiateUpload request, String uploadId) {
        XmlWriter xml = new XmlWriter().open("InitiateMultipartUploadResult");
        encoding(xml, request.urlEncoded());
        return xml.text("Bucket", request.bucket())
                .text("Key", name(request.key(), request.urlEncoded()))
                .text("UploadId", uploadId)
                .close("InitiateMultipartUploadResult")
                .bytes();
    }

    private static void encoding(XmlWriter xml, boolean encoded) {
        if (encoded) {
            xml.text("EncodingType", "url");
        }
    }

    @Override
    public byte[] completed(
            ObjectRequest.CompleteUpload request,
            ObjectInfo info,
            String location,
            Map<String, String> checksums) {
        XmlWriter xml = new XmlWriter().open("CompleteMultipartUploadResult");
        encoding(xml, request.urlEncoded());
        return xml.text("Location", location)
                .text("Bucket", info.bucket())
                .text("Key", name(info.key(), request.urlEncoded()))
                .text("ETag", etag(info.etag()))
                .close("CompleteMultipartUploadResult")
                .bytes();
    }

    @Override
    public byte[] parts(ObjectRequest.ListParts request, PartListing listing, String owner) {
        XmlWriter xml = new XmlWriter().open("ListPartsResult");
        encoding(xml, request.urlEncoded());
        xml.text("Bucket", request.bucket())
                .text("Key", name(request.key(), request.urlEncoded()))
                .text("UploadId", request.uploadId())
                .text("StorageClass", "Standard")
                .text("PartNumberMarker", request.after());
        if (listing.truncated()) {
            xml.text("NextPartNumberMarker", listing.next());
        }
        xml.text("MaxParts", request.maxParts()).text("IsTruncated", listing.truncated());
        for (PartInfo part : listing.parts()) {
            xml.open("Part")
                    .text("PartNumber", part.number())
                    .text("LastModified", Times.millis(part.lastModified()))
                    .text("ETag", etag(part.etag()))
                    .text("HashCrc64ecma", Long.toUnsignedString(part.crc64()))
                    .text("Size", part.sizeBytes())
                    .close("Part");
        }
        return xml.close("ListPartsResult").bytes();
    }

    @Override
    public byte[] uploads(ObjectRequest.ListUploads request, UploadListing listing, String owner) {
        boolean encoded = request.urlEncoded();
        XmlWriter xml = new XmlWriter().open("ListMultipartUploadsResult");
        encoding(xml, encoded);
        xml.text("Bucket", request.bucket())
                .text("KeyMarker", name(request.keyMarker(), encoded))
                .text("UploadIdMarker", request.uploadIdMarker());
        if (listing.truncated()) {
            xml.text("NextKeyMarker", marker(listing.nextKey(), encoded))
                    .text("NextUploadIdMarker", listing.nextUploadId());
        }
        xml.text("Delimiter", name(request.delimiter(), encoded))
                .text("Prefix", name(request.prefix(), encoded))
                .text("MaxUploads", request.maxUploads())
                .text("IsTruncated", listing.truncated());
        for (UploadInfo upload : listing.uploads()) {
            xml.open("Upload")
                    .text("Key", name(upload.key(), encoded))
                    .text("UploadId", upload.uploadId())
                    .text("StorageClass", "Standard")
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
        XmlWriter xml = new XmlWriter().open("DeleteResult");
        encoding(xml, urlEncoded);
        for (String key : keys) {
            xml.open("Deleted").text("Key", name(key, urlEncoded)).close("Deleted");
        }
        return xml.close("DeleteResult").bytes();
    }

    @Override
    public byte[] posted(ObjectInfo info, String location) {
        return new XmlWriter()
                .open("PostResponse")
                .text("Bucket", info.bucket())
                .text("ETag", etag(info.etag()))
                .text("Location", location)
                .text("Key", info.key())
                .close("PostResponse")
                .bytes();
    }
}
