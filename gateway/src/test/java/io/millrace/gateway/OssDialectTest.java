package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What OSS does otherwise than S3, request by request. Source: the OSS API reference. */
class OssDialectTest {
    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        ask("PUT", "/bucket", "");
    }

    @AfterEach
    void close() {
        door.close();
    }

    private FakeExchange ask(String method, String target, String body) throws Exception {
        return door.ask(Dialect.OSS, method, target, body);
    }

    private FakeExchange ask(String method, String target, String body, Map<String, String> headers)
            throws Exception {
        return door.ask(InnerDoor.ROOT, Dialect.OSS, method, target, body, headers);
    }

    private static String element(String document, String name) {
        int from = document.indexOf("<" + name + ">");
        int to = document.indexOf("</" + name + ">");
        return from < 0 ? "" : document.substring(from + name.length() + 2, to);
    }

    private static String ofHead(FakeExchange answer) {
        byte[] document = Base64.getDecoder().decode(answer.answerHeader("x-oss-err"));
        return new String(document, StandardCharsets.UTF_8);
    }

    @Test
    void anErrorWithoutABodyStandsInAHeader() throws Exception {
        FakeExchange key = ask("HEAD", "/bucket/absent", "");
        assertEquals("NoSuchKey", element(ofHead(key), "Code"));
        assertEquals(key.answerHeader("x-oss-ec"), element(ofHead(key), "EC"));
        assertEquals(key.requestId(), element(ofHead(key), "RequestId"));
        assertEquals("", key.answerText());
        FakeExchange bucket = ask("HEAD", "/absent/key", "");
        assertEquals("NoSuchBucket", element(ofHead(bucket), "Code"));
        assertEquals("0015-00000101", bucket.answerHeader("x-oss-ec"));
        ask("PUT", "/bucket/key", "x");
        FakeExchange unchanged =
                ask("HEAD", "/bucket/key", "", Map.of("If-None-Match", "\"*\", *"));
        assertEquals(304, unchanged.status());
        assertNull(unchanged.answerHeader("x-oss-err"));
        assertNull(ask("GET", "/bucket/absent", "").answerHeader("x-oss-err"));
        assertNull(door.ask(Dialect.S3, "HEAD", "/bucket/absent", "").answerHeader("x-oss-err"));
    }

    @Test
    void whatIsLongIsLeftOutOfTheHeader() throws Exception {
        String long4k = "x".repeat(4000);
        FakeExchange answer =
                door.unsigned(
                        Dialect.OSS,
                        "HEAD",
                        "/bucket/" + long4k.substring(0, 1000) + "?x=" + long4k,
                        "",
                        Map.of(
                                "Authorization",
                                "OSS ROOTID:AAAA",
                                "x-oss-meta-a",
                                long4k,
                                "Date",
                                io.millrace.kit.http.HttpDate.format(java.time.Instant.now())));
        assertEquals(403, answer.status());
        assertEquals("SignatureDoesNotMatch", element(ofHead(answer), "Code"));
        assertTrue(ofHead(answer).length() < 2048, ofHead(answer));
    }

    @Test
    void aListOfNoPartsMakesAnEmptyObject() throws Exception {
        String none = "<CompleteMultipartUpload></CompleteMultipartUpload>";
        String begun = element(ask("POST", "/bucket/empty?uploads", "").answerText(), "UploadId");
        String upload = "/bucket/empty?uploadId=" + begun;
        assertEquals(400, door.ask(Dialect.S3, "POST", upload, none).status());
        FakeExchange done = ask("POST", upload, none);
        assertEquals(200, done.status(), done.answerText());
        assertEquals("0", done.answerHeader("x-oss-hash-crc64ecma"));
        assertEquals(200, ask("POST", upload, none).status());
        FakeExchange got = ask("GET", "/bucket/empty", "");
        assertEquals(200, got.status());
        assertEquals("", got.answerText());
        assertEquals("Multipart", got.answerHeader("x-oss-object-type"));
        assertEquals(404, ask("GET", upload, "").status());
        var source = Map.of("x-oss-copy-source", "/bucket/empty");
        assertEquals(200, ask("PUT", "/bucket/copy", "", source).status());
        assertEquals("", ask("GET", "/bucket/copy", "").answerText());
        assertEquals(204, ask("DELETE", "/bucket/empty", "").status());
        String id = element(ask("POST", "/bucket/all?uploads", "").answerText(), "UploadId");
        var all = Map.of("x-oss-complete-all", "yes");
        assertEquals(400, ask("POST", "/bucket/all?uploadId=" + id, "", all).status());
    }

    @Test
    void partsThatWereUploadedAreNotLostToAListThatNamesNone() throws Exception {
        String id = element(ask("POST", "/bucket/kept?uploads", "").answerText(), "UploadId");
        String upload = "/bucket/kept?uploadId=" + id;
        String etag = ask("PUT", upload + "&partNumber=1", "bytes").answerHeader("ETag");
        String part = "<PartNumber>1</PartNumber><ETag>" + etag + "</ETag>";
        for (String list :
                List.of(
                        "",
                        "<part>" + part + "</part>",
                        "<Parts><Part>" + part + "</Part></Parts>",
                        part)) {
            FakeExchange answer =
                    ask(
                            "POST",
                            upload,
                            "<CompleteMultipartUpload>" + list + "</CompleteMultipartUpload>");
            assertEquals(400, answer.status(), list);
            assertTrue(answer.answerText().contains("MalformedXML"), answer.answerText());
        }
        String right =
                "<CompleteMultipartUpload><Part>" + part + "</Part></CompleteMultipartUpload>";
        assertEquals(200, ask("POST", upload, right).status());
        assertEquals("bytes", ask("GET", "/bucket/kept", "").answerText());
    }

    @Test
    void aWriteSaysTheMd5OfWhatArrived() throws Exception {
        byte[] digest = java.security.MessageDigest.getInstance("MD5").digest(new byte[] {'x'});
        String md5 = Base64.getEncoder().encodeToString(digest);
        var sent = Map.of("Content-MD5", md5);
        assertEquals(md5, ask("PUT", "/bucket/k", "x").answerHeader("Content-MD5"));
        assertEquals(md5, ask("PUT", "/bucket/k", "x", sent).answerHeader("Content-MD5"));
        String id = element(ask("POST", "/bucket/m?uploads", "").answerText(), "UploadId");
        FakeExchange part = ask("PUT", "/bucket/m?partNumber=1&uploadId=" + id, "x");
        assertEquals(md5, part.answerHeader("Content-MD5"));
        String append = "/bucket/a?append&position=";
        assertEquals(md5, ask("POST", append + 0, "x", sent).answerHeader("Content-MD5"));
        assertNull(ask("POST", append + 1, "x").answerHeader("Content-MD5"));
        assertNull(door.ask(Dialect.S3, "PUT", "/bucket/k", "x").answerHeader("Content-MD5"));
    }

    @Test
    void aBucketThatIsNotThereIsSaidBeforeWhatIsNotOffered() throws Exception {
        for (String target : List.of("?website", "?symlink", "?nonsense", "/key?symlink")) {
            String method = target.equals("?nonsense") ? "GET" : "PUT";
            FakeExchange absent = ask(method, "/absent" + target, "");
            assertEquals("NoSuchBucket", element(absent.answerText(), "Code"), target);
            assertEquals(501, ask(method, "/bucket" + target, "").status(), target);
        }
        var unknown = Map.of("x-oss-new", "1");
        assertEquals(404, ask("PUT", "/absent/key", "x", unknown).status());
        assertEquals(501, ask("PUT", "/absent", "", unknown).status());
        assertEquals(404, ask("GET", "/absent/", "").status());
    }

    @Test
    void slashesAreEncodedWhereNamesAre() throws Exception {
        ask("PUT", "/bucket/a/b%20c", "x");
        String encoded = ask("GET", "/bucket/?encoding-type=url&prefix=a/", "").answerText();
        assertEquals("a%2Fb%20c", element(encoded, "Key"));
        assertEquals("a%2F", element(encoded, "Prefix"));
        String plain = ask("GET", "/bucket/?prefix=a/", "").answerText();
        assertEquals("a/b c", element(plain, "Key"));
        String s3 = door.ask(Dialect.S3, "GET", "/bucket/?encoding-type=url", "").answerText();
        assertEquals("a/b%20c", element(s3, "Key"));
    }

    @Test
    void markersStandOnlyWhereMoreFollows() throws Exception {
        String id = element(ask("POST", "/bucket/a?uploads", "").answerText(), "UploadId");
        ask("POST", "/bucket/b?uploads", "");
        ask("PUT", "/bucket/a?partNumber=1&uploadId=" + id, "x");
        ask("PUT", "/bucket/a?partNumber=2&uploadId=" + id, "x");
        ask("PUT", "/bucket/a", "x");
        ask("PUT", "/bucket/b", "x");
        for (String target :
                List.of(
                        "/bucket/?uploads&max-uploads=",
                        "/bucket/a?uploadId=" + id + "&max-parts=",
                        "/bucket/?max-keys=",
                        "/bucket/?list-type=2&max-keys=",
                        "/bucket/?versions&max-keys=")) {
            String one = ask("GET", target + 1, "").answerText();
            assertEquals("true", element(one, "IsTruncated"), target);
            assertTrue(one.contains("<Next"), one);
            String all = ask("GET", target + 2, "").answerText();
            assertEquals("false", element(all, "IsTruncated"), target);
            assertFalse(all.contains("<Next"), all);
        }
        String stat = ask("GET", "/bucket/?stat", "").answerText();
        assertEquals("2", element(stat, "MultipartUploadCount"));
        assertEquals("2", element(stat, "StandardObjectCount"));
        assertEquals("0", element(stat, "ArchiveRealStorage"));
        assertEquals("0", element(stat, "DeleteMarkerCount"));
    }

    @Test
    void namesWithControlCharactersAreDeletedInABatch() throws Exception {
        Map<String, String> written =
                Map.of(
                        "\u0001", "%01",
                        "&#1;", "%01",
                        "&#x01;", "%01",
                        "&#x1F;", "%1F",
                        "\u001f", "%1F",
                        "\u0000", "%00",
                        "\uFFFE", "%EF%BF%BE",
                        "&#xffff;", "%EF%BF%BF");
        String other = "/bucket/a%EF%B7%91b"; // U+FDD1
        for (Map.Entry<String, String> each : written.entrySet()) {
            String key = "/bucket/a" + each.getValue() + "b";
            ask("PUT", key, "x");
            ask("PUT", other, "x");
            FakeExchange deleted = deleteMany("a" + each.getKey() + "b");
            assertEquals(200, deleted.status(), deleted.answerText());
            assertEquals(404, ask("GET", key, "").status(), key);
            assertEquals(200, ask("GET", other, "").status(), key);
            assertEquals(200, deleteMany("a&#xFDD1;b").status());
            assertEquals(404, ask("GET", other, "").status(), key);
        }
        ask("PUT", "/bucket/a%01b", "x");
        for (String unclear :
                List.of(
                        "a\u0001b\uFDD1",
                        "a\u0001b&#xFDD1;",
                        "<![CDATA[a&#1;b]]>\u0001",
                        "a\u0001&#xDC00;")) {
            assertEquals(400, deleteMany(unclear).status(), unclear);
        }
        String latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
        String delete = "<Delete><Object><Key>a&#1;b</Key></Object></Delete>";
        for (String declared :
                List.of(latin, latin.replace("=\"ISO", " = \"ISO"), "\uFEFF" + latin)) {
            assertEquals(400, ask("POST", "/bucket/?delete", declared + delete).status(), declared);
        }
        assertEquals(200, ask("GET", "/bucket/a%01b", "").status());
    }

    @Test
    void aBatchOfDeletesIsAnsweredEncodedWhenAHeaderAsksForIt() throws Exception {
        String delete = "<Delete><Object><Key>a/b&#1;</Key></Object></Delete>";
        var url = Map.of("Encoding-Type", "url");
        String encoded = ask("POST", "/bucket/?delete", delete, url).answerText();
        assertEquals("a%2Fb%01", element(encoded, "Key"));
        var other = Map.of("Encoding-Type", "other");
        assertEquals(400, ask("POST", "/bucket/?delete", delete, other).status());
    }

    private FakeExchange deleteMany(String key) throws Exception {
        return ask(
                "POST",
                "/bucket/?delete",
                "<Delete><Object><Key>" + key + "</Key></Object></Delete>");
    }

    @Test
    void aFormIsAnsweredInItsOwnDialect() throws Exception {
        FakeExchange wrong =
                post("OSSAccessKeyId", "ROOTID", "policy", policy("[]"), "Signature", "AAAA");
        assertEquals(403, wrong.status());
        assertEquals("SignatureDoesNotMatch", element(wrong.answerText(), "Code"));
        assertEquals("0002-00000040", element(wrong.answerText(), "EC"));
        assertEquals(wrong.requestId(), wrong.answerHeader("x-oss-request-id"));
    }

    @Test
    void aPolicyJudgesTheTypeThatIsStored() throws Exception {
        String[] right = signed("[[\"eq\", \"$content-type\", \"text/x-file\"]]");
        FakeExchange stored = post(right);
        assertEquals(204, stored.status(), stored.answerText());
        FakeExchange got = ask("GET", "/bucket/form", "");
        assertEquals("text/x-file", got.answerHeader("Content-Type"));
        FakeExchange other = post(signed("[[\"eq\", \"$content-type\", \"text/x-other\"]]"));
        assertEquals(403, other.status());
        assertEquals("AccessDenied", element(other.answerText(), "Code"));
        String[] dodged = java.util.Arrays.copyOf(right, right.length + 2);
        dodged[right.length] = "x-oss-content-type";
        dodged[right.length + 1] = "text/html";
        assertEquals(403, post(dodged).status());
        String[] not = signed("[[\"not-in\", \"$content-type\", [\"text/x-file\"]]]");
        assertEquals(403, post(not).status());
        String[] asS3 = new String[not.length + 2]; // a field's vendor is not the signature's
        asS3[0] = "x-amz-meta-a";
        asS3[1] = "1";
        System.arraycopy(not, 0, asS3, 2, not.length);
        assertEquals(403, post(asS3).status());
    }

    @Test
    void anErrorInAHeaderIsShortWhateverTheClientSends() throws Exception {
        FakeExchange head = ask("HEAD", "/bucket/absent", "", Map.of("Host", "&".repeat(30_000)));
        assertEquals(400, head.status());
        assertTrue(head.answerHeader("x-oss-err").length() < 4_096);
    }

    private static String policy(String conditions) {
        String json =
                "{\"expiration\": \"2999-01-01T00:00:00Z\", \"conditions\": " + conditions + "}";
        return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The fields of a form as the first version of OSS's signature has them. */
    private static String[] signed(String conditions) throws Exception {
        String policy = policy(conditions);
        Mac mac = Mac.getInstance("HmacSHA1");
        byte[] secret = InnerDoor.ROOT.secret().getBytes(StandardCharsets.UTF_8);
        mac.init(new SecretKeySpec(secret, "HmacSHA1"));
        byte[] signature = mac.doFinal(policy.getBytes(StandardCharsets.UTF_8));
        return new String[] {
            "OSSAccessKeyId",
            InnerDoor.ROOT.id(),
            "policy",
            policy,
            "Signature",
            Base64.getEncoder().encodeToString(signature)
        };
    }

    /** A form as a browser sends it: nothing outside of it says which dialect it speaks. */
    private FakeExchange post(String... fields) throws Exception {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            body.append("--B\r\nContent-Disposition: form-data; name=\"")
                    .append(fields[i])
                    .append("\"\r\n\r\n")
                    .append(fields[i + 1])
                    .append("\r\n");
        }
        body.append("--B\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nform\r\n")
                .append("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n")
                .append("Content-Type: text/x-file\r\n\r\nx\r\n--B--\r\n");
        return door.plain(
                "POST",
                "/bucket",
                body.toString(),
                Map.of("Content-Type", "multipart/form-data; boundary=B"));
    }

    @Test
    void anAclThatIsNotSaidChangesNothing() throws Exception {
        ask("PUT", "/bucket/?acl", "", Map.of("x-oss-acl", "public-read"));
        FakeExchange none = ask("PUT", "/bucket/?acl", "");
        assertEquals("MissingArgument", element(none.answerText(), "Code"));
        String acl = ask("GET", "/bucket/?acl", "").answerText();
        assertEquals("public-read", element(acl, "Grant"));
        FakeExchange absent = ask("PUT", "/absent/?acl", "", Map.of("x-oss-acl", "private"));
        assertEquals("NoSuchBucket", element(absent.answerText(), "Code"));
        assertEquals(404, ask("GET", "/absent/", "").status());
    }

    @Test
    void theLastNoBytesAreTheWholeUnlessTheStandardIsAskedFor() throws Exception {
        ask("PUT", "/bucket/k", "xyz");
        FakeExchange whole = ask("GET", "/bucket/k", "", Map.of("Range", "bytes=-0"));
        assertEquals(200, whole.status());
        assertEquals("xyz", whole.answerText());
        FakeExchange strict =
                ask(
                        "GET",
                        "/bucket/k",
                        "",
                        Map.of("Range", "bytes=-0", "x-oss-range-behavior", "standard"));
        assertEquals(416, strict.status());
    }
}
