package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.testkit.FakeExchange;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What S3 does in corners that its SDKs reach with their default settings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3DialectTest {
    private static final int PART_BYTES = 100 << 10;

    private InnerDoor door;
    private InnerDoor pinned;

    @BeforeAll
    void open(@TempDir Path any, @TempDir Path one) throws Exception {
        door = new InnerDoor(any);
        pinned = new InnerDoor(one, GatewayOptions.defaults().withOnlyRegion("eu-central-1"));
        door.ask(Dialect.S3, "PUT", "/bucket", "");
        door.ask(Dialect.S3, "PUT", "/bucket/key", "whole");
        signed(pinned, "eu-central-1", "s3", "PUT", "/bucket");
    }

    @AfterAll
    void close() {
        door.close();
        pinned.close();
    }

    private static FakeExchange signed(
            InnerDoor door, String region, String service, String method, String target)
            throws Exception {
        return door.sent(method, target, signature(region, service, method, target));
    }

    private static List<Map.Entry<String, String>> signature(
            String region, String service, String method, String target) {
        FakeExchange asked = new FakeExchange(method, target);
        return new SigV4Signer(InnerDoor.ROOT, region, service)
                .sign(
                        new SignedRequest(
                                method, asked.rawPath(), asked.rawQuery(), InnerDoor.host()),
                        SigV4Signer.UNSIGNED_PAYLOAD,
                        Instant.now());
    }

    private FakeExchange s3(String method, String target, String body, String... headers)
            throws Exception {
        Map<String, String> all = new java.util.LinkedHashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return door.ask(InnerDoor.ROOT, Dialect.S3, method, target, body, all);
    }

    private static void refused(int status, String code, FakeExchange answer) {
        assertEquals(status, answer.status(), answer.answerText());
        assertTrue(answer.answerText().contains("<Code>" + code + "</Code>"), answer.answerText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"us-east-1", "eu-west-3", "auto", "local", "cn-hangzhou"})
    void anyRegionIsAcceptedWhereNoneIsPinned(String region) throws Exception {
        assertEquals(200, signed(door, region, "s3", "GET", "/bucket/key").status());
    }

    @Test
    void aPinnedRegionIsAskedOfEverySignatureAndTold() throws Exception {
        assertEquals(200, signed(pinned, "eu-central-1", "s3", "GET", "/bucket").status());
        assertEquals(200, signed(pinned, "local", "s3", "GET", "/bucket").status(), "an edge");
        FakeExchange other = signed(pinned, "us-east-1", "s3", "GET", "/bucket");
        refused(400, "AuthorizationHeaderMalformed", other);
        assertTrue(other.answerText().contains("<Region>eu-central-1</Region>"));
        FakeExchange head = signed(pinned, "us-east-1", "s3", "HEAD", "/bucket");
        assertEquals(400, head.status());
        assertEquals("eu-central-1", head.answerHeader("x-amz-bucket-region"));
        FakeExchange location = signed(pinned, "eu-central-1", "s3", "GET", "/bucket?location");
        assertTrue(location.answerText().contains(">eu-central-1</LocationConstraint>"));
        String elsewhere =
                "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint>"
                        + "</CreateBucketConfiguration>";
        refused(
                400,
                "InvalidLocationConstraint",
                pinned.ask(Dialect.S3, "PUT", "/elsewhere", elsewhere));
        FakeExchange list = signed(pinned, "eu-central-1", "s3", "GET", "/");
        assertTrue(list.answerText().contains("<BucketRegion>eu-central-1</BucketRegion>"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"oss", "sts", "ec2", "S3"})
    void aSignatureForAnotherServiceOpensNothing(String service) throws Exception {
        refused(
                400,
                "AuthorizationHeaderMalformed",
                signed(door, "us-east-1", service, "GET", "/bucket/key"));
    }

    @ParameterizedTest
    @CsvSource({"GET, /bucket/key", "PUT, /bucket/new", "GET, /bucket", "DELETE, /bucket/key"})
    void aSignatureOfVersion2IsToldHowToBecomeVersion4(String method, String target)
            throws Exception {
        String name = "AWSAccessKeyId=" + InnerDoor.ROOT.id();
        List<FakeExchange> answers =
                List.of(
                        door.sent(
                                method,
                                target,
                                List.of(
                                        Map.entry(
                                                "Authorization",
                                                "AWS " + InnerDoor.ROOT.id() + ":c2lnbmF0dXJl"))),
                        door.sent(
                                method,
                                target + "?" + name + "&Signature=c2ln&Expires=1999999999",
                                List.of()),
                        door.sent(
                                method,
                                target
                                        + "?"
                                        + name
                                        + "&Expires=1999999999&x-amz-security-token=t&Signature=c",
                                List.of()));
        for (FakeExchange answer : answers) {
            refused(400, "InvalidRequest", answer);
            assertTrue(answer.answerText().contains("AWS4-HMAC-SHA256"), answer.answerText());
            assertTrue(answer.answerText().contains("s3.signature_version s3v4"));
            assertNull(answer.answerHeader("x-oss-request-id"));
        }
        assertEquals("whole", s3("GET", "/bucket/key", "").answerText());
    }

    @Test
    void granteesOfAnAclSayOfWhichKindTheyAre() throws Exception {
        s3("PUT", "/public", "", "x-amz-acl", "public-read-write");
        s3("PUT", "/public/key", "x");
        String xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=";
        for (String target : List.of("/public?acl", "/public/key?acl")) {
            String acl = s3("GET", target, "").answerText();
            assertTrue(acl.contains("<Grantee " + xsi + "\"CanonicalUser\"><ID>"), acl);
            assertTrue(acl.contains("<Grantee " + xsi + "\"Group\"><URI>"), acl);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip | gzip",
                "'gzip, br' | 'gzip, br'",
                "'a,,b' | 'a,,b'",
                "'aws-chunked,gzip' | gzip",
                "'gzip, aws-chunked' | gzip",
                "'gzip, AWS-Chunked, br' | 'gzip, br'",
                "aws-chunked |",
                "my-aws-chunked | my-aws-chunked"
            })
    void aContentEncodingIsKeptAsItCameButForChunking(String sent, String kept) throws Exception {
        s3("PUT", "/bucket/encoded", "x", "Content-Encoding", sent);
        assertEquals(kept, s3("GET", "/bucket/encoded", "").answerHeader("Content-Encoding"));
        assertEquals(kept, s3("HEAD", "/bucket/encoded", "").answerHeader("Content-Encoding"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"continuation-token=", "continuation-token", "continuation-token=%20"})
    void anEmptyContinuationTokenIsNone(String token) throws Exception {
        FakeExchange answer = s3("GET", "/bucket?list-type=2&" + token, "");
        refused(400, "InvalidArgument", answer);
        assertTrue(answer.answerText().contains("The continuation token provided is incorrect"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "list-type=2&", "versions&"})
    void aPrefixIsTakenAsAListingShowedIt(String form) throws Exception {
        s3("PUT", "/bucket/control%01dir/one%02", "x");
        s3("PUT", "/bucket/control%0Adir/two", "x");
        String shown = "control\u2401dir/";
        String rolled = s3("GET", "/bucket?" + form + "prefix=con&delimiter=/", "").answerText();
        assertTrue(rolled.contains("<Prefix>" + shown + "</Prefix>"), rolled);
        for (String prefix :
                List.of("control%01dir/", "control%E2%90%81dir/", "control%E2%90%81dir/one%02")) {
            FakeExchange answer = s3("GET", "/bucket?" + form + "prefix=" + prefix, "");
            String text = answer.answerText();
            assertTrue(text.contains("<Key>" + shown + "one\u2402</Key>"), text);
        }
        String encoded =
                s3("GET", "/bucket?" + form + "encoding-type=url&prefix=control%01", "")
                        .answerText();
        assertTrue(encoded.contains("<Key>control%01dir/one%02</Key>"), encoded);
        assertTrue(encoded.contains("<Prefix>control%01</Prefix>"), encoded);
        String line = s3("GET", "/bucket?" + form + "prefix=control%0A", "").answerText();
        assertTrue(line.contains("<Prefix>control\n</Prefix>"), line);
        assertTrue(line.contains("<Key>control\ndir/two</Key>"), line);
        // What is there by the very name that was shown is meant first.
        s3("PUT", "/bucket/both%01", "x");
        s3("PUT", "/bucket/both%E2%90%81plain", "x");
        String both = s3("GET", "/bucket?" + form + "prefix=both%E2%90%81", "").answerText();
        assertTrue(both.contains("plain</Key>") && !both.contains("both\u2401</Key>"), both);
    }

    @Test
    void metadataBeyondAsciiComesBackAsEncodedWords() throws Exception {
        String utf8 =
                new String(
                        "Grüße 世界".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        String word = "=?UTF-8?B?R3LDvMOfZSDkuJbnlYw=?=";
        s3("PUT", "/bucket/meta", "x", "x-amz-meta-a", utf8, "x-amz-meta-b", "caf\u00e9");
        s3("PUT", "/bucket/words", "x", "x-amz-meta-a", word, "x-amz-meta-b", "plain = ?");
        for (String method : List.of("GET", "HEAD")) {
            FakeExchange raw = s3(method, "/bucket/meta", "");
            assertEquals(word, raw.answerHeader("x-amz-meta-a"));
            assertEquals("=?UTF-8?B?Y2Fmw6k=?=", raw.answerHeader("x-amz-meta-b"));
            FakeExchange words = s3(method, "/bucket/words", "");
            assertEquals(word, words.answerHeader("x-amz-meta-a"));
            assertEquals("plain = ?", words.answerHeader("x-amz-meta-b"));
        }
        FakeExchange oss = door.ask(Dialect.OSS, "GET", "/bucket/meta", "");
        assertEquals(utf8, oss.answerHeader("x-oss-meta-a"));
    }

    private String upload(String key, int... numbers) throws Exception {
        String target = "/bucket/" + key;
        String id =
                s3("POST", target + "?uploads", "")
                        .answerText()
                        .replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
        StringBuilder list = new StringBuilder("<CompleteMultipartUpload>");
        for (int number : numbers) {
            String query = "?partNumber=" + number + "&uploadId=" + id;
            String etag = s3("PUT", target + query, part(number)).answerHeader("ETag");
            list.append("<Part><PartNumber>" + number + "</PartNumber>");
            list.append("<ETag>" + etag + "</ETag></Part>");
        }
        list.append("</CompleteMultipartUpload>");
        FakeExchange done = s3("POST", target + "?uploadId=" + id, list.toString());
        assertEquals(200, done.status(), done.answerText());
        return target;
    }

    @Test
    void anEmptyLastPartReadsAsNothing() throws Exception {
        String target = "/bucket/ends-empty";
        String id =
                s3("POST", target + "?uploads", "")
                        .answerText()
                        .replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
        StringBuilder list = new StringBuilder("<CompleteMultipartUpload>");
        for (int number = 1; number <= 2; number++) {
            String query = "?partNumber=" + number + "&uploadId=" + id;
            String bytes = number == 1 ? part(1) : "";
            String etag = s3("PUT", target + query, bytes).answerHeader("ETag");
            list.append("<Part><PartNumber>" + number + "</PartNumber>");
            list.append("<ETag>" + etag + "</ETag></Part>");
        }
        list.append("</CompleteMultipartUpload>");
        assertEquals(200, s3("POST", target + "?uploadId=" + id, list.toString()).status());
        assertEquals(part(1), s3("GET", target + "?partNumber=1", "").answerText());
        FakeExchange last = s3("GET", target + "?partNumber=2", "");
        assertEquals(206, last.status());
        assertEquals("", last.answerText());
        assertEquals("2", last.answerHeader("x-amz-mp-parts-count"));
        FakeExchange head = s3("HEAD", target + "?partNumber=2", "");
        assertEquals("0", head.answerHeader("Content-Length"));
    }

    private static String part(int number) {
        return Character.toString('a' + number % 26).repeat(PART_BYTES + number);
    }

    @Test
    void eachPartOfACompletedUploadIsReadByItsPlace() throws Exception {
        String target = upload("parts", 2, 3, 7);
        s3("PUT", "/bucket/copy", "", "x-amz-copy-source", "/bucket/parts");
        int total = 3 * PART_BYTES + 12;
        for (String object : List.of(target, "/bucket/copy")) {
            List<String> read = new ArrayList<>();
            for (int n = 1; n <= 3; n++) {
                FakeExchange got = s3("GET", object + "?partNumber=" + n, "");
                FakeExchange head = s3("HEAD", object + "?partNumber=" + n, "");
                int at = read.stream().mapToInt(String::length).sum();
                String range =
                        "bytes " + at + "-" + (at + got.answerText().length() - 1) + "/" + total;
                for (FakeExchange answer : List.of(got, head)) {
                    assertEquals(206, answer.status());
                    assertEquals(range, answer.answerHeader("Content-Range"));
                    assertEquals("3", answer.answerHeader("x-amz-mp-parts-count"));
                    assertTrue(String.valueOf(answer.answerHeader("ETag")).endsWith("-3\""));
                }
                read.add(got.answerText());
            }
            assertEquals(List.of(part(2), part(3), part(7)), read);
            FakeExchange beyond = s3("GET", object + "?partNumber=4", "");
            refused(416, "InvalidPartNumber", beyond);
            assertTrue(beyond.answerText().contains("<ActualPartCount>3</ActualPartCount>"));
            assertEquals(416, s3("HEAD", object + "?partNumber=10000", "").status());
        }
        assertNull(s3("GET", target, "").answerHeader("x-amz-mp-parts-count"));
    }

    @Test
    void anUploadOfManyPartsKnowsEach() throws Exception {
        // More than one row of the store holds.
        String id =
                s3("POST", "/bucket/many?uploads", "")
                        .answerText()
                        .replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
        StringBuilder list = new StringBuilder("<CompleteMultipartUpload>");
        for (int n = 1; n <= 502; n++) {
            String query = "/bucket/many?partNumber=" + n + "&uploadId=" + id;
            String etag = s3("PUT", query, part(n)).answerHeader("ETag");
            list.append("<Part><PartNumber>" + n + "</PartNumber>");
            list.append("<ETag>" + etag + "</ETag></Part>");
        }
        list.append("</CompleteMultipartUpload>");
        assertEquals(200, s3("POST", "/bucket/many?uploadId=" + id, list.toString()).status());
        for (int n : new int[] {1, 500, 501, 502}) {
            FakeExchange got = s3("GET", "/bucket/many?partNumber=" + n, "");
            assertEquals(part(n), got.answerText());
            assertEquals("502", got.answerHeader("x-amz-mp-parts-count"));
        }
        refused(416, "InvalidPartNumber", s3("GET", "/bucket/many?partNumber=503", ""));
    }

    @Test
    void aPlainObjectIsItsOwnFirstPart() throws Exception {
        for (String method : List.of("GET", "HEAD")) {
            FakeExchange first = s3(method, "/bucket/key?partNumber=1", "");
            assertEquals(206, first.status());
            assertEquals("bytes 0-4/5", first.answerHeader("Content-Range"));
            assertNull(first.answerHeader("x-amz-mp-parts-count"));
            assertEquals(416, s3(method, "/bucket/key?partNumber=2", "").status());
        }
        s3("PUT", "/bucket/empty", "");
        assertEquals(200, s3("GET", "/bucket/empty?partNumber=1", "").status());
        for (String bad : List.of("0", "10001", "-1", "one")) {
            refused(400, "InvalidArgument", s3("GET", "/bucket/key?partNumber=" + bad, ""));
        }
        refused(
                400,
                "InvalidRequest",
                s3("GET", "/bucket/key?partNumber=1", "", "Range", "bytes=0-1"));
    }
}
