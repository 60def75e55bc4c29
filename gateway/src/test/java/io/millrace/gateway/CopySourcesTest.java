package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.RootKey;
import io.millrace.gateway.api.Dialect;
import io.millrace.signing.AccessKey;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever copies must be allowed to read what is copied, in every way that there is to copy. */
class CopySourcesTest {
    private static final Pattern UPLOAD_ID = Pattern.compile("<UploadId>(.+)</UploadId>");

    @TempDir Path directory;
    private InnerDoor door;
    private AccessKey writer;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        for (String path : List.of("/mine", "/other", "/other/open", "/other/secret")) {
            String body = path.endsWith("secret") ? "secret" : "";
            assertEquals(200, door.ask(Dialect.S3, "PUT", path, body).status());
        }
        door.access()
                .policies()
                .put(
                        "writer",
                        "{\"Version\":\"1\",\"Statement\":["
                                + "{\"Effect\":\"Allow\",\"Action\":\"oss:*\",\"Resource\":"
                                + "[\"acs:oss:*:*:mine\",\"acs:oss:*:*:mine/*\"]},"
                                + "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Resource\":"
                                + "\"acs:oss:*:*:other/open\"}]}")
                .orThrow();
        door.access().users().create("writer", null, List.of("writer")).orThrow();
        RootKey key = door.access().keys().create("writer").orThrow();
        writer = new AccessKey(key.id(), key.secret());
    }

    @AfterEach
    void close() {
        door.close();
    }

    private FakeExchange asWriter(
            Dialect dialect, String method, String target, Map<String, String> headers)
            throws Exception {
        return door.ask(writer, dialect, method, target, "", headers);
    }

    private static String header(Dialect dialect, String name) {
        return dialect.header(name);
    }

    @Test
    void aCopyNeedsTheRightToReadItsSource() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            String source = header(dialect, "copy-source");
            for (String path : List.of("/other/secret", "/other%2Fsecret", "other/secret")) {
                FakeExchange refused = asWriter(dialect, "PUT", "/mine/copy", Map.of(source, path));
                assertEquals(403, refused.status(), dialect + " " + path);
            }
            assertEquals(404, asWriter(dialect, "GET", "/mine/copy", Map.of()).status());
            FakeExchange copied =
                    asWriter(dialect, "PUT", "/mine/open", Map.of(source, "/other/open"));
            assertEquals(200, copied.status(), copied.answerText());
        }
    }

    @Test
    void aPartsCopyNeedsTheRightToReadItsSource() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            String begun = asWriter(dialect, "POST", "/mine/parts?uploads", Map.of()).answerText();
            Matcher id = UPLOAD_ID.matcher(begun);
            assertTrue(id.find(), begun);
            String part = "/mine/parts?partNumber=1&uploadId=" + id.group(1);
            String source = header(dialect, "copy-source");
            String range = header(dialect, "copy-source-range");
            for (Map<String, String> headers :
                    List.of(
                            Map.of(source, "/other/secret"),
                            Map.of(source, "/other/secret", range, "bytes=0-2"))) {
                assertEquals(403, asWriter(dialect, "PUT", part, headers).status());
            }
            String parts =
                    asWriter(dialect, "GET", "/mine/parts?uploadId=" + id.group(1), Map.of())
                            .answerText();
            assertFalse(parts.contains("<Part>"), parts);
            FakeExchange copied = asWriter(dialect, "PUT", part, Map.of(source, "/other/open"));
            assertEquals(200, copied.status(), copied.answerText());
        }
    }
}
