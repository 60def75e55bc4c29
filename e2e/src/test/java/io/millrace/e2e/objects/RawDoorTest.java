package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.OSSObject;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** What no SDK sends by itself: strangers, attackers, and one dialect after the other. */
@Timeout(300)
class RawDoorTest extends RawDoor {
    @Test
    void strangersReadPublicBucketsAndNothingElse() throws Exception {
        assertEquals(200, s3("PUT", "/public/k", utf8("hello")).statusCode());
        assertEquals(200, s3("PUT", "/raw/k", utf8("hello")).statusCode());
        assertEquals("hello", send("GET", "/public/k").body());
        refused(403, "AccessDenied", send("GET", "/raw/k"));
        refused(403, "AccessDenied", send("PUT", "/public/k", utf8("x")));
        refused(403, "AccessDenied", send("DELETE", "/public/k"));
        refused(403, "AccessDenied", send("POST", "/public?delete", utf8("<Delete/>")));
        refused(403, "AccessDenied", send("GET", "/"));
        refused(404, "NoSuchBucket", send("GET", "/absent/k"));
        HttpResponse<String> s3 = send("GET", "/raw/k");
        assertTrue(s3.headers().firstValue("x-amz-request-id").isPresent());
        HttpResponse<String> oss = send("GET", "/raw/k", "x-oss-range-behavior", "standard");
        assertEquals(24, oss.headers().firstValue("x-oss-request-id").orElseThrow().length());
        assertTrue(oss.body().contains("<EC>0003-00000001</EC>"), oss.body());
        assertTrue(oss.body().contains("<HostId>127.0.0.1"), oss.body());
        for (HttpResponse<String> answer : List.of(s3, oss, send("GET", "/public/k"))) {
            String kind = answer.headers().firstValue("X-Content-Type-Options").orElseThrow();
            assertEquals("nosniff", kind);
        }
    }

    @Test
    void whatIsNotOfferedIsSaidInTheDialectsOwnForm() throws Exception {
        for (String target :
                new String[] {"/raw/k?torrent", "/raw/k?retention", "/raw?somethingNew"}) {
            HttpResponse<String> s3 = s3("GET", target);
            refused(501, "NotImplemented", s3);
            assertTrue(s3.headers().firstValue("x-amz-request-id").isPresent());
            HttpResponse<String> oss = oss("GET", target);
            refused(501, "NotImplemented", oss);
            assertTrue(oss.body().contains("<EC>"), oss.body());
        }
        refused(501, "NotImplemented", s3("GET", "/raw/k?x-oss-process=image/info"));
        refused(501, "NotImplemented", s3("GET", "/_live/demo/index.m3u8"));
        refused(403, "AccessDenied", send("GET", "/_live/demo/index.m3u8"));
    }

    @Test
    void oneDialectReadsWhatTheOtherWrote() throws Exception {
        OSS oss = OssSdkTest.client(server, OssSdkTest.Form.V4_PATH);
        try (S3Client s3 = AwsSdkTest.builder(server, AwsSdkTest.Style.PATH).build()) {
            byte[] bytes = new byte[300_000];
            new java.util.Random(1).nextBytes(bytes);
            var metadata = new com.aliyun.oss.model.ObjectMetadata();
            metadata.addUserMetadata("from", "oss");
            oss.putObject("raw", "cross/oss ü", new ByteArrayInputStream(bytes), metadata);
            var got = s3.getObjectAsBytes(b -> b.bucket("raw").key("cross/oss ü"));
            assertArrayEquals(bytes, got.asByteArray());
            assertEquals(Map.of("from", "oss"), got.response().metadata());
            s3.putObject(
                    b -> b.bucket("raw").key("cross/s3").metadata(Map.of("from", "s3")),
                    RequestBody.fromBytes(bytes));
            OSSObject back = oss.getObject("raw", "cross/s3");
            try (InputStream in = back.getObjectContent()) {
                assertArrayEquals(bytes, in.readAllBytes());
            }
            assertEquals("s3", back.getObjectMetadata().getUserMetadata().get("from"));
            assertTrue(
                    back.getObjectMetadata()
                            .getETag()
                            .equalsIgnoreCase(got.response().eTag().replace("\"", "")));
            assertEquals(2, oss.listObjects("raw", "cross/").getObjectSummaries().size());
        } finally {
            oss.shutdown();
        }
    }

