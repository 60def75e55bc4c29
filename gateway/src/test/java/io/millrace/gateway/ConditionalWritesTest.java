package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client makes dependent on something is done on that condition, or refused. */
class ConditionalWritesTest {
    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        door.ask(Dialect.S3, "PUT", "/bucket", "");
        door.ask(Dialect.S3, "PUT", "/bucket/key", "kept");
        door.ask(Dialect.OSS, "POST", "/bucket/log?append&position=0", "kept");
    }

    @AfterEach
    void close() {
        door.close();
    }

    private FakeExchange ask(
            Dialect dialect, String method, String target, String body, Map<String, String> headers)
            throws Exception {
        return door.ask(InnerDoor.ROOT, dialect, method, target, body, headers);
    }

    private void assertKept() throws Exception {
        assertEquals("kept", door.ask(Dialect.S3, "GET", "/bucket/key", "").answerText());
        assertEquals("kept", door.ask(Dialect.S3, "GET", "/bucket/log", "").answerText());
    }

    @ParameterizedTest
    @CsvSource({
        "PUT,    /bucket/key,                   If-Unmodified-Since, 'Mon, 01 Jan 2001 00:00:00 GMT'",
        "DELETE, /bucket/key,                   If-Unmodified-Since, 'Mon, 01 Jan 2001 00:00:00 GMT'",
        "DELETE, /bucket/key,                   x-amz-if-match-size, 999",
        "DELETE, /bucket/key,  x-amz-if-match-last-modified-time, 'Mon, 01 Jan 2001 00:00:00 GMT'",
        "POST,   /bucket/log?append&position=4, If-Match,            '\"another\"'",
        "POST,   /bucket/log?append&position=4, If-None-Match,       *",
        "POST,   /bucket/log?seal&position=4,   If-Match,            '\"another\"'",
        "POST,   /bucket/key?uploads,           If-Match,            '\"another\"'",
        "PUT,    /bucket/?acl,                  If-Match,            '\"another\"'",
    })
    void aConditionThatAnOperationDoesNotHeedIsRefused(
            String method, String target, String header, String value) throws Exception {
        FakeExchange answer = ask(Dialect.S3, method, target, "new", Map.of(header, value));
        assertEquals(501, answer.status(), answer.answerText());
        assertKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE"})
    void whatCanDependOnAnEtagIsNotDoneToAnotherObject(String method) throws Exception {
        var headers = Map.of("If-Match", "\"another\"");
        assertEquals(412, ask(Dialect.S3, method, "/bucket/key", "new", headers).status());
        assertKept();
    }

    @Test
    void anAppendByOffsetDependsOnNoEtag() throws Exception {
        var headers = Map.of("x-amz-write-offset-bytes", "4", "If-Match", "\"another\"");
        assertEquals(501, ask(Dialect.S3, "PUT", "/bucket/log", "new", headers).status());
        assertKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "1", ""})
    void aBanOnOverwritingThatIsNotUnderstoodIsRefused(String value) throws Exception {
        var headers = Map.of("x-oss-forbid-overwrite", value);
        assertEquals(400, ask(Dialect.OSS, "PUT", "/bucket/key", "new", headers).status());
        assertEquals(400, ask(Dialect.OSS, "POST", "/bucket/key?uploads", "", headers).status());
        assertKept();
    }

    @Test
    void anUploadThatMayNotOverwriteDoesNotBeginOverAnObject() throws Exception {
        var headers = Map.of("x-oss-forbid-overwrite", "true");
        assertEquals(409, ask(Dialect.OSS, "POST", "/bucket/key?uploads", "", headers).status());
        assertEquals(200, ask(Dialect.OSS, "POST", "/bucket/new?uploads", "", headers).status());
    }

    @ParameterizedTest
    @CsvSource({
        "501, <Size>999</Size>",
        "501, <LastModifiedTime>2001-01-01T00:00:00Z</LastModifiedTime>",
        "501, <ETag>another</ETag>",
        "400, <Key>log</Key>",
        "400, <Unknown/>",
    })
    void aBatchDeletesNothingOfWhichMoreIsSaidThanItUnderstands(int status, String more)
            throws Exception {
        String body = "<Delete><Object><Key>key</Key>" + more + "</Object></Delete>";
        assertEquals(status, door.ask(Dialect.S3, "POST", "/bucket/?delete", body).status());
        assertKept();
    }

    /** The frames would be the object's bytes. */
    @Test
    void aChunkedBodyWhoseFormIsNotSignedIsRefused() throws Exception {
        var headers =
                Map.of("x-amz-decoded-content-length", "3", "Content-Encoding", "aws-chunked");
        String framed = "3\r\nnew\r\n0\r\n\r\n";
        assertEquals(400, ask(Dialect.S3, "PUT", "/bucket/key", framed, headers).status());
        assertKept();
    }
}
