package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every field that S3's "POST Object" and OSS's "PostObject" document is honoured, or the form is
 * refused and stores nothing. The forms are unsigned, to a bucket that everybody may write to; the
 * signed ones are {@code BrowserDoorTest}'s.
 */
class FormFieldsTest {
    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        var open = Map.of("x-amz-acl", "public-read-write");
        door.ask(InnerDoor.ROOT, Dialect.S3, "PUT", "/bucket", "", open);
    }

    @AfterEach
    void close() {
        door.close();
    }

    private FakeExchange post(Dialect dialect, Map<String, String> fields, String file)
            throws Exception {
        StringBuilder body = new StringBuilder();
        Map<String, String> all = new LinkedHashMap<>(fields);
        all.putIfAbsent("key", "new");
        all.forEach(
                (name, value) ->
                        body.append("--B\r\nContent-Disposition: form-data; name=\"")
                                .append(name)
                                .append("\"\r\n\r\n")
                                .append(value)
                                .append("\r\n"));
        body.append("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n")
                .append(file)
                .append("\r\n--B--\r\n");
        return door.unsigned(
                dialect,
                "POST",
                "/bucket",
                body.toString(),
                Map.of("Content-Type", "multipart/form-data; boundary=B"));
    }

    private void refused(Dialect dialect, String name, String value) throws Exception {
        int status = post(dialect, Map.of(name, value), "x").status();
        assertTrue(status == 501 || status == 400, name + ": " + status);
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status(), name);
    }

    private FakeExchange stored(Dialect dialect, Map<String, String> fields) throws Exception {
        FakeExchange answer = post(dialect, fields, "x");
        assertTrue(answer.status() < 400, fields + answer.answerText());
        FakeExchange got = door.ask(dialect, "GET", "/bucket/new", "");
        assertEquals("x", got.answerText());
        return answer;
    }

    @Test
    void whatIsNotOfferedIsRefused() throws Exception {
        String encryption = "server-side-encryption";
        for (String name :
                List.of(
                        "tagging",
                        "x-amz-tagging",
                        "x-amz-website-redirect-location",
                        "x-amz-" + encryption,
                        "x-amz-" + encryption + "-aws-kms-key-id",
                        "x-amz-" + encryption + "-bucket-key-enabled",
                        "x-amz-" + encryption + "-context",
                        "x-amz-" + encryption + "-customer-algorithm",
                        "x-amz-" + encryption + "-customer-key",
                        "x-amz-" + encryption + "-customer-key-MD5",
                        "x-amz-object-lock-mode",
                        "x-amz-object-lock-retain-until-date",
                        "x-amz-object-lock-legal-hold",
                        "x-amz-grant-read",
                        "x-amz-expected-bucket-owner",
                        "x-amz-checksum-md5",
                        "x-amz-checksum-sha512",
                        "X-Amz-New",
                        "X-Amz-Object-Ownership")) {
            refused(Dialect.S3, name, "1");
        }
        for (String name :
                List.of(
                        "callback",
                        "callback-var",
                        "x-oss-callback",
                        "x-oss-tagging",
                        "x-oss-" + encryption,
                        "x-oss-" + encryption + "-key-id",
                        "x-oss-server-side-data-encryption",
                        "x-oss-persistent-headers",
                        "x-oss-new")) {
            refused(Dialect.OSS, name, "1");
        }
        refused(Dialect.S3, "x-amz-storage-class", "GLACIER");
        refused(Dialect.OSS, "x-oss-storage-class", "IA");
        refused(Dialect.OSS, "x-oss-forbid-overwrite", "maybe");
        refused(Dialect.OSS, "x-oss-traffic-limit", "1");
    }

    @Test
    void anAclIsTheBucketsOrRefused() throws Exception {
        for (String acl : List.of("private", "public-read", "authenticated-read", "nonsense")) {
            refused(Dialect.S3, "acl", acl);
            refused(Dialect.S3, "x-amz-acl", acl);
            refused(Dialect.OSS, "x-oss-object-acl", acl);
        }
        FakeExchange two =
                post(Dialect.S3, Map.of("acl", "public-read-write", "x-amz-acl", "private"), "x");
        assertEquals(400, two.status());
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
        stored(Dialect.S3, Map.of("acl", "public-read-write"));
        stored(Dialect.S3, Map.of("x-amz-acl", "bucket-owner-full-control"));
        stored(Dialect.OSS, Map.of("x-oss-object-acl", "default"));
    }

    @Test
    void aChecksumOfTheFileIsVerified() throws Exception {
        // Of "x".
        Map<String, String> right =
                Map.of(
                        "x-amz-checksum-crc32", "jNwWgw==",
                        "x-amz-checksum-sha256", "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=");
        for (Map.Entry<String, String> each : right.entrySet()) {
            FakeExchange wrong = post(Dialect.S3, Map.of(each.getKey(), each.getValue()), "y");
            assertEquals(400, wrong.status());
            assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
        }
        assertEquals(400, post(Dialect.S3, Map.of("Content-MD5", "AAAA"), "x").status());
        stored(Dialect.S3, right);
    }

    @Test
    void whatIsSaidOfTheContentIsGivenBack() throws Exception {
        stored(
                Dialect.S3,
                Map.of(
                        "Cache-Control", "no-cache",
                        "Content-Disposition", "inline",
                        "Content-Encoding", "gzip",
                        "Content-Language", "de",
                        "Content-Type", "text/x-test",
                        "Expires", "Thu, 01 Dec 1994 16:00:00 GMT",
                        "x-amz-meta-colour", "red",
                        "x-amz-storage-class", "STANDARD",
                        "x-ignore-this", "1",
                        "submit", "Send"));
        FakeExchange got = door.ask(Dialect.S3, "GET", "/bucket/new", "");
        assertEquals("no-cache", got.answerHeader("Cache-Control"));
        assertEquals("inline", got.answerHeader("Content-Disposition"));
        assertEquals("gzip", got.answerHeader("Content-Encoding"));
        assertEquals("de", got.answerHeader("Content-Language"));
        assertEquals("text/x-test", got.answerHeader("Content-Type"));
        assertEquals("Thu, 01 Dec 1994 16:00:00 GMT", got.answerHeader("Expires"));
        assertEquals("red", got.answerHeader("x-amz-meta-colour"));
        stored(
                Dialect.OSS,
                Map.of("x-oss-content-type", "text/x-oss", "Content-Type", "text/x-test"));
        FakeExchange oss = door.ask(Dialect.OSS, "GET", "/bucket/new", "");
        assertEquals("text/x-oss", oss.answerHeader("Content-Type"));
    }

    @Test
    void anAnswerIsWhatTheFormAsksFor() throws Exception {
        for (String status : List.of("200", "201", "204")) {
            Map<String, String> fields = Map.of("success_action_status", status);
            assertEquals(Integer.parseInt(status), stored(Dialect.S3, fields).status());
        }
        assertEquals(204, stored(Dialect.S3, Map.of("success_action_status", "302")).status());
        var redirect = Map.of("success_action_redirect", "http://a.example/b");
        FakeExchange answer = stored(Dialect.S3, redirect);
        assertEquals(303, answer.status());
        assertTrue(
                String.valueOf(answer.answerHeader("Location")).startsWith("http://a.example/b"));
        FakeExchange existing = post(Dialect.OSS, Map.of("x-oss-forbid-overwrite", "true"), "new");
        assertEquals(409, existing.status());
        assertEquals("x", door.ask(Dialect.S3, "GET", "/bucket/new", "").answerText());
    }
}
