package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.testkit.FakeExchange;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
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
    private static final String FIRST_PART = "a".repeat(100 << 10);

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
    void theEtagOfPartsIsMadeAsTheDialectOfTheirCompletionHasIt() throws Exception {
        String a = md5(FIRST_PART.getBytes(StandardCharsets.US_ASCII));
        String b = "92EB5FFEE6AE2FEC3AD71C777531578F"; // MD5 of "b"
        byte[] upper = (a + b).getBytes(StandardCharsets.US_ASCII);
        assertEquals("\"" + md5(upper) + "-2\"", completed(Dialect.OSS).answerHeader("ETag"));
        byte[] digests = HexFormat.of().parseHex(a + b);
        FakeExchange s3 = completed(Dialect.S3);
        assertEquals("\"" + md5(digests) + "-2\"", s3.answerHeader("ETag"));
    }

    /** HEAD in OSS of an object of the first part and "b". */
    private FakeExchange completed(Dialect dialect) throws Exception {
        String id =
                element(
                        door.ask(dialect, "POST", "/bucket/two?uploads", "").answerText(),
                        "UploadId");
        String upload = "/bucket/two?uploadId=" + id;
        StringBuilder list = new StringBuilder();
        for (int part = 1; part <= 2; part++) {
            String body = part == 1 ? FIRST_PART : "b";
            String etag =
                    door.ask(dialect, "PUT", upload + "&partNumber=" + part, body)
                            .answerHeader("ETag");
            list.append("<Part><PartNumber>").append(part).append("</PartNumber><ETag>");
            list.append(etag).append("</ETag></Part>");
        }
        String document = "<CompleteMultipartUpload>" + list + "</CompleteMultipartUpload>";
        FakeExchange done = door.ask(dialect, "POST", upload, document);
        assertEquals(200, done.status(), done.answerText());
        return ask("HEAD", "/bucket/two", "");
    }

    private static String md5(byte[] bytes) throws Exception {
        byte[] digest = java.security.MessageDigest.getInstance("MD5").digest(bytes);
        return HexFormat.of().withUpperCase().formatHex(digest);
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
        assertEquals("2", element(stat, "MultipartPartCount"));
        assertEquals("2", element(stat, "MultipartPartStorage"));
        assertEquals("2", element(stat, "StandardMultipartPartStorage"));
        assertEquals("0", element(stat, "ArchiveMultipartPartCount"));
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
    void anAclThatIsNotNamedChangesNothing() throws Exception {
        ask("PUT", "/bucket/?acl", "", Map.of("x-oss-acl", "public-read"));
        assertEquals(200, ask("PUT", "/bucket/?acl", "").status());
        assertEquals(400, ask("PUT", "/bucket/?acl", "<AccessControlPolicy/>").status());
        assertEquals(400, ask("PUT", "/bucket/?acl", "", Map.of("x-oss-acl", "open")).status());
        String acl = ask("GET", "/bucket/?acl", "").answerText();
        assertEquals("public-read", element(acl, "Grant"));
        var named = Map.of("x-amz-acl", "private");
        var door3 = door.ask(InnerDoor.ROOT, Dialect.S3, "PUT", "/absent/?acl", "", named);
        assertEquals(404, door3.status());
    }

    @Test
    void anAclMakesTheBucketThatIsNotThere() throws Exception {
        var open = Map.of("x-oss-acl", "public-read");
        assertEquals(200, ask("PUT", "/made/?acl", "", open).status());
        assertEquals("public-read", element(ask("GET", "/made/?acl", "").answerText(), "Grant"));
        assertEquals(200, ask("PUT", "/plain/?acl", "").status());
        assertEquals("private", element(ask("GET", "/plain/?acl", "").answerText(), "Grant"));
        FakeExchange unsigned = door.unsigned(Dialect.OSS, "PUT", "/other/?acl", "", open);
        assertEquals(403, unsigned.status());
        assertEquals(404, ask("GET", "/other/?acl", "").status());
    }

    @Test
    void aBucketIsWhereItsMakerSaidThatItIs() throws Exception {
        String there = placed("oss-cn-hangzhou");
        assertEquals(200, ask("PUT", "/there", there).status());
        String location = ask("GET", "/there/?location", "").answerText();
        assertEquals("oss-cn-hangzhou", element(location, "LocationConstraint"));
        String info = ask("GET", "/there/?bucketInfo", "").answerText();
        assertEquals("oss-cn-hangzhou", element(info, "Location"));
        FakeExchange head = ask("HEAD", "/there/", "");
        assertEquals("cn-hangzhou", head.answerHeader("x-oss-bucket-region"));
        String asS3 = door.ask(Dialect.S3, "GET", "/there/?location", "").answerText();
        assertTrue(asS3.contains(">cn-hangzhou</LocationConstraint>"), asS3);
        assertTrue(ask("GET", "/", "").answerText().contains(">cn-hangzhou</Region>"));
        assertEquals(200, ask("PUT", "/there", there).status(), "again");
        assertEquals(200, ask("PUT", "/there", "").status(), "and not said");
        FakeExchange moved = ask("PUT", "/there", placed("oss-elsewhere"));
        assertEquals("BucketAlreadyExists", element(moved.answerText(), "Code"));
        assertTrue(moved.answerText().contains("cn-hangzhou"), moved.answerText());
        assertEquals(200, ask("PUT", "/nowhere", configuration("")).status());
        String local = ask("GET", "/nowhere/?location", "").answerText();
        assertEquals("oss-local", element(local, "LocationConstraint"));
    }

    @Test
    void whatIsNoRegionAndNoClassIsRefused() throws Exception {
        for (String wrong : List.of("a b", "a/b", "ü", "oss-", "x".repeat(65))) {
            FakeExchange refused = ask("PUT", "/wrong", placed(wrong));
            assertEquals("InvalidLocationConstraint", element(refused.answerText(), "Code"), wrong);
        }
        String archive = configuration("<StorageClass>Archive</StorageClass>");
        assertEquals(400, ask("PUT", "/wrong", archive).status());
        assertEquals(404, ask("GET", "/wrong/?location", "").status());
        String standard = configuration("<StorageClass>Standard</StorageClass>");
        assertEquals(200, ask("PUT", "/right", standard).status());
    }

    private static String placed(String region) {
        return configuration("<LocationConstraint>" + region + "</LocationConstraint>");
    }

    private static String configuration(String inner) {
        return "<CreateBucketConfiguration>" + inner + "</CreateBucketConfiguration>";
    }

    @Test
    void answersSayThatTheyVaryWhereTheRulesAskForIt() throws Exception {
        String rule =
                "<CORSRule><AllowedOrigin>https://a.example</AllowedOrigin>"
                        + "<AllowedMethod>GET</AllowedMethod></CORSRule>";
        ask("PUT", "/bucket/key", "x");
        assertEquals(200, ask("PUT", "/bucket/?cors", cors(rule)).status());
        assertNull(ask("GET", "/bucket/key", "").answerHeader("Vary"));
        String always = cors(rule + "<ResponseVary>true</ResponseVary>");
        assertEquals(200, ask("PUT", "/bucket/?cors", always).status());
        assertEquals("Origin", ask("GET", "/bucket/key", "").answerHeader("Vary"));
        assertEquals("Origin", ask("GET", "/bucket/absent", "").answerHeader("Vary"));
        String kept = ask("GET", "/bucket/?cors", "").answerText();
        assertEquals("true", element(kept, "ResponseVary"));
        String asS3 = door.ask(Dialect.S3, "GET", "/bucket/?cors", "").answerText();
        assertFalse(asS3.contains("ResponseVary"), asS3);
        for (String wrong :
                List.of(
                        "<ResponseVary>0</ResponseVary>",
                        "<ResponseVary/>",
                        "<Vary>true</Vary>",
                        "<CorsRule/>")) {
            assertEquals(400, ask("PUT", "/bucket/?cors", cors(rule + wrong)).status(), wrong);
        }
        assertEquals(400, door.ask(Dialect.S3, "PUT", "/bucket/?cors", always).status());
        assertEquals(204, ask("DELETE", "/bucket/?cors", "").status());
        assertNull(ask("GET", "/bucket/key", "").answerHeader("Vary"));
    }

    @Test
    void aPreflightIsAnsweredAsItWasAsked() throws Exception {
        String rule =
                "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>"
                        + "<AllowedHeader>x-oss-*</AllowedHeader></CORSRule>";
        assertEquals(200, ask("PUT", "/bucket/?cors", cors(rule)).status());
        var asked =
                Map.of(
                        "Origin", "https://a.example",
                        "Access-Control-Request-Method", "PUT",
                        "Access-Control-Request-Headers", "X-Oss-Date,x-oss-Meta-A");
        FakeExchange answer = door.unsigned(Dialect.OSS, "OPTIONS", "/bucket/key", "", asked);
        assertEquals(200, answer.status());
        assertEquals(
                "X-Oss-Date, x-oss-Meta-A", answer.answerHeader("Access-Control-Allow-Headers"));
    }

    private static String cors(String inner) {
        return "<CORSConfiguration>" + inner + "</CORSConfiguration>";
    }

    @Test
    void everyFaultHasANumberOfItsOwn() {
        Map<String, ErrorCode> byNumber = new HashMap<>();
        for (ErrorCode code : ErrorCode.values()) {
            assertTrue(code.ossEc().matches("\\d{4}-\\d{8}"), code.ossEc());
            assertNull(byNumber.put(code.ossEc(), code), code.name());
        }
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