    @Test
    void anAppendSaysWhereToGoOn() throws Exception {
        assertEquals(200, oss("POST", "/raw/log?append&position=0", utf8("one")).statusCode());
        HttpResponse<String> conflict = oss("POST", "/raw/log?append&position=0", utf8("one"));
        refused(409, "PositionNotEqualToLength", conflict);
        assertEquals(
                "3", conflict.headers().firstValue("x-oss-next-append-position").orElseThrow());
        assertTrue(conflict.headers().firstValue("x-oss-hash-crc64ecma").isPresent());
        HttpResponse<String> next = oss("POST", "/raw/log?append&position=3", utf8("two"));
        assertEquals("6", next.headers().firstValue("x-oss-next-append-position").orElseThrow());
        refused(400, "MissingArgument", oss("POST", "/raw/log?append", utf8("x")));
        assertEquals(200, oss("POST", "/raw/log?seal&position=6").statusCode());
        refused(409, "ObjectSealed", oss("POST", "/raw/log?append&position=6", utf8("x")));
        HttpResponse<String> head = oss("HEAD", "/raw/log");
        assertEquals("Appendable", head.headers().firstValue("x-oss-object-type").orElseThrow());
        assertTrue(head.headers().firstValue("x-oss-sealed-time").isPresent());
    }

    private static HttpResponse<String> oss(String method, String target) throws Exception {
        return oss(method, target, new byte[0]);
    }

    @Test
    void hostileDocumentsAndNamesAreRefused() throws Exception {
        String bomb =
                "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                        + "<Delete><Object><Key>&b;</Key></Object></Delete>";
        refused(400, "MalformedXML", s3("POST", "/raw?delete", utf8(bomb)));
        refused(400, "MaxMessageLengthExceeded", s3("POST", "/raw?delete", new byte[5 << 20]));
        refused(400, "InvalidURI", s3("GET", "/raw/%ff"));
        refused(400, "KeyTooLongError", s3("PUT", "/raw/" + "k".repeat(1025), utf8("x")));
        refused(
                400,
                "MetadataTooLarge",
                s3("PUT", "/raw/k", utf8("x"), "x-amz-meta-a", "v".repeat(9000)));
        refused(400, "InvalidDigest", s3("PUT", "/raw/k", utf8("x"), "Content-MD5", "abc"));
        refused(
                400,
                "BadDigest",
                s3("PUT", "/raw/bad", utf8("x"), "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="));
        assertEquals(404, s3("HEAD", "/raw/bad").statusCode());
        refused(
                400,
                "BadDigest",
                s3("PUT", "/raw/bad", utf8("x"), "x-amz-checksum-crc32", "AAAAAA=="));
        assertEquals(404, s3("HEAD", "/raw/bad").statusCode());
    }

    @Test
    void namesWithDotsAndSlashesAreKeptAsTheyAre() throws Exception {
        String[] names = {
            "a/../b", "a/./b", "a//b", "a/b/", "..%2Fx", "trailing.", "%252F", "a%5Cb"
        };
        for (String name : names) {
            // Java's URI keeps dots in a path as they are.
            assertEquals(200, s3("PUT", "/raw/names/" + name, utf8(name)).statusCode(), name);
        }
        for (String name : names) {
            assertEquals(name, s3("GET", "/raw/names/" + name).body());
        }
        HttpResponse<String> list = s3("GET", "/raw?prefix=names%2F");
        assertTrue(list.body().contains("<Key>names/a/../b</Key>"), list.body());
        assertTrue(list.body().contains("<Key>names/%2F</Key>"), list.body());
    }

