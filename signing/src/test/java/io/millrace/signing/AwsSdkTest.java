package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** What the real AWS SDK signs and frames, we verify and decode. */
class AwsSdkTest {
    private static final String ID = "AKIDEXAMPLE";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private final RecordingServer server = new RecordingServer();

    private S3Client client(AwsCredentials credentials) {
        return S3Client.builder()
                .endpointOverride(URI.create(server.endpoint()))
                .region(Region.of("us-east-1"))
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)))
                .build();
    }

    private RecordingServer.Recorded verified(String what) throws Exception {
        RecordingServer.Recorded seen = server.take();
        Claim claim = assertInstanceOf(Claim.class, Credentials.parse(seen.request()), what);
        assertEquals(ID, claim.accessKeyId());
        VerifyOutcome outcome = claim.verify(SECRET, Instant.now());
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, what + ": " + outcome);
        assertInstanceOf(
                VerifyOutcome.Mismatch.class, claim.verify("another", Instant.now()), what);
        return seen;
    }

    private static CheckedBody open(RecordingServer.Recorded seen) throws Exception {
        Claim claim = (Claim) Credentials.parse(seen.request());
        VerifyOutcome.Verified verified =
                (VerifyOutcome.Verified) claim.verify(SECRET, Instant.now());
        return verified.payload().open(new ByteArrayInputStream(seen.body()), seen.request());
    }

    @Test
    void everyHeaderSignatureOfTheSdkIsVerified() throws Exception {
        for (AwsCredentials credentials :
                List.of(
                        AwsBasicCredentials.create(ID, SECRET),
                        AwsSessionCredentials.create(ID, SECRET, "token+/="))) {
            S3Client s3 = client(credentials);
            quiet(() -> s3.listBuckets());
            verified("list buckets");
            quiet(() -> s3.getObject(r -> r.bucket("bucket").key("a b/ä+c~!*'()@&=.txt")));
            verified("get odd key");
            quiet(() -> s3.listObjectsV2(r -> r.bucket("bucket").prefix("a b/ä").delimiter("/")));
            verified("list");
            quiet(() -> s3.headObject(r -> r.bucket("bucket").key("x")));
            verified("head");
            quiet(
                    () ->
                            s3.copyObject(
                                    r ->
                                            r.sourceBucket("b")
                                                    .sourceKey("ä")
                                                    .destinationBucket("bucket")
                                                    .destinationKey("y")));
            verified("copy");
            quiet(() -> s3.createMultipartUpload(r -> r.bucket("bucket").key("y")));
            verified("multipart");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ChecksumAlgorithm.class,
            names = {"CRC32", "SHA1", "SHA256"})
    void theSdksStreamingUploadIsDecodedAndEachForgeryIsSeen(ChecksumAlgorithm algorithm)
            throws Exception {
        byte[] object = new byte[300_000];
        new Random(7).nextBytes(object);
        S3Client s3 = client(AwsBasicCredentials.create(ID, SECRET));
        s3.putObject(
                r -> r.bucket("bucket").key("k").checksumAlgorithm(algorithm),
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(object), object.length, "x/y"));
        RecordingServer.Recorded seen = verified("put");
        assertArrayEquals(object, open(seen).readAllBytes());
        byte[] bent = seen.body().clone();
        bent[bent.length / 2] ^= 1;
        PayloadException wrong =
                assertThrows(
                        PayloadException.class,
                        () ->
                                open(new RecordingServer.Recorded(seen.request(), bent))
                                        .readAllBytes());
        assertEquals(
                true,
                wrong.code() == PayloadException.Code.CHUNK_SIGNATURE
                        || wrong.code() == PayloadException.Code.CHECKSUM,
                wrong.toString());
        byte[] cut = Arrays.copyOf(seen.body(), seen.body().length - 120);
        assertThrows(
                PayloadException.class,
                () -> open(new RecordingServer.Recorded(seen.request(), cut)).readAllBytes());
    }

    @Test
    void aSignedUrlOfTheSdkIsVerifiedAndExpires() throws Exception {
        try (S3Presigner presigner =
                S3Presigner.builder()
                        .endpointOverride(URI.create(server.endpoint()))
                        .region(Region.of("eu-west-1"))
                        .serviceConfiguration(
                                S3Configuration.builder().pathStyleAccessEnabled(true).build())
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsSessionCredentials.create(ID, SECRET, "tok+en/=")))
                        .build()) {
            var url =
                    presigner
                            .presignGetObject(
                                    p ->
                                            p.signatureDuration(Duration.ofMinutes(5))
                                                    .getObjectRequest(
                                                            r -> r.bucket("bucket").key("a b/ä")))
                            .url();
            HttpURLConnection connection = (HttpURLConnection) url.openConnection();
            assertEquals(200, connection.getResponseCode());
            RecordingServer.Recorded seen = verified("url");
            Claim claim = (Claim) Credentials.parse(seen.request());
            assertEquals("tok+en/=", claim.securityToken());
            assertInstanceOf(
                    VerifyOutcome.Expired.class,
                    claim.verify(SECRET, Instant.now().plusSeconds(310)));
        }
    }

    @Test
    void ourOwnSignerIsVerified() {
        Instant now = Instant.now();
        SigV4Signer signer =
                new SigV4Signer(new AccessKey(ID, SECRET, "token"), "local", "millrace");
        SignedRequest request =
                new SignedRequest(
                        "GET",
                        "/a%20b/%C3%A4",
                        "x=1&y",
                        List.of(java.util.Map.entry("Host", "127.0.0.1:9000")));
        SignedRequest signed =
                request.with(signer.sign(request, SigV4Signer.payloadHash(new byte[0]), now));
        Claim claim = assertInstanceOf(Claim.class, Credentials.parse(signed));
        assertEquals("millrace", claim.service());
        assertInstanceOf(VerifyOutcome.Verified.class, claim.verify(SECRET, now));
        assertInstanceOf(
                VerifyOutcome.Skewed.class, claim.verify(SECRET, now.plusSeconds(16 * 60)));
        String query = signer.presign(request, Duration.ofMinutes(1), now);
        SignedRequest url = new SignedRequest("GET", "/a%20b/%C3%A4", query, request.headers());
        Claim urlClaim = assertInstanceOf(Claim.class, Credentials.parse(url));
        assertInstanceOf(VerifyOutcome.Verified.class, urlClaim.verify(SECRET, now));
    }

    private static void quiet(Runnable call) {
        try {
            call.run();
        } catch (SdkException e) {
            // the recording server answers 200 with an empty body
        }
    }
}
