package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.credentials.StaticCredentialsProvider;
import com.aliyun.sdk.service.oss2.exceptions.ServiceException;
import com.aliyun.sdk.service.oss2.models.AbortMultipartUploadRequest;
import com.aliyun.sdk.service.oss2.models.AppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.AppendObjectResult;
import com.aliyun.sdk.service.oss2.models.CleanRestoredObjectRequest;
import com.aliyun.sdk.service.oss2.models.CompleteMultipartUpload;
import com.aliyun.sdk.service.oss2.models.CompleteMultipartUploadRequest;
import com.aliyun.sdk.service.oss2.models.CopyObjectRequest;
import com.aliyun.sdk.service.oss2.models.Delete;
import com.aliyun.sdk.service.oss2.models.DeleteBucketOverwriteConfigRequest;
import com.aliyun.sdk.service.oss2.models.DeleteBucketRequest;
import com.aliyun.sdk.service.oss2.models.DeleteMultipleObjectsRequest;
import com.aliyun.sdk.service.oss2.models.DeleteObjectRequest;
import com.aliyun.sdk.service.oss2.models.GetBucketAclRequest;
import com.aliyun.sdk.service.oss2.models.GetBucketInfoRequest;
import com.aliyun.sdk.service.oss2.models.GetBucketStatRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectAclRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectLegalHoldRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectMetaRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectMetaResult;
import com.aliyun.sdk.service.oss2.models.GetObjectRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectResult;
import com.aliyun.sdk.service.oss2.models.HeadObjectRequest;
import com.aliyun.sdk.service.oss2.models.HeadObjectResult;
import com.aliyun.sdk.service.oss2.models.InitiateMultipartUploadRequest;
import com.aliyun.sdk.service.oss2.models.LegalHold;
import com.aliyun.sdk.service.oss2.models.ListMultipartUploadsRequest;
import com.aliyun.sdk.service.oss2.models.ListObjectsRequest;
import com.aliyun.sdk.service.oss2.models.ListObjectsV2Request;
import com.aliyun.sdk.service.oss2.models.ListPartsRequest;
import com.aliyun.sdk.service.oss2.models.ObjectIdentifier;
import com.aliyun.sdk.service.oss2.models.ObjectSummary;
import com.aliyun.sdk.service.oss2.models.Part;
import com.aliyun.sdk.service.oss2.models.PutBucketAclRequest;
import com.aliyun.sdk.service.oss2.models.PutBucketRequest;
import com.aliyun.sdk.service.oss2.models.PutObjectLegalHoldRequest;
import com.aliyun.sdk.service.oss2.models.PutObjectRequest;
import com.aliyun.sdk.service.oss2.models.PutObjectResult;
import com.aliyun.sdk.service.oss2.models.PutObjectRetentionRequest;
import com.aliyun.sdk.service.oss2.models.PutObjectTaggingRequest;
import com.aliyun.sdk.service.oss2.models.PutSymlinkRequest;
import com.aliyun.sdk.service.oss2.models.SealAppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.Tagging;
import com.aliyun.sdk.service.oss2.models.Upload;
import com.aliyun.sdk.service.oss2.models.UploadPartRequest;
import com.aliyun.sdk.service.oss2.models.UploadPartResult;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The second official OSS SDK, in both of its signature versions. It writes every sub-resource with
 * an equals sign: {@code ?acl=}.
 */
@Timeout(300)
class OssSdkV2Test extends AtObjectDoor {
    private static final String KEY = "a/käse +.txt";

    private static OSSClient client(String version) {
        return OSSClient.newBuilder()
                .endpoint(server.endpoint().toString())
                .region("local")
                .usePathStyle(true)
                .signatureVersion(version)
                .retryMaxAttempts(1)
                .credentialsProvider(
                        new StaticCredentialsProvider(
                                ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET))
                .build();
    }

    private static void withBucket(String purpose, String version, Work work) throws Exception {
        String bucket = "oss2-" + purpose + "-" + version;
        try (OSSClient oss = client(version)) {
            oss.putBucket(PutBucketRequest.newBuilder().bucket(bucket).build());
            work.run(oss, bucket);
        }
    }

    private interface Work {
        void run(OSSClient oss, String bucket) throws Exception;
    }

    private static PutObjectResult put(OSSClient oss, String bucket, String key, byte[] bytes) {
        return oss.putObject(
                PutObjectRequest.newBuilder()
                        .bucket(bucket)
                        .key(key)
                        .metadata(Map.of("colour", "red"))
                        .body(BinaryData.fromBytes(bytes))
                        .build());
    }

