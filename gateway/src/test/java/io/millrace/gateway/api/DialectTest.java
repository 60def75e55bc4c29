package io.millrace.gateway.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.FakeExchange;
import org.junit.jupiter.api.Test;

class DialectTest {
    private static Dialect of(FakeExchange exchange) {
        return Dialect.of(exchange);
    }

    @Test
    void theSignatureDecides() {
        assertEquals(
                Dialect.OSS, of(new FakeExchange("GET", "/b/k").with("Authorization", "OSS a:b")));
        assertEquals(
                Dialect.OSS,
                of(
                        new FakeExchange("GET", "/b/k")
                                .with("Authorization", "OSS4-HMAC-SHA256 Credential=x")));
        assertEquals(
                Dialect.S3,
                of(
                        new FakeExchange("GET", "/b/k")
                                .with("x-oss-process", "x")
                                .with("Authorization", "AWS4-HMAC-SHA256 Credential=x")));
        assertEquals(
                Dialect.OSS,
                of(new FakeExchange("GET", "/b/k?OSSAccessKeyId=a&Expires=1&Signature=b")));
        assertEquals(
                Dialect.OSS,
                of(new FakeExchange("GET", "/b/k?x-oss-signature-version=OSS4-HMAC-SHA256")));
        assertEquals(
                Dialect.S3,
                of(new FakeExchange("GET", "/b/k?X-Amz-Algorithm=a&x-oss-process=image/info")));
    }

    @Test
    void anUnsignedRequestIsS3UnlessItShowsOssMarks() {
        assertEquals(Dialect.S3, of(new FakeExchange("GET", "/b/k")));
        assertEquals(Dialect.OSS, of(new FakeExchange("GET", "/b/k").with("x-oss-meta-a", "b")));
        assertEquals(Dialect.OSS, of(new FakeExchange("GET", "/b/k?x-oss-process=image/info")));
        assertEquals(
                Dialect.OSS,
                of(new FakeExchange("GET", "/b/k").with("User-Agent", "aliyun-sdk-java/3.18")));
    }
}