    @Test
    void aClientThatGoesAwayStoresNothing() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            List<Map.Entry<String, String>> headers =
                    List.of(Map.entry("Host", "127.0.0.1:" + server.port()));
            var request = new SignedRequest("PUT", "/raw/half", "", headers);
            StringBuilder head =
                    new StringBuilder(
                            "PUT /raw/half HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n");
            for (var header :
                    new SigV4Signer(KEY, "local", "s3")
                            .sign(request, SigV4Signer.UNSIGNED_PAYLOAD, Instant.now())) {
                head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
            }
            head.append("Content-Length: 500000\r\n\r\n").append("x".repeat(200_000));
            socket.getOutputStream().write(utf8(head.toString()));
            socket.getOutputStream().flush();
            Thread.sleep(200);
        }
        Thread.sleep(200);
        assertEquals(404, s3("HEAD", "/raw/half").statusCode());
    }

    @Test
    void aRangeAndItsConditionsFollowTheStandard() throws Exception {
        HttpResponse<String> put = s3("PUT", "/raw/range", utf8("0123456789"));
        String etag = put.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> part = s3("GET", "/raw/range", "Range", "bytes=2-4");
        assertEquals(206, part.statusCode());
        assertEquals("234", part.body());
        assertEquals("bytes 2-4/10", part.headers().firstValue("Content-Range").orElseThrow());
        assertEquals("789", s3("GET", "/raw/range", "Range", "bytes=-3").body());
        HttpResponse<String> several = s3("GET", "/raw/range", "Range", "bytes=0-1,3-4");
        assertEquals(200, several.statusCode());
        refused(416, "InvalidRange", s3("GET", "/raw/range", "Range", "bytes=10-"));
        assertEquals(
                206, s3("GET", "/raw/range", "Range", "bytes=0-1", "If-Range", etag).statusCode());
        assertEquals(
                200,
                s3("GET", "/raw/range", "Range", "bytes=0-1", "If-Range", "\"x\"").statusCode());
        HttpResponse<String> notModified = s3("GET", "/raw/range", "If-None-Match", etag);
        assertEquals(304, notModified.statusCode());
        assertEquals(etag, notModified.headers().firstValue("ETag").orElseThrow());
        assertEquals(
                304,
                s3("GET", "/raw/range", "If-Modified-Since", "Tue, 01 Jan 2999 00:00:00 GMT")
                        .statusCode());
        refused(
                412,
                "PreconditionFailed",
                s3("GET", "/raw/range", "If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"));
        assertEquals(
                "10",
                s3("HEAD", "/raw/range").headers().firstValue("Content-Length").orElseThrow());
    }

    private static HttpResponse<String> chunked(String body, long length, String trailer)
            throws Exception {
        String target = "/raw/chunked";
        List<Map.Entry<String, String>> all = new ArrayList<>();
        all.add(Map.entry("Host", "127.0.0.1:" + server.port()));
        all.add(Map.entry("x-amz-decoded-content-length", Long.toString(length)));
        all.add(Map.entry("content-encoding", "aws-chunked"));
        if (!trailer.isEmpty()) {
            all.add(Map.entry("x-amz-trailer", trailer));
        }
        SignedRequest request = new SignedRequest("PUT", target, "", all);
        List<String> sent = new ArrayList<>();
        all.stream()
                .skip(1)
                .forEach(
                        header -> {
                            sent.add(header.getKey());
                            sent.add(header.getValue());
                        });
        for (var header :
                new SigV4Signer(KEY, "local", "s3")
                        .sign(request, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", Instant.now())) {
            sent.add(header.getKey());
            sent.add(header.getValue());
        }
        return send("PUT", target, utf8(body), sent.toArray(String[]::new));
    }

    @Test
    void chunksWithATrailerAreCheckedToTheLastByte() throws Exception {
        String good = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        HttpResponse<String> stored = chunked(good, 5, "x-amz-checksum-crc32");
        assertEquals(200, stored.statusCode(), stored.body());
        assertEquals("NhCmhg==", stored.headers().firstValue("x-amz-checksum-crc32").orElseThrow());
        HttpResponse<String> got = s3("GET", "/raw/chunked");
        assertEquals("hello", got.body());
        assertFalse(got.headers().firstValue("Content-Encoding").isPresent());
        assertEquals(204, s3("DELETE", "/raw/chunked").statusCode());
        String[] bad = {
            good.replace("NhCmhg", "AAAAAA"),
            good.replace("hello", "hallo"),
            good.replace("5\r\nhello", "4\r\nhell"),
            good.replace("x-amz-checksum-crc32:NhCmhg==\r\n", ""),
            good.replace("5\r\n", "zz\r\n"),
            "5\r\nhel",
            "",
        };
        for (String body : bad) {
            HttpResponse<String> answer = chunked(body, 5, "x-amz-checksum-crc32");
            assertEquals(400, answer.statusCode(), body + " -> " + answer.body());
            assertEquals(404, s3("HEAD", "/raw/chunked").statusCode(), body);
        }
    }

    @Test
    void writesHappenOnlyOnTheirConditions() throws Exception {
        HttpResponse<String> first = s3("PUT", "/raw/cond", utf8("one"), "If-None-Match", "*");
        String etag = first.headers().firstValue("ETag").orElseThrow();
        refused(412, "PreconditionFailed", s3("PUT", "/raw/cond", utf8("x"), "If-None-Match", "*"));
        assertEquals(200, s3("PUT", "/raw/cond", utf8("two"), "If-Match", etag).statusCode());
        refused(412, "PreconditionFailed", s3("PUT", "/raw/cond", utf8("x"), "If-Match", etag));
        refused(404, "NoSuchKey", s3("PUT", "/raw/cond2", utf8("x"), "If-Match", etag));
        refused(501, "NotImplemented", s3("PUT", "/raw/cond", utf8("x"), "If-None-Match", etag));
        refused(
                409,
                "FileAlreadyExists",
                oss("PUT", "/raw/cond", utf8("x"), "x-oss-forbid-overwrite", "true"));
        assertEquals("two", s3("GET", "/raw/cond").body());
    }

    @Test
    void strangersCannotChooseTheHeadersOfAnAnswer() throws Exception {
        assertEquals(200, s3("PUT", "/public/file", utf8("<b>")).statusCode());
        refused(
                400,
                "InvalidRequest",
                send("GET", "/public/file?response-content-type=text%2Fhtml"));
        HttpResponse<String> signed =
                s3(
                        "GET",
                        "/public/file?response-content-disposition=attachment%3B%20filename%3D%22%C3%A4%22");
        assertEquals(200, signed.statusCode());
        refused(
                400,
                "InvalidArgument",
                s3("GET", "/public/file?response-content-type=a%0D%0ASet-Cookie%3A%20b"));
    }
}
