package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.minio.BucketExistsArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.http.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Type;

/** What S3's clients do by themselves: regions, signed URLs, single parts. */
@Timeout(120)
class S3ClientsTest extends AtObjectDoor {
    @TempDir Path files;

    private static S3Client s3(String region) {
        return AwsSdkTest.builder(server, AwsSdkTest.Style.PATH).region(Region.of(region)).build();
    }

    private static HttpResponse<String> send(String method, String url, Map<String, String> headers)
            throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(url))
                            .method(
                                    method,
                                    method.equals("PUT")
                                            ? HttpRequest.BodyPublishers.ofString("hello")
                                            : HttpRequest.BodyPublishers.noBody());
            headers.forEach(request::header);
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"us-east-1", "eu-west-3", "auto"})
    void anSdkMayBeSetToAnyRegion(String region) {
        try (S3Client s3 = s3(region)) {
            s3.createBucket(b -> b.bucket("in-" + region));
            s3.putObject(b -> b.bucket("in-" + region).key("k"), RequestBody.fromString("x"));
            assertEquals(1, s3.listObjectsV2(b -> b.bucket("in-" + region)).keyCount());
            assertEquals(
                    Type.CANONICAL_USER,
                    s3.getBucketAcl(b -> b.bucket("in-" + region))
                            .grants()
                            .getFirst()
                            .grantee()
                            .type());
        }
    }

    @Test
    void theUrlThatAwsSignsByDefaultIsToldToBecomeVersion4() throws Exception {
        Path configuration = files.resolve("aws");
        Files.writeString(configuration, "[default]\nregion = us-east-1\n");
        Tool aws =
                Tool.find(files, "aws", "--endpoint-url", server.endpoint().toString())
                        .with("AWS_CONFIG_FILE", configuration.toString())
                        .with("AWS_ACCESS_KEY_ID", ObjectDoorFixture.KEY_ID)
                        .with("AWS_SECRET_ACCESS_KEY", ObjectDoorFixture.SECRET);
        aws.run("s3", "mb", "s3://signed");
        Files.writeString(files.resolve("a"), "hello");
        aws.run("s3", "cp", "a", "s3://signed/a");
        String url = aws.run("s3", "presign", "s3://signed/a").strip();
        HttpResponse<String> answer = send("GET", url, Map.of());
        if (url.contains("AWSAccessKeyId=")) {
            assertEquals(400, answer.statusCode());
            assertTrue(answer.body().contains("AWS4-HMAC-SHA256"), answer.body());
            assertTrue(answer.body().contains("s3.signature_version s3v4"), answer.body());
        }
        Files.writeString(
                configuration, "[default]\nregion = us-east-1\ns3 =\n  signature_version = s3v4\n");
        String four = aws.run("s3", "presign", "s3://signed/a").strip();
        assertEquals("hello", send("GET", four, Map.of()).body());
    }

    @Test
    void s3cmdWithVersion2IsToldToBecomeVersion4() throws Exception {
        Path configuration = files.resolve("s3cfg");
        String settings =
                """
                [default]
                access_key = %s
                secret_key = %s
                host_base = 127.0.0.1:%d
                host_bucket = 127.0.0.1:%d
                use_https = False
                """
                        .formatted(
                                ObjectDoorFixture.KEY_ID,
                                ObjectDoorFixture.SECRET,
                                server.port(),
                                server.port());
        Files.writeString(configuration, settings + "signature_v2 = True\n");
        Tool s3cmd = Tool.find(files, "s3cmd", "-c", configuration.toString());
        s3cmd.refused("in s3cmd signature_v2 = False", "ls");
        Files.writeString(configuration, settings + "signature_v2 = False\n");
        s3cmd.run("ls");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "dir/a b/c", "ü +&=~*'().txt"})
    void whatMinioSignsIsCarriedOut(String key) throws Exception {
        MinioClient minio =
                MinioClient.builder()
                        .endpoint(server.endpoint().toString())
                        .credentials(ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET)
                        .build();
        if (!minio.bucketExists(BucketExistsArgs.builder().bucket("minio").build())) {
            minio.makeBucket(MakeBucketArgs.builder().bucket("minio").build());
        }
        Map<String, String> said =
                Map.of("Content-Type", "application/json", "x-amz-meta-a", "b  c");
        for (Map<String, String> headers : List.of(Map.<String, String>of(), said)) {
            assertEquals(
                    200,
                    send("PUT", presigned(minio, Method.PUT, key, headers), headers).statusCode());
            HttpResponse<String> got =
                    send("GET", presigned(minio, Method.GET, key, Map.of()), Map.of());
            assertEquals("hello", got.body());
        }
        String delete = presigned(minio, Method.DELETE, key, Map.of());
        assertEquals(204, send("DELETE", delete, Map.of()).statusCode());
        minio.close();
    }

    private static String presigned(
            MinioClient minio, Method method, String key, Map<String, String> headers)
            throws Exception {
        return minio.getPresignedObjectUrl(
                GetPresignedObjectUrlArgs.builder()
                        .method(method)
                        .bucket("minio")
                        .object(key)
                        .expiry(600)
                        .extraHeaders(headers)
                        .build());
    }

    @Test
    void anObjectIsReadPartByPart() throws Exception {
        byte[] bytes = new byte[(11 << 20) + 17];
        new Random(5).nextBytes(bytes);
        try (S3Client s3 = s3("us-east-1")) {
            s3.createBucket(b -> b.bucket("parts"));
            String id = s3.createMultipartUpload(b -> b.bucket("parts").key("k")).uploadId();
            List<CompletedPart> parts = new ArrayList<>();
            for (int n = 1; n <= 3; n++) {
                int number = n;
                byte[] part =
                        Arrays.copyOfRange(
                                bytes, (n - 1) * 5 << 20, Math.min(bytes.length, n * 5 << 20));
                String etag =
                        s3.uploadPart(
                                        b ->
                                                b.bucket("parts")
                                                        .key("k")
                                                        .uploadId(id)
                                                        .partNumber(number),
                                        RequestBody.fromBytes(part))
                                .eTag();
                parts.add(CompletedPart.builder().partNumber(n).eTag(etag).build());
            }
            s3.completeMultipartUpload(
                    b ->
                            b.bucket("parts")
                                    .key("k")
                                    .uploadId(id)
                                    .multipartUpload(m -> m.parts(parts)));
            for (int n = 1; n <= 3; n++) {
                int number = n;
                var head = s3.headObject(b -> b.bucket("parts").key("k").partNumber(number));
                var got = s3.getObjectAsBytes(b -> b.bucket("parts").key("k").partNumber(number));
                assertEquals(3, head.partsCount());
                assertEquals(3, got.response().partsCount());
                assertEquals(head.contentLength(), got.response().contentLength());
                assertArrayEquals(
                        Arrays.copyOfRange(
                                bytes, (n - 1) * 5 << 20, Math.min(bytes.length, n * 5 << 20)),
                        got.asByteArray());
            }
            S3Exception beyond =
                    org.junit.jupiter.api.Assertions.assertThrows(
                            S3Exception.class,
                            () ->
                                    s3.getObjectAsBytes(
                                            b -> b.bucket("parts").key("k").partNumber(4)));
            assertEquals(416, beyond.statusCode());
            assertEquals("InvalidPartNumber", beyond.awsErrorDetails().errorCode());
        }
    }
}
