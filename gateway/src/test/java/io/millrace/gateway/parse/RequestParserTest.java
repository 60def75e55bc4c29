package io.millrace.gateway.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.testkit.FakeExchange;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    private static ObjectRequest parse(FakeExchange exchange, Dialect dialect) {
        Target target = Target.of("localhost", exchange.rawPath(), List.of(), dialect);
        return RequestParser.parse(exchange, dialect, target, Queries.parse(exchange.rawQuery()));
    }

    private static ObjectRequest s3(String method, String target) {
        return parse(new FakeExchange(method, target), Dialect.S3);
    }

    private static ObjectRequest oss(String method, String target) {
        return parse(new FakeExchange(method, target), Dialect.OSS);
    }

    private static ErrorCode refusal(String method, String target) {
        return assertThrows(GatewayException.class, () -> s3(method, target), target).code();
    }

    @Test
    void eachFormOfRequestIsItsOwnType() {
        assertInstanceOf(ObjectRequest.ListBuckets.class, s3("GET", "/"));
        assertInstanceOf(ObjectRequest.CreateBucket.class, s3("PUT", "/b"));
        assertInstanceOf(ObjectRequest.DeleteBucket.class, s3("DELETE", "/b"));
        assertInstanceOf(ObjectRequest.HeadBucket.class, s3("HEAD", "/b"));
        assertInstanceOf(ObjectRequest.GetBucketLocation.class, s3("GET", "/b?location"));
        assertInstanceOf(ObjectRequest.GetBucketLocation.class, s3("GET", "/b?location="));
        assertInstanceOf(ObjectRequest.GetBucketInfo.class, oss("GET", "/b?bucketInfo"));
        assertInstanceOf(ObjectRequest.GetBucketStat.class, oss("GET", "/b?stat"));
        assertInstanceOf(ObjectRequest.GetBucketSetting.class, s3("GET", "/b?versioning"));
        assertInstanceOf(ObjectRequest.ListUploads.class, s3("GET", "/b?uploads"));
        assertInstanceOf(ObjectRequest.DeleteObjects.class, s3("POST", "/b?delete"));
        assertInstanceOf(ObjectRequest.PutObject.class, s3("PUT", "/b/k?x-id=PutObject"));
        assertInstanceOf(ObjectRequest.GetObject.class, s3("GET", "/b/k"));
        assertInstanceOf(ObjectRequest.GetObject.class, s3("HEAD", "/b/k?versionId=null"));
        assertInstanceOf(ObjectRequest.GetObjectMeta.class, oss("HEAD", "/b/k?objectMeta"));
        assertInstanceOf(ObjectRequest.DeleteObject.class, s3("DELETE", "/b/k"));
        assertInstanceOf(ObjectRequest.InitiateUpload.class, s3("POST", "/b/k?uploads"));
        assertInstanceOf(ObjectRequest.UploadPart.class, s3("PUT", "/b/k?partNumber=3&uploadId=u"));
        assertInstanceOf(ObjectRequest.ListParts.class, s3("GET", "/b/k?uploadId=u"));
        assertInstanceOf(ObjectRequest.CompleteUpload.class, s3("POST", "/b/k?uploadId=u"));
        assertInstanceOf(ObjectRequest.AbortUpload.class, s3("DELETE", "/b/k?uploadId=u"));
        assertInstanceOf(ObjectRequest.AppendObject.class, oss("POST", "/b/k?append&position=0"));
        assertInstanceOf(ObjectRequest.SealObject.class, oss("POST", "/b/k?seal&position=9"));
        assertInstanceOf(
                ObjectRequest.ProcessObject.class,
                oss("GET", "/b/k?x-oss-process=image%2Fresize%2Cw_100"));
        assertInstanceOf(ObjectRequest.ProcessAndSave.class, oss("POST", "/b/k?x-oss-process"));
    }

    @Test
    void aWriteThatNamesAnotherOperationIsNotDone() {
        for (String[] own :
                new String[][] {
                    {"PUT", "/b/k", "PutObject"},
                    {"PUT", "/b/k", "CopyObject"},
                    {"DELETE", "/b/k", "DeleteObject"},
                    {"PUT", "/b/k?partNumber=3&uploadId=u", "UploadPart"},
                    {"PUT", "/b/k?partNumber=3&uploadId=u", "UploadPartCopy"},
                    {"POST", "/b/k?uploads", "CreateMultipartUpload"},
                    {"POST", "/b/k?uploadId=u", "CompleteMultipartUpload"},
                    {"DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"},
                    {"POST", "/b?delete", "DeleteObjects"},
                    {"PUT", "/b", "CreateBucket"},
                    {"DELETE", "/b?lifecycle", "DeleteBucketLifecycle"},
                    {"GET", "/", "ListBuckets"},
                    {"GET", "/b?inventory", "ListBucketInventoryConfigurations"}
                }) {
            String target = own[1] + (own[1].contains("?") ? "&" : "?") + "x-id";
            s3(own[0], target + "=" + own[2]);
            for (String other : List.of("=PutObjectLegalHold", "=GetObject", "=", "")) {
                assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal(own[0], target + other));
            }
        }
        s3("GET", "/b/k?x-id=GetObject");
        s3("HEAD", "/b/k?x-id=GetObject");
    }

    @Test
    void whatIsNotOfferedIsNeverTakenForAPlainObject() {
        for (String sub :
                new String[] {
                    "torrent",
                    "retention",
                    "legal-hold",
                    "attributes",
                    "restore",
                    "select",
                    "symlink",
                    "renameObject",
                    "legalHold"
                }) {
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("GET", "/b/k?" + sub));
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?" + sub));
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("DELETE", "/b/k?" + sub));
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("POST", "/b/k?" + sub));
        }
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b?versioning"));
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b?lifecycle"));
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?tagging"));
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("GET", "/b?somethingNew"));
        assertEquals(ErrorCode.METHOD_NOT_ALLOWED, refusal("PATCH", "/b/k"));
        assertEquals(ErrorCode.METHOD_NOT_ALLOWED, refusal("POST", "/b/k"));
        assertEquals(ErrorCode.METHOD_NOT_ALLOWED, refusal("DELETE", "/"));
    }

    @Test
    void unknownPlainParametersAreIgnoredOnReadsAsThePeersDo() {
        assertInstanceOf(ObjectRequest.GetObject.class, s3("GET", "/b/k?somethingNew"));
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?somethingNew"));
        assertInstanceOf(ObjectRequest.GetObject.class, s3("GET", "/b/k?v=17"));
        assertInstanceOf(ObjectRequest.ListObjects.class, s3("GET", "/b?prefix&delimiter=/"));
    }

    @Test
    void parametersAreChecked() {
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("PUT", "/b/k?partNumber=0&uploadId=u"));
        assertEquals(
                ErrorCode.INVALID_ARGUMENT, refusal("PUT", "/b/k?partNumber=10001&uploadId=u"));
        assertEquals(ErrorCode.MISSING_ARGUMENT, refusal("PUT", "/b/k?uploadId=u"));
        assertEquals(ErrorCode.MISSING_ARGUMENT, refusal("POST", "/b/k?append"));
        for (String no :
                List.of("-1", "+0", "%2B0", "%D9%A0", "0x1", "1e3", "99999999999999999999")) {
            assertEquals(
                    ErrorCode.INVALID_ARGUMENT, refusal("POST", "/b/k?append&position=" + no), no);
        }
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b?max-keys=x"));
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b?max-keys=-1"));
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b?encoding-type=gzip"));
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b?list-type=3"));
        assertEquals(
                ErrorCode.INVALID_ARGUMENT,
                refusal("GET", "/b?list-type=2&continuation-token=%21"));
        assertEquals(ErrorCode.ILLEGAL_VERSION, refusal("GET", "/b/k?versionId=17"));
        assertEquals(ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b/k?acl&tagging"));
    }

    @Test
    void aListKnowsItsFormAndItsPage() {
        var first = (ObjectRequest.ListObjects) s3("GET", "/b?marker=m&max-keys=5000");
        assertEquals(ObjectRequest.ListForm.V1, first.form());
        assertEquals("m", first.after());
        assertEquals(1000, first.maxKeys());
        String token = RequestParser.encodeToken("a/ü");
        var second =
                (ObjectRequest.ListObjects)
                        s3(
                                "GET",
                                "/b?list-type=2&start-after=s&encoding-type=url&continuation-token="
                                        + token);
        assertEquals("a/ü", second.after());
        assertEquals(token, second.token());
        assertTrue(second.urlEncoded());
        assertEquals(100, ((ObjectRequest.ListObjects) oss("GET", "/b")).maxKeys());
        assertNull(first.token());
    }

    @Test
    void aPutCarriesItsMetadataAndConditions() {
        var put =
                (ObjectRequest.PutObject)
                        parse(
                                new FakeExchange("PUT", "/b/k")
                                        .with("Content-Type", "text/plain")
                                        .with("Content-Encoding", "aws-chunked,gzip")
                                        .with("Cache-Control", "no-cache")
                                        .with("X-Amz-Meta-Colour", "red")
                                        .with("If-None-Match", "*"),
                                Dialect.S3);
        assertEquals("text/plain", put.metadata().contentType());
        assertEquals(
                Map.of("content-encoding", "gzip", "cache-control", "no-cache"),
                put.metadata().headers());
        assertEquals(Map.of("colour", "red"), put.metadata().userMetadata());
        assertTrue(put.conditions().ifAbsent());
        assertEquals(-1, put.append());
        var plain =
                (ObjectRequest.PutObject)
                        parse(
                                new FakeExchange("PUT", "/b/k")
                                        .with("Content-Encoding", "aws-chunked")
                                        .with("x-amz-write-offset-bytes", "7"),
                                Dialect.S3);
        assertTrue(plain.metadata().headers().isEmpty());
        assertFalse(plain.conditions().ifAbsent());
        assertEquals(7, plain.append());
    }

    @Test
    void headersThatAskForWhatIsNotHereAreRefused() {
        Map<String, String> headers =
                Map.of(
                        "x-amz-tagging", "a=b",
                        "x-amz-server-side-encryption", "aws:kms",
                        "x-oss-server-side-encryption", "KMS",
                        "x-amz-storage-class", "GLACIER",
                        "x-amz-new", "1",
                        "x-oss-callback", "e30=",
                        "x-amz-object-lock-mode", "COMPLIANCE");
        headers.forEach(
                (name, value) ->
                        assertThrows(
                                GatewayException.class,
                                () ->
                                        parse(
                                                new FakeExchange("PUT", "/b/k").with(name, value),
                                                Dialect.S3),
                                name));
        assertThrows(
                GatewayException.class,
                () ->
                        parse(
                                new FakeExchange("PUT", "/b/k")
                                        .with("x-amz-meta-a", "v".repeat(9000)),
                                Dialect.S3));
    }

    @Test
    void whatTheDialectsSignatureDoesNotCoverIsRefused() {
        for (String name : List.of("x-amz-meta-shape", "x-amz-write-offset-bytes")) {
            GatewayException refusal =
                    assertThrows(
                            GatewayException.class,
                            () ->
                                    parse(
                                            new FakeExchange("PUT", "/b/k")
                                                    .with("x-oss-meta-colour", "red")
                                                    .with(name, "7"),
                                            Dialect.OSS));
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal.code());
            assertEquals(name, refusal.fields().get("Header"));
        }
    }

    /** What SDKs and a CDN send that asks for nothing. */
    @Test
    void howARequestTravelsIsLetThrough() {
        for (String name :
                List.of(
                        "x-amz-api-version",
                        "x-amz-content-sha256",
                        "X-Amz-Date",
                        "x-amz-decoded-content-length",
                        "x-amz-sdk-checksum-algorithm",
                        "x-amz-security-token",
                        "x-amz-te",
                        "x-amz-trailer",
                        "X-Amz-User-Agent",
                        "X-Amz-Cf-Id",
                        "x-amzn-trace-id",
                        "amz-sdk-invocation-id",
                        "x-forwarded-for")) {
            parse(new FakeExchange("PUT", "/b/k").with(name, "1"), Dialect.S3);
            parse(new FakeExchange("DELETE", "/b/k").with(name, "1"), Dialect.S3);
        }
        for (String name :
                List.of(
                        "x-oss-additional-headers",
                        "x-oss-content-sha256",
                        "x-oss-date",
                        "x-oss-security-token",
                        "x-oss-user-agent",
                        "X-Amz-Cf-Id")) {
            parse(new FakeExchange("PUT", "/b/k").with(name, "1"), Dialect.OSS);
            parse(new FakeExchange("POST", "/b/k?uploads").with(name, "1"), Dialect.OSS);
        }
    }

    @Test
    void aSignedUrlsNamesCountBesideThoseThatMakeItOneAndOnceEach() {
        String s3 = "X-Amz-Algorithm=a&X-Amz-Signature=s&X-Amz-Date=d";
        String oss = "OSSAccessKeyId=i&Signature=s&Expires=1";
        for (String signed : List.of(s3, oss, s3 + "&" + oss, oss + "&" + s3)) {
            assertInstanceOf(ObjectRequest.PutObject.class, s3("PUT", "/b/k?" + signed), signed);
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?" + signed + "&other"));
            for (String name : signed.split("&")) {
                ErrorCode twice = refusal("PUT", "/b/k?" + name + "&" + signed);
                assertEquals(ErrorCode.INVALID_ARGUMENT, twice, name);
                twice = refusal("PUT", "/b/k?" + signed + "&" + name);
                assertEquals(ErrorCode.INVALID_ARGUMENT, twice, name);
            }
        }
        for (String unsigned :
                List.of("X-Amz-Date=d", "X-Amz-Algorithm=a&Expires=1", "Expires=1")) {
            assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?" + unsigned), unsigned);
        }
        assertEquals(ErrorCode.NOT_IMPLEMENTED, refusal("PUT", "/b/k?" + s3 + "&Expires=1"));
    }

    @Test
    void textFromAFormBecomesHeaderBytesAndControlCharactersAreRefused() {
        assertEquals(
                Map.of("name", "k\u00C3\u00A4se"),
                MetadataHeaders.ofForm(Map.of("x-oss-meta-name", "käse"), Dialect.OSS)
                        .userMetadata());
        assertThrows(
                GatewayException.class,
                () ->
                        MetadataHeaders.ofForm(
                                Map.of("x-oss-meta-name", "a\r\nSet-Cookie: b"), Dialect.OSS));
        assertEquals(
                ErrorCode.INVALID_ARGUMENT, refusal("GET", "/b/k?response-content-type=a%0D%0Ab"));
    }

    @Test
    void aCopyKnowsItsSource() {
        var copy =
                (ObjectRequest.CopyObject)
                        parse(
                                new FakeExchange("PUT", "/b/k")
                                        .with("x-amz-copy-source", "/src/a%20b%2Fc?versionId=null")
                                        .with("x-amz-metadata-directive", "REPLACE")
                                        .with("x-amz-copy-source-if-match", "\"ABC\""),
                                Dialect.S3);
        assertEquals("src", copy.sourceBucket());
        assertEquals("a b/c", copy.sourceKey());
        assertEquals(List.of("abc"), copy.sourceConditions().ifMatch());
        var encoded =
                (ObjectRequest.CopyObject)
                        parse(
                                new FakeExchange("PUT", "/b/k")
                                        .with("x-oss-copy-source", "%2Fsrc%2Fk"),
                                Dialect.OSS);
        assertEquals("src", encoded.sourceBucket());
        assertEquals("k", encoded.sourceKey());
        var part =
                (ObjectRequest.UploadPartCopy)
                        parse(
                                new FakeExchange("PUT", "/b/k?uploadId=u&partNumber=1")
                                        .with("x-amz-copy-source", "src/k")
                                        .with("x-amz-copy-source-range", "bytes=10-19"),
                                Dialect.S3);
        assertEquals(10, part.from());
        assertEquals(10, part.length());
    }

    @Test
    void aBucketsAclComesFromItsDialectsHeader() {
        var create =
                (ObjectRequest.CreateBucket)
                        parse(
                                new FakeExchange("PUT", "/b").with("x-oss-acl", "public-read"),
                                Dialect.OSS);
        assertEquals("public-read", create.acl().canned());
    }
}
