package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyuncs.auth.SignatureVersion;
import io.millrace.access.TemporaryCredentials;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Tokens from either vendor's STS, used with either vendor's client, and refused in its words. */
@Timeout(300)
class TemporaryCredentialsTest {
    private static final String BUCKET = TrustFixture.BUCKET;
    private static final byte[] BYTES = "a frame".getBytes(StandardCharsets.UTF_8);

    @TempDir static Path directory;
    private static TrustFixture server;

    @BeforeAll
    static void open() {
        server = new TrustFixture(directory);
    }

    @AfterAll
    static void close() {
        server.close();
    }

    private static List<TemporaryCredentials> ofEachClient(String policy) {
        return ofEachClient(server, policy);
    }

    private static List<TemporaryCredentials> ofEachClient(TrustFixture server, String policy) {
        return List.of(
                server.alibaba(policy, SignatureVersion.V1),
                server.alibaba(policy, SignatureVersion.V3),
                server.aws(policy));
    }

    private static void ossFails(String code, Executable call) {
        assertEquals(code, assertThrows(OSSException.class, call).getErrorCode());
    }

    private static void s3Fails(String code, Executable call) {
        assertEquals(code, assertThrows(S3Exception.class, call).awsErrorDetails().errorCode());
    }

    private static void put(OSS oss, String key) {
        oss.putObject(BUCKET, key, new ByteArrayInputStream(BYTES));
    }

    private static byte[] get(OSS oss, String key) {
        try (InputStream in = oss.getObject(BUCKET, key).getObjectContent()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(S3Client s3, String key) {
        s3.putObject(r -> r.bucket(BUCKET).key(key), RequestBody.fromBytes(BYTES));
    }

    private static byte[] get(S3Client s3, String key) {
        return s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArray();
    }

    @Test
    void aTokenPutsAndGetsInItsPrefixAndNowhereElse() {
        for (TemporaryCredentials token : ofEachClient(TrustFixture.only("cam1"))) {
            for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
                OSS oss = server.oss(token, version);
                put(oss, "cam1/a.ts");
                assertArrayEquals(BYTES, get(oss, "cam1/a.ts"));
                for (String key : List.of("cam10/a.ts", "cam2/a.ts", "cam1", "x/../cam1/a.ts")) {
                    ossFails("AccessDenied", () -> put(oss, key));
                    ossFails("AccessDenied", () -> get(oss, key));
                }
                ossFails("AccessDenied", () -> oss.deleteObject(BUCKET, "cam1/a.ts"));
                ossFails("AccessDenied", () -> oss.listObjectsV2(BUCKET));
                ossFails(
                        "AccessDenied",
                        () -> oss.copyObject(BUCKET, "cam2/secret", BUCKET, "cam1/stolen"));
                ossFails("AccessDenied", () -> oss.createBucket("another-bucket"));
                oss.shutdown();
            }
            try (S3Client s3 = server.s3(token)) {
                put(s3, "cam1/b.ts");
                assertArrayEquals(BYTES, get(s3, "cam1/b.ts"));
                s3Fails("AccessDenied", () -> put(s3, "cam10/b.ts"));
                s3Fails("AccessDenied", () -> get(s3, "cam10/b.ts"));
                s3Fails(
                        "AccessDenied",
                        () -> s3.deleteObject(r -> r.bucket(BUCKET).key("cam1/b.ts")));
                s3Fails("AccessDenied", () -> s3.listObjectsV2(r -> r.bucket(BUCKET)));
                s3Fails(
                        "AccessDenied",
                        () ->
                                s3.copyObject(
                                        r ->
                                                r.sourceBucket(BUCKET)
                                                        .sourceKey("cam2/secret")
                                                        .destinationBucket(BUCKET)
                                                        .destinationKey("cam1/stolen")));
                s3Fails(
                        "AccessDenied",
                        () -> s3.createMultipartUpload(r -> r.bucket(BUCKET).key("cam2/big")));
            }
        }
    }

    @Test
    void anExpiredTokenIsRefusedInEachDialectsWordsAlsoWhenTheClockIsSetBack(@TempDir Path own) {
        TrustFixture late = new TrustFixture(own);
        try {
            List<TemporaryCredentials> old = ofEachClient(late, TrustFixture.only("cam1"));
            late.timeShift(Duration.ofMinutes(61));
            old.forEach(token -> isRefusedAsExpired(late, token));
            late.timeShift(Duration.ZERO);
            old.forEach(token -> isRefusedAsExpired(late, token));
        } finally {
            late.close();
        }
    }

    private static void isRefusedAsExpired(TrustFixture late, TemporaryCredentials token) {
        for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
            OSS oss = late.oss(token, version);
            ossFails("SecurityTokenExpired", () -> put(oss, "cam1/a.ts"));
            oss.shutdown();
        }
        try (S3Client s3 = late.s3(token)) {
            s3Fails("ExpiredToken", () -> put(s3, "cam1/a.ts"));
        }
    }

