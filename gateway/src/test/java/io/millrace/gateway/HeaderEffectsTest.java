package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What honoured headers do, where no other test sees it; named by {@code honoured-headers.txt}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HeaderEffectsTest {
    private InnerDoor door;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        door = new InnerDoor(directory);
        door.ask(Dialect.S3, "PUT", "/bucket", "");
    }

    @BeforeEach
    void prepare() throws Exception {
        for (String key : List.of("new", "log", "copy", "put")) {
            door.ask(Dialect.S3, "DELETE", "/bucket/" + key, "");
        }
        door.ask(Dialect.S3, "PUT", "/bucket/key", "as it was");
    }

    @AfterAll
    void close() {
        door.close();
    }

    private FakeExchange ask(
            Dialect dialect, String method, String target, String body, Map<String, String> headers)
            throws Exception {
        return door.ask(InnerDoor.ROOT, dialect, method, target, body, headers);
    }

    private String upload(Dialect dialect, Map<String, String> headers) throws Exception {
        String begun = ask(dialect, "POST", "/bucket/new?uploads", "", headers).answerText();
        return begun.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSaidOfTheContentIsGivenBack(Dialect dialect) throws Exception {
        Map<String, String> said =
                Map.of(
                        "Cache-Control",
                        "no-cache",
                        "Content-Disposition",
                        "inline",
                        "Content-Encoding",
                        "gzip",
                        "Content-Language",
                        "de",
                        "Expires",
                        "Thu, 01 Dec 1994 16:00:00 GMT",
                        "Content-Type",
                        "text/x-test",
                        dialect.header("meta-colour"),
                        "red");
        ask(dialect, "PUT", "/bucket/put", "x", said);
        ask(Dialect.OSS, "POST", "/bucket/log?append&position=0", "x", ofOss(said));
        var copy = new java.util.HashMap<>(said);
        copy.put(dialect.header("copy-source"), "/bucket/key");
        copy.put(dialect.header("metadata-directive"), "REPLACE");
        ask(dialect, "PUT", "/bucket/copy", "", copy);
        String id = upload(dialect, said);
        ask(dialect, "PUT", "/bucket/new?partNumber=1&uploadId=" + id, "t", Map.of());
        String parts =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                        + "<ETag>e358efa489f58062f10dd7316b65649e</ETag></Part>"
                        + "</CompleteMultipartUpload>";
        ask(dialect, "POST", "/bucket/new?uploadId=" + id, parts, Map.of());
        for (String key : List.of("put", "log", "copy", "new")) {
            FakeExchange answer = ask(dialect, "GET", "/bucket/" + key, "", Map.of());
            said.forEach((name, value) -> assertEquals(value, answer.answerHeader(name), key));
        }
    }

    private static Map<String, String> ofOss(Map<String, String> said) {
        var oss = new java.util.HashMap<>(said);
        oss.remove("x-amz-meta-colour");
        oss.put("x-oss-meta-colour", "red");
        return oss;
    }

    @Test
    void nothingIsDoneToABucketOfAnotherOwner() throws Exception {
        String owner = door.access().account();
        for (String asked :
                List.of(
                        "GET /",
                        "GET /bucket/",
                        "GET /bucket/?acl",
                        "GET /bucket/key",
                        "HEAD /bucket/key",
                        "PUT /bucket/key",
                        "PUT /bucket/?acl",
                        "PUT /another",
                        "DELETE /bucket/key",
                        "DELETE /bucket",
                        "POST /bucket/key?uploads",
                        "POST /bucket/?delete")) {
            String method = asked.split(" ")[0];
            String target = asked.split(" ")[1];
            String acl = asked.startsWith("PUT /bucket/?") ? "x-amz-acl" : "x-amz-te";
            for (String other : List.of("123456789012", "", owner + "0")) {
                var headers = Map.of("x-amz-expected-bucket-owner", other, acl, "public-read");
                assertEquals(403, ask(Dialect.S3, method, target, "new", headers).status(), asked);
            }
            String more = target.contains("?") ? "&" : "?";
            String inQuery = target + more + "x-amz-expected-bucket-owner=1";
            assertEquals(403, door.ask(Dialect.S3, method, inQuery, "new").status(), asked);
        }
        var copy =
                Map.of(
                        "x-amz-copy-source", "/bucket/key",
                        "x-amz-source-expected-bucket-owner", "123456789012");
        assertEquals(403, ask(Dialect.S3, "PUT", "/bucket/copy", "", copy).status());
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/copy", "").status());
        assertEquals(404, door.ask(Dialect.S3, "GET", "/another/", "").status());
        // In the other dialect its signature doesn't cover it.
        var oss = Map.of("x-amz-expected-bucket-owner", owner);
        assertEquals(501, ask(Dialect.OSS, "GET", "/bucket/key", "", oss).status());
        String right = "/bucket/key?x-amz-expected-bucket-owner=" + owner;
        assertEquals("as it was", door.ask(Dialect.S3, "GET", right, "").answerText());
    }

    @Test
    void aValueThatAsksForMoreIsRefused() throws Exception {
        for (String line :
                List.of(
                        "S3 x-amz-storage-class GLACIER",
                        "S3 x-amz-storage-class REDUCED_REDUNDANCY",
                        "OSS x-oss-storage-class IA",
                        "S3 x-amz-object-lock-legal-hold ON",
                        "S3 x-amz-tagging a=b",
                        "OSS x-oss-tagging a=b",
                        "S3 x-amz-server-side-encryption AES256",
                        "S3 x-amz-checksum-algorithm XXHASH64",
                        "S3 x-amz-checksum-md5 1B2M2Y8AsgTpgAmY7PhCfg==",
                        "S3 x-amz-website-redirect-location /elsewhere",
                        "S3 x-amz-bucket-object-lock-enabled true",
                        "OSS x-oss-callback e30=",
                        "OSS x-oss-persistent-headers myheader:1",
                        "OSS x-amz-meta-colour red",
                        "S3 x-oss-meta-colour red",
                        "S3 x-amz-copy-source-server-side-encryption-customer-algorithm AES256")) {
            String[] words = line.split(" ");
            Dialect dialect = Dialect.valueOf(words[0]);
            var plain = Map.of(words[1], words[2]);
            var copy = Map.of(words[1], words[2], dialect.header("copy-source"), "/bucket/key");
            for (FakeExchange answer :
                    List.of(
                            ask(dialect, "PUT", "/bucket/new", "x", plain),
                            ask(dialect, "PUT", "/bucket/new", "x", copy),
                            ask(dialect, "PUT", "/new", "", plain),
                            ask(dialect, "POST", "/bucket/new?uploads", "", plain))) {
                int status = answer.status();
                assertTrue(status == 501 || status == 400, line + ": " + answer.answerText());
            }
        }
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
        assertEquals(404, door.ask(Dialect.S3, "GET", "/new/", "").status());
    }

    @Test
    void aKeyOfTheClientsOwnIsRefusedOnReads() throws Exception {
        for (String method : List.of("GET", "HEAD")) {
            for (String name :
                    List.of(
                            "x-amz-server-side-encryption-customer-algorithm",
                            "X-Amz-If-Match-Size",
                            "x-oss-server-side-encryption-customer-algorithm")) {
                var headers = Map.of(name, "AES256");
                assertEquals(501, ask(Dialect.S3, method, "/bucket/key", "", headers).status());
                String query = "/bucket/key?" + name + "=1";
                assertEquals(501, door.ask(Dialect.S3, method, query, "").status());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSourcesConditionIsHeeded(Dialect dialect) throws Exception {
        String etag = door.ask(Dialect.S3, "GET", "/bucket/key", "").answerHeader("ETag");
        for (Map.Entry<String, String> each :
                Map.of(
                                "copy-source-if-match", "\"another\"",
                                "copy-source-if-none-match", String.valueOf(etag),
                                "copy-source-if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT",
                                "copy-source-if-unmodified-since", "Mon, 01 Jan 2001 00:00:00 GMT")
                        .entrySet()) {
            var headers =
                    Map.of(
                            dialect.header("copy-source"),
                            "/bucket/key",
                            dialect.header(each.getKey()),
                            each.getValue());
            int status = ask(dialect, "PUT", "/bucket/new", "", headers).status();
            assertTrue(status == 412 || status == 304, each + ": " + status);
            String id = upload(dialect, Map.of());
            String part = "/bucket/new?partNumber=1&uploadId=" + id;
            int ofPart = ask(dialect, "PUT", part, "", headers).status();
            assertTrue(ofPart == 412 || ofPart == 304, each + ": " + ofPart);
        }
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
    }

    @ParameterizedTest
    @CsvSource({
        "if-match,            '\"another\"',                   412",
        "if-none-match,       *,                               304",
        "if-modified-since,   'Fri, 01 Jan 2100 00:00:00 GMT', 304",
        "if-unmodified-since, 'Mon, 01 Jan 2001 00:00:00 GMT', 412",
        "range,               bytes=1-2,                       206",
        "range,               bytes=99-,                       416",
    })
    void aReadersHeadersAreHeeded(String name, String value, int status) throws Exception {
        for (String method : List.of("GET", "HEAD")) {
            var headers = Map.of(name, value);
            assertEquals(status, ask(Dialect.S3, method, "/bucket/key", "", headers).status());
            var oss = Map.of(name, value, "x-oss-range-behavior", "standard");
            assertEquals(status, ask(Dialect.OSS, method, "/bucket/key", "", oss).status());
        }
    }

    @Test
    void allPartsAreTakenWithoutAList() throws Exception {
        String id = upload(Dialect.OSS, Map.of());
        ask(Dialect.OSS, "PUT", "/bucket/new?partNumber=3&uploadId=" + id, "t", Map.of());
        String complete = "/bucket/new?uploadId=" + id;
        assertEquals(400, ask(Dialect.OSS, "POST", complete, "", Map.of()).status());
        var all = Map.of("x-oss-complete-all", "yes");
        assertEquals(200, ask(Dialect.OSS, "POST", complete, "", all).status());
        assertEquals("t", door.ask(Dialect.OSS, "GET", "/bucket/new", "").answerText());
    }
}
