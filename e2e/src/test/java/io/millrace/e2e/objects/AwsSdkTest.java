package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.CORSRule;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.Grant;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.Permission;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Type;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** The AWS SDK for Java v2 with its default settings, in both address styles. */
@Timeout(300)
class AwsSdkTest extends AtObjectDoor {
    enum Style {
        PATH,
        HOST;

        String bucket(String purpose) {
            return "aws-" + purpose + "-" + name().toLowerCase(Locale.ROOT);
        }
    }

    private static final StaticCredentialsProvider KEY =
            StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET));

    @TempDir Path files;

    static S3ClientBuilder builder(ObjectDoorFixture server, Style style) {
        S3ClientBuilder builder =
                S3Client.builder()
                        .region(Region.US_EAST_1)
                        .credentialsProvider(KEY)
                        .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)));
        if (style == Style.PATH) {
            return builder.endpointOverride(server.endpoint()).forcePathStyle(true);
        }
        // The door itself stands in as the proxy, so that no name has to be resolved.
        return builder.endpointOverride(URI.create("http://" + ObjectDoorFixture.DOMAIN))
                .httpClientBuilder(
                        Apache5HttpClient.builder()
                                .proxyConfiguration(
                                        ProxyConfiguration.builder()
                                                .endpoint(server.endpoint())
                                                .useEnvironmentVariableValues(false)
                                                .useSystemPropertyValues(false)
                                                .build()));
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static S3Exception failure(Executable call) {
        S3Exception failure = assertThrows(S3Exception.class, call);
        assertFalse(failure.requestId().isEmpty());
        return failure;
    }

    private static String code(Executable call) {
        return failure(call).awsErrorDetails().errorCode();
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void buckets(Style style) {
        try (S3Client s3 = builder(server, style).build()) {
            String bucket = style.bucket("buckets");
            assertThrows(NoSuchBucketException.class, () -> s3.headBucket(b -> b.bucket(bucket)));
            s3.createBucket(b -> b.bucket(bucket));
            assertEquals(
                    "BucketAlreadyOwnedByYou", code(() -> s3.createBucket(b -> b.bucket(bucket))));
            s3.headBucket(b -> b.bucket(bucket));
            assertTrue(s3.listBuckets().buckets().stream().anyMatch(b -> b.name().equals(bucket)));
            assertEquals(
                    "", s3.getBucketLocation(b -> b.bucket(bucket)).locationConstraintAsString());
            assertEquals(1, s3.getBucketAcl(b -> b.bucket(bucket)).grants().size());
            s3.putBucketAcl(b -> b.bucket(bucket).acl("public-read"));
            assertEquals(2, s3.getBucketAcl(b -> b.bucket(bucket)).grants().size());
            assertEquals(
                    "NoSuchCORSConfiguration", code(() -> s3.getBucketCors(b -> b.bucket(bucket))));
            CORSRule rule =
                    CORSRule.builder()
                            .allowedMethods("PUT", "GET")
                            .allowedOrigins("*")
                            .allowedHeaders("*")
                            .exposeHeaders("ETag")
                            .maxAgeSeconds(30)
                            .build();
            s3.putBucketCors(
                    b -> b.bucket(bucket).corsConfiguration(c -> c.corsRules(List.of(rule))));
            assertEquals(
                    30,
                    s3.getBucketCors(b -> b.bucket(bucket)).corsRules().getFirst().maxAgeSeconds());
            s3.deleteBucketCors(b -> b.bucket(bucket));
            assertNull(s3.getBucketVersioning(b -> b.bucket(bucket)).status());
            assertEquals(
                    "NoSuchLifecycleConfiguration",
                    code(() -> s3.getBucketLifecycleConfiguration(b -> b.bucket(bucket))));
            assertEquals(
                    "NoSuchBucketPolicy", code(() -> s3.getBucketPolicy(b -> b.bucket(bucket))));
            assertEquals("NoSuchTagSet", code(() -> s3.getBucketTagging(b -> b.bucket(bucket))));
            assertEquals(
                    "ServerSideEncryptionConfigurationNotFoundError",
                    code(() -> s3.getBucketEncryption(b -> b.bucket(bucket))));
            assertEquals(
                    "ObjectLockConfigurationNotFoundError",
                    code(() -> s3.getObjectLockConfiguration(b -> b.bucket(bucket))));
            assertEquals(
                    "NotImplemented",
                    code(
                            () ->
                                    s3.putBucketVersioning(
                                            b ->
                                                    b.bucket(bucket)
                                                            .versioningConfiguration(
                                                                    v -> v.status("Enabled")))));
            s3.deleteBucket(b -> b.bucket(bucket));
        }
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void objects(Style style) {
        try (S3Client s3 = builder(server, style).build()) {
            String bucket = style.bucket("objects");
            s3.createBucket(b -> b.bucket(bucket));
            String key = "dir/ü +%2F&=?#\"<>'//käse.txt";
            byte[] content = bytes(3_000_000, 1);
            var put =
                    s3.putObject(
                            b ->
                                    b.bucket(bucket)
                                            .key(key)
                                            .contentType("text/x-test")
                                            .cacheControl("max-age=5")
                                            .metadata(Map.of("colour", "red")),
                            RequestBody.fromBytes(content));
            assertEquals(put.checksumCRC32() != null, true);
            var got =
                    s3.getObject(
                            b -> b.bucket(bucket).key(key).checksumMode(ChecksumMode.ENABLED),
                            ResponseTransformer.toBytes());
            assertArrayEquals(content, got.asByteArray());
            assertEquals("text/x-test", got.response().contentType());
            assertEquals("max-age=5", got.response().cacheControl());
            assertEquals(Map.of("colour", "red"), got.response().metadata());
            assertEquals(put.eTag(), got.response().eTag());
            assertEquals(
                    content.length, s3.headObject(b -> b.bucket(bucket).key(key)).contentLength());
            assertArrayEquals(
                    Arrays.copyOfRange(content, 100, 200),
                    s3.getObject(
                                    b -> b.bucket(bucket).key(key).range("bytes=100-199"),
                                    ResponseTransformer.toBytes())
                            .asByteArray());
            assertEquals(
                    "InvalidRange",
                    code(
                            () ->
                                    s3.getObjectAsBytes(
                                            b ->
                                                    b.bucket(bucket)
                                                            .key(key)
                                                            .range("bytes=9999999-"))));
            assertEquals(
                    304,
                    failure(
                                    () ->
                                            s3.getObjectAsBytes(
                                                    b ->
                                                            b.bucket(bucket)
                                                                    .key(key)
                                                                    .ifNoneMatch(put.eTag())))
                            .statusCode());
            assertEquals(
                    "PreconditionFailed",
                    code(() -> s3.getObjectAsBytes(b -> b.bucket(bucket).key(key).ifMatch("x"))));
            assertThrows(
                    NoSuchKeyException.class,
                    () -> s3.getObjectAsBytes(b -> b.bucket(bucket).key("absent")));
            assertThrows(
                    NoSuchKeyException.class,
                    () -> s3.headObject(b -> b.bucket(bucket).key("absent")));
            assertEquals(
                    "PreconditionFailed",
                    code(
                            () ->
                                    s3.putObject(
                                            b -> b.bucket(bucket).key(key).ifNoneMatch("*"),
                                            RequestBody.fromString("x"))));
            assertEquals(
                    "attachment",
                    s3.getObjectAsBytes(
                                    b ->
                                            b.bucket(bucket)
                                                    .key(key)
                                                    .responseContentDisposition("attachment"))
                            .response()
                            .contentDisposition());
            s3.copyObject(
                    b ->
                            b.sourceBucket(bucket)
                                    .sourceKey(key)
                                    .destinationBucket(bucket)
                                    .destinationKey("copy"));
            assertEquals(
                    "text/x-test", s3.headObject(b -> b.bucket(bucket).key("copy")).contentType());
            var deleted =
                    s3.deleteObjects(
                            b ->
                                    b.bucket(bucket)
                                            .delete(
                                                    Delete.builder()
                                                            .objects(
                                                                    ObjectIdentifier.builder()
                                                                            .key(key)
                                                                            .build(),
                                                                    ObjectIdentifier.builder()
                                                                            .key("copy")
                                                                            .build())
                                                            .build()));
            assertEquals(2, deleted.deleted().size());
            assertTrue(deleted.errors().isEmpty());
            s3.deleteObject(b -> b.bucket(bucket).key("absent"));
            s3.deleteBucket(b -> b.bucket(bucket));
        }
    }

    @ParameterizedTest
    @EnumSource(ChecksumAlgorithm.class)
    void eachChecksumIsVerified(ChecksumAlgorithm algorithm) {
        if (List.of("SHA512", "MD5", "XXHASH3", "XXHASH64", "XXHASH128").contains(algorithm.name())
                || algorithm == ChecksumAlgorithm.UNKNOWN_TO_SDK_VERSION
                || algorithm == ChecksumAlgorithm.CRC64_NVME) {
            // CRC64NVME needs the native runtime in this SDK; the door's own tests drive it.
            return;
        }
        try (S3Client s3 = builder(server, Style.PATH).build()) {
            String bucket =
                    "aws-sum-" + algorithm.name().toLowerCase(Locale.ROOT).replace('_', '-');
            s3.createBucket(b -> b.bucket(bucket));
            byte[] content = bytes(100_000, 3);
            s3.putObject(
                    b -> b.bucket(bucket).key("k").checksumAlgorithm(algorithm),
                    RequestBody.fromContentProvider(
                            ContentStreamProvider.fromInputStream(
                                    new ByteArrayInputStream(content)),
                            content.length,
                            "text/plain"));
            assertArrayEquals(
                    content, s3.getObjectAsBytes(b -> b.bucket(bucket).key("k")).asByteArray());
        }
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void lists(Style style) {
        try (S3Client s3 = builder(server, style).build()) {
            String bucket = style.bucket("lists");
            s3.createBucket(b -> b.bucket(bucket));
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                keys.add("a/" + (i % 4) + "/+ü &%03d".formatted(i));
            }
            keys.sort(null);
            keys.forEach(
                    key ->
                            s3.putObject(
                                    b -> b.bucket(bucket).key(key), RequestBody.fromString("x")));
            assertEquals(
                    keys,
                    s3.listObjectsV2Paginator(b -> b.bucket(bucket).maxKeys(7)).contents().stream()
                            .map(S3Object::key)
                            .toList());
            ListObjectsV2Response rolled =
                    s3.listObjectsV2(b -> b.bucket(bucket).prefix("a/").delimiter("/"));
            assertEquals(
                    List.of("a/0/", "a/1/", "a/2/", "a/3/"),
                    rolled.commonPrefixes().stream().map(p -> p.prefix()).toList());
            assertEquals(4, rolled.keyCount());
            var first = s3.listObjects(b -> b.bucket(bucket).maxKeys(3).encodingType("url"));
            assertTrue(first.isTruncated());
            assertEquals(keys.get(2), first.nextMarker());
            assertEquals(20, s3.listObjectVersions(b -> b.bucket(bucket)).versions().size());
        }
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void multipart(Style style) {
        try (S3Client s3 = builder(server, style).build()) {
            String bucket = style.bucket("multipart");
            s3.createBucket(b -> b.bucket(bucket));
            byte[] one = bytes(5 << 20, 4);
            byte[] two = bytes(1000, 5);
            s3.putObject(b -> b.bucket(bucket).key("source"), RequestBody.fromBytes(one));
            String id =
                    s3.createMultipartUpload(
                                    b -> b.bucket(bucket).key("big").contentType("video/x-test"))
                            .uploadId();
            List<CompletedPart> parts = new ArrayList<>();
            parts.add(
                    CompletedPart.builder()
                            .partNumber(1)
                            .eTag(
                                    s3.uploadPartCopy(
                                                    b ->
                                                            b.sourceBucket(bucket)
                                                                    .sourceKey("source")
                                                                    .destinationBucket(bucket)
                                                                    .destinationKey("big")
                                                                    .uploadId(id)
                                                                    .partNumber(1))
                                            .copyPartResult()
                                            .eTag())
                            .build());
            var second =
                    s3.uploadPart(
                            b -> b.bucket(bucket).key("big").uploadId(id).partNumber(2),
                            RequestBody.fromBytes(two));
            parts.add(
                    CompletedPart.builder()
                            .partNumber(2)
                            .eTag(second.eTag())
                            .checksumCRC32(second.checksumCRC32())
                            .build());
            assertEquals(
                    2, s3.listParts(b -> b.bucket(bucket).key("big").uploadId(id)).parts().size());
            assertEquals(1, s3.listMultipartUploads(b -> b.bucket(bucket)).uploads().size());
            var done =
                    s3.completeMultipartUpload(
                            b ->
                                    b.bucket(bucket)
                                            .key("big")
                                            .uploadId(id)
                                            .multipartUpload(m -> m.parts(parts)));
            assertTrue(done.eTag().endsWith("-2\""));
            byte[] got = s3.getObjectAsBytes(b -> b.bucket(bucket).key("big")).asByteArray();
            assertEquals(one.length + two.length, got.length);
            assertArrayEquals(two, Arrays.copyOfRange(got, one.length, got.length));
            assertEquals(
                    "NoSuchUpload",
                    code(
                            () ->
                                    s3.abortMultipartUpload(
                                            b -> b.bucket(bucket).key("big").uploadId(id))));
        }
    }

    /** The checksum of the whole is the JDK's over all bytes, those of the parts are the SDK's. */
    @Test
    void aCompletedUploadIsWhatItsChecksumsAndItsSizeSay() {
        try (S3Client s3 = builder(server, Style.PATH).build()) {
            String bucket = "aws-completed";
            s3.createBucket(b -> b.bucket(bucket));
            byte[] one = bytes(300_000, 8);
            byte[] two = bytes(1000, 9);
            String id =
                    s3.createMultipartUpload(
                                    b ->
                                            b.bucket(bucket)
                                                    .key("k")
                                                    .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                                                    .checksumType(ChecksumType.FULL_OBJECT))
                            .uploadId();
            List<CompletedPart> parts = new ArrayList<>();
            for (byte[] content : List.of(one, two)) {
                int number = parts.size() + 1;
                var stored =
                        s3.uploadPart(
                                b ->
                                        b.bucket(bucket)
                                                .key("k")
                                                .uploadId(id)
                                                .partNumber(number)
                                                .checksumAlgorithm(ChecksumAlgorithm.CRC32),
                                RequestBody.fromBytes(content));
                parts.add(
                        CompletedPart.builder()
                                .partNumber(number)
                                .eTag(stored.eTag())
                                .checksumCRC32(stored.checksumCRC32())
                                .build());
            }
            List<CompletedPart> another =
                    List.of(
                            parts.get(0).copy(p -> p.checksumCRC32(parts.get(1).checksumCRC32())),
                            parts.get(1));
            String whole = crc32(one, two);
            long size = one.length + two.length;
            assertEquals(
                    "BadDigest",
                    code(() -> complete(s3, bucket, id, parts, crc32(two, one), size)));
            assertEquals(
                    "InvalidRequest", code(() -> complete(s3, bucket, id, parts, whole, size + 1)));
            assertEquals("InvalidPart", code(() -> complete(s3, bucket, id, another, whole, size)));
            assertEquals("NoSuchKey", code(() -> s3.getObject(b -> b.bucket(bucket).key("k"))));
            var done = complete(s3, bucket, id, parts, whole, size);
            assertEquals(whole, done.checksumCRC32());
            assertEquals(ChecksumType.FULL_OBJECT, done.checksumType());
            assertEquals(size, s3.headObject(b -> b.bucket(bucket).key("k")).contentLength());
        }
    }

    private static CompleteMultipartUploadResponse complete(
            S3Client s3,
            String bucket,
            String id,
            List<CompletedPart> parts,
            String crc32,
            long size) {
        return s3.completeMultipartUpload(
                b ->
                        b.bucket(bucket)
                                .key("k")
                                .uploadId(id)
                                .multipartUpload(m -> m.parts(parts))
                                .checksumCRC32(crc32)
                                .checksumType(ChecksumType.FULL_OBJECT)
                                .mpuObjectSize(size));
    }

    private static String crc32(byte[]... contents) {
        CRC32 crc = new CRC32();
        for (byte[] content : contents) {
            crc.update(content);
        }
        byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(value);
    }

    @Test
    void whoIsGrantedWhatIsSoOrRefused() {
        try (S3Client s3 = builder(server, Style.PATH).build()) {
            String all = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";
            s3.createBucket(b -> b.bucket("aws-grants").grantRead(all));
            var acl = s3.getBucketAcl(b -> b.bucket("aws-grants"));
            assertEquals(
                    List.of(Permission.FULL_CONTROL, Permission.READ),
                    acl.grants().stream().map(Grant::permission).toList());
            Grant stranger =
                    Grant.builder()
                            .permission(Permission.WRITE)
                            .grantee(g -> g.type(Type.CANONICAL_USER).id("7".repeat(64)))
                            .build();
            List<Grant> more = new ArrayList<>(acl.grants());
            more.add(stranger);
            assertEquals(
                    "NotImplemented",
                    code(
                            () ->
                                    s3.putBucketAcl(
                                            b ->
                                                    b.bucket("aws-grants")
                                                            .accessControlPolicy(
                                                                    p ->
                                                                            p.owner(acl.owner())
                                                                                    .grants(
                                                                                            more)))));
            assertEquals(
                    "NotImplemented",
                    code(
                            () ->
                                    s3.createBucket(
                                            b ->
                                                    b.bucket("aws-owned")
                                                            .objectOwnership(
                                                                    "BucketOwnerPreferred"))));
            assertEquals(
                    "AccessDenied",
                    code(
                            () ->
                                    s3.putObject(
                                            b ->
                                                    b.bucket("aws-grants")
                                                            .key("k")
                                                            .expectedBucketOwner("123456789012"),
                                            RequestBody.fromString("x"))));
            s3.putObject(
                    b ->
                            b.bucket("aws-grants")
                                    .key("k")
                                    .expectedBucketOwner(acl.owner().id())
                                    .acl("public-read"),
                    RequestBody.fromString("x"));
            assertEquals(
                    "AccessControlListNotSupported",
                    code(
                            () ->
                                    s3.putObject(
                                            b -> b.bucket("aws-grants").key("l").acl("private"),
                                            RequestBody.fromString("x"))));
            s3.putBucketAcl(
                    b ->
                            b.bucket("aws-grants")
                                    .accessControlPolicy(
                                            p ->
                                                    p.owner(acl.owner())
                                                            .grants(acl.grants().getFirst())));
            assertEquals(1, s3.getBucketAcl(b -> b.bucket("aws-grants")).grants().size());
        }
    }

    /** The SDK adds {@code aws-chunked} as a header of its own. */
    @Test
    void aContentsOwnEncodingIsKeptBesideTheChunking() {
        try (S3Client s3 = builder(server, Style.PATH).build()) {
            s3.createBucket(b -> b.bucket("aws-encoded"));
            byte[] content = bytes(200_000, 7);
            s3.putObject(
                    b -> b.bucket("aws-encoded").key("k").contentEncoding("gzip"),
                    RequestBody.fromInputStream(new ByteArrayInputStream(content), content.length));
            assertEquals(
                    "gzip", s3.headObject(b -> b.bucket("aws-encoded").key("k")).contentEncoding());
        }
    }

    @Test
    void theAsyncClientMovesALargeFileInParts() throws Exception {
        try (S3AsyncClient s3 =
                S3AsyncClient.builder()
                        .region(Region.US_EAST_1)
                        .credentialsProvider(KEY)
                        .endpointOverride(server.endpoint())
                        .forcePathStyle(true)
                        .multipartEnabled(true)
                        .multipartConfiguration(
                                m -> m.minimumPartSizeInBytes(5L << 20).thresholdInBytes(5L << 20))
                        .build()) {
            s3.createBucket(b -> b.bucket("aws-async")).join();
            Path file = files.resolve("large.bin");
            byte[] content = bytes(17 << 20, 6);
            Files.write(file, content);
            s3.putObject(b -> b.bucket("aws-async").key("large"), AsyncRequestBody.fromFile(file))
                    .join();
            Path back = files.resolve("back.bin");
            s3.getObject(
                            b -> b.bucket("aws-async").key("large"),
                            AsyncResponseTransformer.toFile(back))
                    .join();
            assertArrayEquals(content, Files.readAllBytes(back));
        }
    }

    @Test
    void presignedUrlsWorkForAnyClient() throws Exception {
        try (S3Client s3 = builder(server, Style.PATH).build();
                HttpClient http = HttpClient.newHttpClient();
                S3Presigner presigner =
                        S3Presigner.builder()
                                .region(Region.US_EAST_1)
                                .credentialsProvider(KEY)
                                .endpointOverride(server.endpoint())
                                .serviceConfiguration(
                                        S3Configuration.builder()
                                                .pathStyleAccessEnabled(true)
                                                .build())
                                .build()) {
            s3.createBucket(b -> b.bucket("aws-presigned"));
            URI put =
                    presigner
                            .presignPutObject(
                                    b ->
                                            b.signatureDuration(Duration.ofMinutes(1))
                                                    .putObjectRequest(
                                                            r ->
                                                                    r.bucket("aws-presigned")
                                                                            .key("k ü+")))
                            .url()
                            .toURI();
            assertEquals(
                    200,
                    http.send(
                                    HttpRequest.newBuilder(put)
                                            .PUT(HttpRequest.BodyPublishers.ofString("hello"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode());
            URI get =
                    presigner
                            .presignGetObject(
                                    b ->
                                            b.signatureDuration(Duration.ofMinutes(1))
                                                    .getObjectRequest(
                                                            r ->
                                                                    r.bucket("aws-presigned")
                                                                            .key("k ü+")))
                            .url()
                            .toURI();
            assertEquals(
                    "hello",
                    http.send(
                                    HttpRequest.newBuilder(get).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body());
            var forged =
                    http.send(
                            HttpRequest.newBuilder(
                                            URI.create(get.toString().replace("k%20", "j%20")))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertEquals(403, forged.statusCode());
            assertTrue(forged.body().contains("SignatureDoesNotMatch"), forged.body());
        }
    }

    @Test
    void appendsWithAWriteOffset() {
        try (S3Client s3 =
                builder(server, Style.PATH)
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_SUPPORTED)
                        .build()) {
            s3.createBucket(b -> b.bucket("aws-append"));
            long offset = 0;
            for (String piece : List.of("one,", "two,", "three")) {
                long at = offset;
                s3.putObject(
                        b -> b.bucket("aws-append").key("log").writeOffsetBytes(at),
                        RequestBody.fromString(piece));
                offset += piece.length();
            }
            assertEquals(
                    "one,two,three",
                    s3.getObjectAsBytes(b -> b.bucket("aws-append").key("log"))
                            .asString(StandardCharsets.UTF_8));
            assertEquals(
                    "InvalidWriteOffset",
                    code(
                            () ->
                                    s3.putObject(
                                            b ->
                                                    b.bucket("aws-append")
                                                            .key("log")
                                                            .writeOffsetBytes(3L),
                                            RequestBody.fromString("x"))));
        }
    }
}