    @Test
    void aTamperedOrMixedTokenIsRefusedInEachDialectsWords() {
        TemporaryCredentials one = server.aws(TrustFixture.only("cam1"));
        TemporaryCredentials two = server.aws(TrustFixture.only("cam2"));
        String text = one.securityToken();
        char last = text.charAt(40);
        String bentText = text.substring(0, 40) + (last == 'A' ? 'B' : 'A') + text.substring(41);
        TemporaryCredentials bent =
                new TemporaryCredentials(
                        one.accessKeyId(), one.accessKeySecret(), bentText, one.expiration());
        OSS bentOss = server.oss(bent, SignVersion.V4);
        ossFails("InvalidSecurityToken", () -> put(bentOss, "cam1/a.ts"));
        bentOss.shutdown();
        try (S3Client s3 = server.s3(bent)) {
            s3Fails("InvalidToken", () -> put(s3, "cam1/a.ts"));
        }
        TemporaryCredentials mixed =
                new TemporaryCredentials(
                        one.accessKeyId(),
                        one.accessKeySecret(),
                        two.securityToken(),
                        one.expiration());
        OSS mixedOss = server.oss(mixed, SignVersion.V4);
        ossFails("AccessKeyIdAndSecurityTokenNotMatch", () -> put(mixedOss, "cam1/a.ts"));
        mixedOss.shutdown();
        try (S3Client s3 = server.s3(mixed)) {
            s3Fails("InvalidToken", () -> put(s3, "cam1/a.ts"));
        }
    }

    @Test
    void revokingARolesSessionsCutsTheNextRequestOff() {
        TemporaryCredentials token = server.alibaba(TrustFixture.only("cam1"), SignatureVersion.V3);
        OSS oss = server.oss(token, SignVersion.V4);
        put(oss, "cam1/c.ts");
        server.access.roles().revokeSessions("uploader").orThrow();
        ossFails("InvalidSecurityToken", () -> put(oss, "cam1/c.ts"));
        oss.shutdown();
        try (S3Client s3 = server.s3(token)) {
            s3Fails("InvalidToken", () -> put(s3, "cam1/c.ts"));
        }
    }

    @Test
    void aSignedUrlCarriesItsToken() throws Exception {
        TemporaryCredentials token = server.aws(TrustFixture.only("cam1"));
        for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
            OSS oss = server.oss(token, version);
            put(oss, "cam1/url.ts");
            for (String key : List.of("cam1/url.ts", "cam2/url.ts")) {
                GeneratePresignedUrlRequest url =
                        new GeneratePresignedUrlRequest(BUCKET, key, HttpMethod.GET);
                url.setExpiration(new Date(System.currentTimeMillis() + 60_000));
                assertEquals(
                        key.startsWith("cam1/") ? 200 : 403, status(oss.generatePresignedUrl(url)));
            }
            oss.shutdown();
        }
        try (S3Presigner presigner =
                S3Presigner.builder()
                        .endpointOverride(server.endpoint())
                        .region(Region.of("local"))
                        .serviceConfiguration(
                                S3Configuration.builder().pathStyleAccessEnabled(true).build())
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsSessionCredentials.create(
                                                token.accessKeyId(),
                                                token.accessKeySecret(),
                                                token.securityToken())))
                        .build()) {
            for (String key : List.of("cam1/url.ts", "cam2/url.ts")) {
                URL url =
                        presigner
                                .presignGetObject(
                                        p ->
                                                p.signatureDuration(Duration.ofMinutes(1))
                                                        .getObjectRequest(
                                                                r -> r.bucket(BUCKET).key(key)))
                                .url();
                assertEquals(key.startsWith("cam1/") ? 200 : 403, status(url));
            }
        }
    }

    @Test
    void aSignatureForAnotherServiceIsNoKeyToObjects() throws Exception {
        for (String service : List.of("s3", "sts", "millrace")) {
            SigV4Signer signer =
                    new SigV4Signer(new AccessKey("ROOTID", "ROOTSECRET"), "local", service);
            String host = "127.0.0.1:" + server.endpoint().getPort();
            SignedRequest request =
                    new SignedRequest("GET", "/", "", List.of(Map.entry("Host", host)));
            String query = signer.presign(request, Duration.ofMinutes(1), Instant.now());
            URL url = URI.create(server.endpoint() + "/?" + query).toURL();
            assertEquals(service.equals("s3") ? 200 : 400, status(url), service);
        }
    }

    private static int status(URL url) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        return connection.getResponseCode();
    }
}
