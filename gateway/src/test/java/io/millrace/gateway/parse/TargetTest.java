package io.millrace.gateway.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetTest {
    private static final List<String> BASES = List.of("s3.example.com");

    private static Target path(String rawPath) {
        return Target.of("localhost:9000", rawPath, BASES, Dialect.S3);
    }

    private static ErrorCode refusal(String rawPath) {
        return assertThrows(GatewayException.class, () -> path(rawPath)).code();
    }

    @Test
    void theFirstSegmentIsTheBucketAndTheRestIsTheKey() {
        assertEquals(new Target("b", "k/l", null), path("/b/k/l"));
        assertEquals(new Target("b", "", null), path("/b"));
        assertEquals(new Target("b", "", null), path("/b/"));
        assertEquals(new Target("", "", null), path("/"));
    }

    @Test
    void aKeyIsDecodedOnceAndOtherwiseLeftAlone() {
        assertEquals("a b+c", path("/b/a%20b+c").key());
        assertEquals("%2F", path("/b/%252F").key());
        assertEquals("a/../c", path("/b/a/../c").key());
        assertEquals("a/../c", path("/b/a/%2e%2e/c").key());
        assertEquals("a//c/", path("/b/a//c/").key());
        assertEquals("/x", path("/b//x").key());
        assertEquals("ü€😀", path("/b/%C3%BC%E2%82%AC%F0%9F%98%80").key());
    }

    @Test
    void whatIsNotUtf8OrNotPercentEncodedIsRefused() {
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%"));
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%4"));
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%zz"));
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%C3"));
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%C0%AF"));
        assertEquals(ErrorCode.INVALID_URI, refusal("/b/%ED%A0%80"));
        assertEquals(ErrorCode.INVALID_BUCKET_NAME, refusal("//k"));
    }

    @Test
    void aKeyHasAtMost1024Bytes() {
        assertEquals(1024, path("/b/" + "k".repeat(1024)).key().length());
        assertEquals(ErrorCode.KEY_TOO_LONG, refusal("/b/" + "k".repeat(1025)));
        assertEquals(ErrorCode.KEY_TOO_LONG, refusal("/b/" + "%E2%82%AC".repeat(342)));
    }

    @Test
    void ossRefusesKeysThatBeginWithASlash() {
        assertThrows(
                GatewayException.class, () -> Target.of(null, "/b//x", List.of(), Dialect.OSS));
        assertThrows(
                GatewayException.class, () -> Target.of(null, "/b/%5Cx", List.of(), Dialect.OSS));
    }

    @Test
    void aHostBelowABaseDomainNamesTheBucket() {
        assertEquals(
                new Target("my.bucket", "k/l", "my.bucket"),
                Target.of("My.Bucket.s3.example.com:80", "/k/l", BASES, Dialect.S3));
        assertEquals(
                new Target("bucket", "", "bucket"),
                Target.of("bucket.s3.example.com", "/", BASES, Dialect.S3));
        assertNull(Target.of("s3.example.com", "/b/k", BASES, Dialect.S3).hostBucket());
        assertNull(Target.of("evils3.example.com", "/b/k", BASES, Dialect.S3).hostBucket());
        assertNull(Target.of("b.s3.example.com", "/b/k", List.of(), Dialect.S3).hostBucket());
    }
}