    private static byte[] get(OSSClient oss, String bucket, String key) throws Exception {
        try (GetObjectResult result =
                oss.getObject(GetObjectRequest.newBuilder().bucket(bucket).key(key).build())) {
            return result.body().readAllBytes();
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void objectsArePutReadCopiedListedAndDeleted(String version) throws Exception {
        withBucket(
                "basic",
                version,
                (oss, bucket) -> {
                    put(oss, bucket, KEY, text("hello"));
                    assertArrayEquals(text("hello"), get(oss, bucket, KEY));
                    HeadObjectResult head =
                            oss.headObject(
                                    HeadObjectRequest.newBuilder().bucket(bucket).key(KEY).build());
                    assertEquals(5, head.contentLength());
                    assertEquals("red", head.metadata().get("colour"));
                    GetObjectMetaResult meta =
                            oss.getObjectMeta(
                                    GetObjectMetaRequest.newBuilder()
                                            .bucket(bucket)
                                            .key(KEY)
                                            .build());
                    assertEquals(5, meta.contentLength());
                    oss.copyObject(
                            CopyObjectRequest.newBuilder()
                                    .bucket(bucket)
                                    .key("copy")
                                    .sourceBucket(bucket)
                                    .sourceKey(KEY)
                                    .build());
                    assertArrayEquals(text("hello"), get(oss, bucket, "copy"));
                    assertEquals(List.of(KEY, "copy"), keys(oss, bucket));
                    assertEquals(
                            2,
                            oss.listObjects(
                                            ListObjectsRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .encodingType("url")
                                                    .build())
                                    .contents()
                                    .size());
                    oss.deleteMultipleObjects(
                            DeleteMultipleObjectsRequest.newBuilder()
                                    .bucket(bucket)
                                    .delete(
                                            Delete.newBuilder()
                                                    .objects(
                                                            List.of(
                                                                    ObjectIdentifier.newBuilder()
                                                                            .key("copy")
                                                                            .build()))
                                                    .build())
                                    .build());
                    oss.deleteObject(
                            DeleteObjectRequest.newBuilder().bucket(bucket).key(KEY).build());
                    assertEquals(List.of(), keys(oss, bucket));
                    oss.deleteBucket(DeleteBucketRequest.newBuilder().bucket(bucket).build());
                    assertFalse(oss.doesBucketExist(bucket));
                });
    }

    /** An answer to HEAD has no body: the SDK reads the error in a header. */
    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void aMissingBucketIsToldFromAMissingKey(String version) throws Exception {
        withBucket(
                "head",
                version,
                (oss, bucket) -> {
                    assertFalse(oss.doesObjectExist(bucket, "absent"));
                    RuntimeException absent =
                            assertThrows(
                                    RuntimeException.class,
                                    () -> oss.doesObjectExist("absent-" + bucket, "absent"));
                    ServiceException failure = ServiceException.asCause(absent);
                    assertEquals("NoSuchBucket", failure.errorCode());
                    assertEquals("0015-00000101", failure.ec());
                });
    }

    private static List<String> keys(OSSClient oss, String bucket) {
        List<ObjectSummary> found =
                oss.listObjectsV2(ListObjectsV2Request.newBuilder().bucket(bucket).build())
                        .contents();
        return found == null ? List.of() : found.stream().map(ObjectSummary::key).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void anObjectGrowsByAppendsAndIsSealed(String version) throws Exception {
        withBucket(
                "append",
                version,
                (oss, bucket) -> {
                    long position = 0;
                    for (String piece : List.of("one ", "two ", "three")) {
                        AppendObjectResult result =
                                oss.appendObject(
                                        AppendObjectRequest.newBuilder()
                                                .bucket(bucket)
                                                .key("log")
                                                .position(position)
                                                .body(BinaryData.fromString(piece))
                                                .build());
                        position += piece.length();
                        assertEquals(position, result.nextAppendPosition());
                    }
                    assertArrayEquals(text("one two three"), get(oss, bucket, "log"));
                    SealAppendObjectRequest seal =
                            SealAppendObjectRequest.newBuilder()
                                    .bucket(bucket)
                                    .key("log")
                                    .position(position)
                                    .build();
                    if (version.equals("v1")) {
                        // This SDK leaves seal out of what V1 signs, the first one signs it: what
                        // chooses an operation must be signed.
                        assertThrows(RuntimeException.class, () -> oss.sealAppendObject(seal));
                    } else {
                        oss.sealAppendObject(seal);
                    }
                    assertArrayEquals(text("one two three"), get(oss, bucket, "log"));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void partsBecomeOneObject(String version) throws Exception {
        byte[] content = new byte[(1 << 20) + 777];
        new Random(1).nextBytes(content);
        withBucket(
                "parts",
                version,
                (oss, bucket) -> {
                    String id = initiate(oss, bucket, "large");
                    int half = content.length / 2;
                    byte[] first = java.util.Arrays.copyOf(content, half);
                    byte[] second = java.util.Arrays.copyOfRange(content, half, content.length);
                    List<Part> parts =
                            List.of(
                                    part(oss, bucket, id, 1, first),
                                    part(oss, bucket, id, 2, second));
                    assertEquals(
                            2,
                            oss.listParts(
                                            ListPartsRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key("large")
                                                    .uploadId(id)
                                                    .build())
                                    .parts()
                                    .size());
                    oss.completeMultipartUpload(
                            CompleteMultipartUploadRequest.newBuilder()
                                    .bucket(bucket)
                                    .key("large")
                                    .uploadId(id)
                                    .completeMultipartUpload(
                                            CompleteMultipartUpload.newBuilder()
                                                    .parts(parts)
                                                    .build())
                                    .build());
                    assertArrayEquals(content, get(oss, bucket, "large"));
                    String given = initiate(oss, bucket, "given up");
                    oss.abortMultipartUpload(
                            AbortMultipartUploadRequest.newBuilder()
                                    .bucket(bucket)
                                    .key("given up")
                                    .uploadId(given)
                                    .build());
                    List<Upload> left =
                            oss.listMultipartUploads(
                                            ListMultipartUploadsRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .build())
                                    .uploads();
                    assertTrue(left == null || left.isEmpty());
                });
    }

    private static String initiate(OSSClient oss, String bucket, String key) {
        return oss.initiateMultipartUpload(
                        InitiateMultipartUploadRequest.newBuilder().bucket(bucket).key(key).build())
                .initiateMultipartUpload()
                .uploadId();
    }

    private static Part part(OSSClient oss, String bucket, String id, long number, byte[] bytes) {
        UploadPartResult result =
                oss.uploadPart(
                        UploadPartRequest.newBuilder()
                                .bucket(bucket)
                                .key("large")
                                .uploadId(id)
                                .partNumber(number)
                                .body(BinaryData.fromBytes(bytes))
                                .build());
        return Part.newBuilder().partNumber(number).eTag(result.eTag()).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void aBucketTellsAboutItself(String version) throws Exception {
        withBucket(
                "about",
                version,
                (oss, bucket) -> {
                    oss.putBucketAcl(
                            PutBucketAclRequest.newBuilder()
                                    .bucket(bucket)
                                    .acl("public-read")
                                    .build());
                    assertEquals(
                            "public-read",
                            oss.getBucketAcl(
                                            GetBucketAclRequest.newBuilder().bucket(bucket).build())
                                    .accessControlPolicy()
                                    .accessControlList()
                                    .grant());
                    assertEquals(
                            bucket,
                            oss.getBucketInfo(
                                            GetBucketInfoRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .build())
                                    .bucketInfo()
                                    .name());
                    assertEquals(
                            0,
                            oss.getBucketStat(
                                            GetBucketStatRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .build())
                                    .bucketStat()
                                    .objectCount());
                    put(oss, bucket, KEY, text("x"));
                    assertEquals(
                            "default",
                            oss.getObjectAcl(
                                            GetObjectAclRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .build())
                                    .accessControlPolicy()
                                    .accessControlList()
                                    .grant());
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v4"})
    void whatIsNotOfferedHereChangesNothing(String version) throws Exception {
        withBucket(
                "odd",
                version,
                (oss, bucket) -> {
                    refused(
                            () ->
                                    oss.deleteBucketOverwriteConfig(
                                            DeleteBucketOverwriteConfigRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .build()));
                    put(oss, bucket, KEY, text("as it was"));
                    refused(
                            () ->
                                    oss.putObjectLegalHold(
                                            PutObjectLegalHoldRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .legalHold(
                                                            LegalHold.newBuilder()
                                                                    .status("ON")
                                                                    .build())
                                                    .build()));
                    refused(
                            () ->
                                    oss.putObjectRetention(
                                            PutObjectRetentionRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .build()));
                    refused(
                            () ->
                                    oss.putObjectTagging(
                                            PutObjectTaggingRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .tagging(Tagging.newBuilder().build())
                                                    .build()));
                    refused(
                            () ->
                                    oss.putSymlink(
                                            PutSymlinkRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .symlinkTarget("b")
                                                    .build()));
                    refused(
                            () ->
                                    oss.cleanRestoredObject(
                                            CleanRestoredObjectRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .build()));
                    refused(
                            () ->
                                    oss.getObjectLegalHold(
                                            GetObjectLegalHoldRequest.newBuilder()
                                                    .bucket(bucket)
                                                    .key(KEY)
                                                    .build()));
                    assertArrayEquals(text("as it was"), get(oss, bucket, KEY));
                });
    }

    private static void refused(Executable call) {
        RuntimeException failure = assertThrows(RuntimeException.class, call);
        ServiceException answer = ServiceException.asCause(failure);
        assertEquals(501, answer.statusCode(), answer::getMessage);
        assertEquals("NotImplemented", answer.errorCode());
    }
}
