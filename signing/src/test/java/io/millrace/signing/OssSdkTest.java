package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.internal.SignParameters;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.ListObjectsV2Request;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.PutObjectRequest;
import com.aliyun.oss.model.SetObjectTaggingRequest;
import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the real OSS SDK signs, we verify; and what we sign holds by our own verification. */
class OssSdkTest {
    private static final String ID = "LTAIexample";
    private static final String SECRET = "secret/with+odd=chars";

    private final RecordingServer server = new RecordingServer();

    private OSS client(SignVersion version, String token) {
        ClientBuilderConfiguration config = new ClientBuilderConfiguration();
        config.setSignatureVersion(version);
        config.setMaxErrorRetry(0);
        config.setCrcCheckEnabled(false);
        return OSSClientBuilder.create()
                .endpoint(server.endpoint())
                .region("cn-hangzhou")
                .credentialsProvider(
                        token == null
                                ? new DefaultCredentialProvider(ID, SECRET)
                                : new DefaultCredentialProvider(ID, SECRET, token))
                .clientConfiguration(config)
                .build();
    }

    private void verified(String what) {
        RecordingServer.Recorded seen = server.take();
        Credential credential = Credentials.parse(seen.request());
        Claim claim = assertInstanceOf(Claim.class, credential, what + ": " + credential);
        assertEquals(ID, claim.accessKeyId());
        VerifyOutcome outcome = claim.verify(SECRET, Instant.now());
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, what + ": " + outcome);
        VerifyOutcome wrong = claim.verify("another", Instant.now());
        assertInstanceOf(VerifyOutcome.Mismatch.class, wrong, what + ": " + wrong);
    }

    @ParameterizedTest
    @EnumSource(SignVersion.class)
    void everyHeaderSignatureOfTheSdkIsVerified(SignVersion version) {
        for (String token : new String[] {null, "CAES+token/with=signs"}) {
            OSS oss = client(version, token);
            put(oss, "plain.txt", new ObjectMetadata());
            verified("put");
            ObjectMetadata meta = new ObjectMetadata();
            meta.setContentType("text/plain; charset=utf-8");
            meta.addUserMetadata("colour", "grün");
            meta.setHeader("x-oss-forbid-overwrite", "true");
            put(oss, "dir/ä b+c%20~!*'()@&=.txt", meta);
            verified("put odd key");
            quiet(() -> oss.getObject(new GetObjectRequest("bucket", "a").withRange(0, 10)));
            verified("get");
            GetObjectRequest processed = new GetObjectRequest("bucket", "a.jpg");
            processed.setProcess("image/resize,w_100");
            quiet(() -> oss.getObject(processed));
            verified("get with process");
            quiet(() -> oss.listObjectsV2(new ListObjectsV2Request("bucket", "pré fix/")));
            verified("list v2");
            quiet(() -> oss.listBuckets());
            verified("list buckets");
            quiet(() -> oss.createBucket("bucket"));
            verified("create bucket");
            quiet(() -> oss.getBucketInfo("bucket"));
            verified("bucket info");
            AppendObjectRequest append =
                    new AppendObjectRequest("bucket", "log", new ByteArrayInputStream(new byte[3]));
            append.setPosition(7L);
            quiet(() -> oss.appendObject(append));
            verified("append");
            quiet(
                    () ->
                            oss.setObjectTagging(
                                    new SetObjectTaggingRequest("bucket", "k", Map.of("a", "b"))));
            verified("tagging");
            quiet(
                    () ->
                            oss.initiateMultipartUpload(
                                    new com.aliyun.oss.model.InitiateMultipartUploadRequest(
                                            "bucket", "big")));
            verified("multipart");
            oss.shutdown();
        }
    }

    @ParameterizedTest
    @EnumSource(SignVersion.class)
    void everyUrlSignatureOfTheSdkIsVerified(SignVersion version) throws Exception {
        for (String token : new String[] {null, "CAES+token/with=signs"}) {
            OSS oss = client(version, token);
            GeneratePresignedUrlRequest get =
                    new GeneratePresignedUrlRequest("bucket", "dir/ä b+c.txt", HttpMethod.GET);
            get.setExpiration(new Date(System.currentTimeMillis() + 60_000));
            get.setProcess("image/resize,w_100");
            get.addQueryParameter("response-content-type", "text/x");
            open(oss.generatePresignedUrl(get), "GET", Map.of());
            verified("get url");
            GeneratePresignedUrlRequest put =
                    new GeneratePresignedUrlRequest("bucket", "up", HttpMethod.PUT);
            put.setExpiration(new Date(System.currentTimeMillis() + 60_000));
            put.setContentType("image/png");
            put.addUserMetadata("a", "b");
            open(
                    oss.generatePresignedUrl(put),
                    "PUT",
                    Map.of("Content-Type", "image/png", "x-oss-meta-a", "b"));
            verified("put url");
            oss.shutdown();
        }
    }

    @Test
    void theListOfSignedSubResourcesIsTheSdksOwn() {
        assertEquals(new HashSet<>(SignParameters.SIGNED_PARAMTERS), OssV1Claim.SUB_RESOURCES);
    }

    @Test
    void aUrlSignedForVirtualHostStyleHolds() {
        OssSigner signer = new OssSigner(new AccessKey(ID, SECRET), "local");
        Instant now = Instant.now();
        SignedRequest bare =
                new SignedRequest(
                        "GET", "/a%20b", "x-oss-process=style%2Fx", java.util.List.of(), "bkt");
        for (String query :
                java.util.List.of(
                        signer.presignV1(bare, now.plusSeconds(60)),
                        signer.presignV4(bare, java.time.Duration.ofSeconds(60), now))) {
            SignedRequest signed =
                    new SignedRequest("GET", "/a%20b", query, java.util.List.of(), "bkt");
            Claim claim = assertInstanceOf(Claim.class, Credentials.parse(signed));
            assertInstanceOf(VerifyOutcome.Verified.class, claim.verify(SECRET, now));
            assertInstanceOf(
                    VerifyOutcome.Expired.class, claim.verify(SECRET, now.plusSeconds(61)));
            SignedRequest moved =
                    new SignedRequest("GET", "/a%20b", query, java.util.List.of(), "other");
            Claim stolen = assertInstanceOf(Claim.class, Credentials.parse(moved));
            assertInstanceOf(VerifyOutcome.Mismatch.class, stolen.verify(SECRET, now));
        }
    }

    private static void put(OSS oss, String key, ObjectMetadata meta) {
        byte[] bytes = "hello".getBytes(StandardCharsets.UTF_8);
        quiet(
                () ->
                        oss.putObject(
                                new PutObjectRequest(
                                        "bucket", key, new ByteArrayInputStream(bytes), meta)));
    }

    /** The answers are not what the SDK wants; only what it sends matters here. */
    private static void quiet(Runnable call) {
        try {
            call.run();
        } catch (com.aliyun.oss.OSSException | com.aliyun.oss.ClientException e) {
            // the recording server answers 200 with an empty body
        } catch (RuntimeException e) {
            // as above, from the parser
        }
    }

    private static void open(URL url, String method, Map<String, String> headers) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod(method);
        headers.forEach(connection::setRequestProperty);
        if (method.equals("PUT")) {
            connection.setDoOutput(true);
            connection.getOutputStream().write("x".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(200, connection.getResponseCode());
    }
}
