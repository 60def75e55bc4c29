package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.AppendObjectResult;
import com.aliyun.oss.model.CannedAccessControlList;
import com.aliyun.oss.model.CompleteMultipartUploadRequest;
import com.aliyun.oss.model.CopyObjectRequest;
import com.aliyun.oss.model.DeleteObjectsRequest;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.GenericRequest;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.InitiateMultipartUploadRequest;
import com.aliyun.oss.model.ListMultipartUploadsRequest;
import com.aliyun.oss.model.ListObjectsRequest;
import com.aliyun.oss.model.ListObjectsV2Request;
import com.aliyun.oss.model.ListObjectsV2Result;
import com.aliyun.oss.model.ListPartsRequest;
import com.aliyun.oss.model.OSSObject;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyun.oss.model.ObjectListing;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.PartETag;
import com.aliyun.oss.model.PutObjectRequest;
import com.aliyun.oss.model.SetBucketCORSRequest;
import com.aliyun.oss.model.UploadFileRequest;
import com.aliyun.oss.model.UploadPartCopyRequest;
import com.aliyun.oss.model.UploadPartRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The official OSS SDK, in both signature versions and both address styles. */
@Timeout(300)
class OssSdkTest extends AtObjectDoor {
    /** How the SDK is set up. */
    enum Form {
        V1_PATH(SignVersion.V1, false),
        V4_PATH(SignVersion.V4, false),
        V1_HOST(SignVersion.V1, true),
        V4_HOST(SignVersion.V4, true);

        final SignVersion version;
        final boolean virtualHost;

        Form(SignVersion version, boolean virtualHost) {
            this.version = version;
            this.virtualHost = virtualHost;
        }

        String bucket(String purpose) {
            return "oss-"
                    + purpose
                    + "-"
                    + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    @TempDir Path files;

    static OSS client(ObjectDoorFixture server, Form form) {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(form.version);
        configuration.setMaxErrorRetry(0);
        configuration.setSocketTimeout(20_000);
        String endpoint = server.endpoint().toString();
        if (form.virtualHost) {
            // The door itself stands in as the proxy, so that no name has to be resolved.
            endpoint = "http://" + ObjectDoorFixture.DOMAIN;
            configuration.setProxyHost("127.0.0.1");
            configuration.setProxyPort(server.port());
        }
        return OSSClientBuilder.create()
                .endpoint(endpoint)
                .region("cn-local")
                .credentialsProvider(
                        new DefaultCredentialProvider(
                                ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET))
                .clientConfiguration(configuration)
                .build();
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static InputStream in(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    private static byte[] read(OSSObject object) throws IOException {
        try (InputStream in = object.getObjectContent()) {
            return in.readAllBytes();
        }
    }

    private static String code(org.junit.jupiter.api.function.Executable call) {
        OSSException failure = assertThrows(OSSException.class, call);
        assertEquals(24, failure.getRequestId().length());
        return failure.getErrorCode();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void buckets(Form form) {
        OSS oss = client(server, form);
        String bucket = form.bucket("buckets");
        assertFalse(oss.doesBucketExist(bucket));
        assertEquals("NoSuchBucket", code(() -> oss.listObjects(bucket)));
        oss.createBucket(bucket);
        oss.createBucket(bucket);
        assertTrue(oss.doesBucketExist(bucket));
        assertTrue(oss.listBuckets().stream().anyMatch(b -> b.getName().equals(bucket)));
        assertEquals("oss-local", oss.getBucketLocation(bucket));
        assertEquals(bucket, oss.getBucketInfo(bucket).getBucket().getName());
        assertEquals(0, oss.getBucketStat(bucket).getObjectCount());
        assertEquals(CannedAccessControlList.Private, oss.getBucketAcl(bucket).getCannedACL());
        oss.setBucketAcl(bucket, CannedAccessControlList.PublicRead);
        assertEquals(CannedAccessControlList.PublicRead, oss.getBucketAcl(bucket).getCannedACL());
        assertEquals("NoSuchCORSConfiguration", code(() -> oss.getBucketCORSRules(bucket)));
        SetBucketCORSRequest cors = new SetBucketCORSRequest(bucket);
        SetBucketCORSRequest.CORSRule rule = new SetBucketCORSRequest.CORSRule();
        rule.addAllowdOrigin("https://a.example");
        rule.addAllowedMethod("PUT");
        rule.addAllowedHeader("*");
        rule.addExposeHeader("ETag");
        rule.setMaxAgeSeconds(60);
        cors.addCorsRule(rule);
        cors.setResponseVary(true);
        oss.setBucketCORS(cors);
        assertTrue(oss.getBucketCORS(new GenericRequest(bucket)).getResponseVary());
        assertEquals(
                "https://a.example",
                oss.getBucketCORSRules(bucket).getFirst().getAllowedOrigins().getFirst());
        oss.deleteBucketCORSRules(bucket);
        assertEquals("NoSuchLifecycle", code(() -> oss.getBucketLifecycle(bucket)));
        assertEquals(
                "Off",
                String.valueOf(oss.getBucketVersioning(bucket).getStatus()).replace("null", "Off"));
        assertTrue(oss.getBucketReferer(bucket).isAllowEmptyReferer());
        oss.putObject(bucket, "k", in(bytes(1, 1)));
        assertEquals("BucketNotEmpty", code(() -> oss.deleteBucket(bucket)));
        oss.deleteObject(bucket, "k");
        oss.deleteBucket(bucket);
        oss.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void objects(Form form) throws IOException {
        OSS oss = client(server, form);
        String bucket = form.bucket("objects");
        oss.createBucket(bucket);
        byte[] content = bytes(100_000, 2);
        String key = "dir/ü +%2F&=?#\"<>'/käse.txt";
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentType("text/x-test");
        metadata.setCacheControl("max-age=5");
        metadata.addUserMetadata("colour", "red");
        metadata.setContentMD5(
                com.aliyun.oss.common.utils.BinaryUtil.toBase64String(
                        com.aliyun.oss.common.utils.BinaryUtil.calculateMd5(content)));
        metadata.setContentLength(content.length);
        var put = oss.putObject(bucket, key, in(content), metadata);
        assertNotNull(put.getServerCRC());
        // Without a length the SDK sends chunks.
        oss.putObject(new PutObjectRequest(bucket, "chunked", new FilterStream(content)));
        assertArrayEquals(content, read(oss.getObject(bucket, "chunked")));

        OSSObject object = oss.getObject(bucket, key);
        assertEquals("text/x-test", object.getObjectMetadata().getContentType());
        assertEquals("max-age=5", object.getObjectMetadata().getCacheControl());
        assertEquals("red", object.getObjectMetadata().getUserMetadata().get("colour"));
        assertEquals("Normal", object.getObjectMetadata().getObjectType());
        assertEquals(put.getETag(), object.getObjectMetadata().getETag());
        assertArrayEquals(content, read(object));
        assertEquals(content.length, oss.getObjectMetadata(bucket, key).getContentLength());
        assertEquals(content.length, oss.getSimplifiedObjectMeta(bucket, key).getSize());
        assertTrue(oss.doesObjectExist(bucket, key));
        assertFalse(oss.doesObjectExist(bucket, "absent"));
        assertEquals("NoSuchKey", code(() -> oss.getObject(bucket, "absent")));

        GetObjectRequest range = new GetObjectRequest(bucket, key);
        range.setRange(10, 19);
        assertArrayEquals(
                java.util.Arrays.copyOfRange(content, 10, 20), read(oss.getObject(range)));
        GetObjectRequest past = new GetObjectRequest(bucket, key);
        past.setRange(200_000, 300_000);
        assertEquals(content.length, read(oss.getObject(past)).length);

        GetObjectRequest notModified = new GetObjectRequest(bucket, key);
        notModified.setNonmatchingETagConstraints(List.of(put.getETag()));
        assertThrows(OSSException.class, () -> oss.getObject(notModified));
        GetObjectRequest failed = new GetObjectRequest(bucket, key);
        failed.setMatchingETagConstraints(List.of("other"));
        assertEquals("PreconditionFailed", code(() -> oss.getObject(failed)));

        ObjectMetadata wrong = new ObjectMetadata();
        wrong.setContentMD5("1B2M2Y8AsgTpgAmY7PhCfg==");
        assertEquals("InvalidDigest", code(() -> oss.putObject(bucket, "bad", in(content), wrong)));
        assertFalse(oss.doesObjectExist(bucket, "bad"));
        ObjectMetadata once = new ObjectMetadata();
        once.setHeader("x-oss-forbid-overwrite", "true");
        assertEquals(
                "FileAlreadyExists", code(() -> oss.putObject(bucket, key, in(content), once)));

        CopyObjectRequest copy = new CopyObjectRequest(bucket, key, bucket, "copy/ü");
        ObjectMetadata replaced = new ObjectMetadata();
        replaced.setContentType("text/y-test");
        copy.setNewObjectMetadata(replaced);
        oss.copyObject(copy);
        oss.copyObject(bucket, key, bucket, "copy/same");
        assertEquals("text/y-test", oss.getObjectMetadata(bucket, "copy/ü").getContentType());
        assertEquals("text/x-test", oss.getObjectMetadata(bucket, "copy/same").getContentType());
        assertArrayEquals(content, read(oss.getObject(bucket, "copy/same")));
        assertEquals(
                "default",
                oss.getObjectAcl(bucket, key)
                        .getPermission()
                        .toString()
                        .toLowerCase(java.util.Locale.ROOT));
        assertTrue(oss.getObjectTagging(bucket, key).getAllTags().isEmpty());

        var deleted =
                oss.deleteObjects(
                        new DeleteObjectsRequest(bucket)
                                .withKeys(List.of(key, "copy/ü", "absent", "chunked")));
        assertEquals(4, deleted.getDeletedObjects().size());
        assertTrue(deleted.getDeletedObjects().contains(key));
        assertTrue(
                oss.deleteObjects(
                                new DeleteObjectsRequest(bucket)
                                        .withQuiet(true)
                                        .withKeys(List.of("copy/same")))
                        .getDeletedObjects()
                        .isEmpty());
        assertTrue(oss.listObjects(bucket).getObjectSummaries().isEmpty());
        oss.shutdown();
    }

    /** A stream that does not know its length. */
    private static final class FilterStream extends java.io.FilterInputStream {
        FilterStream(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void lists(Form form) {
        OSS oss = client(server, form);
        String bucket = form.bucket("lists");
        oss.createBucket(bucket);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            keys.add("a/" + (i % 5) + "/+ü %s%03d".formatted("x", i));
        }
        keys.add("top");
        keys.sort(null);
        keys.forEach(key -> oss.putObject(bucket, key, in(new byte[3])));

        List<String> seen = new ArrayList<>();
        ObjectListing page;
        String marker = null;
        do {
            page = oss.listObjects(new ListObjectsRequest(bucket, null, marker, null, 7));
            page.getObjectSummaries().stream().map(OSSObjectSummary::getKey).forEach(seen::add);
            marker = page.getNextMarker();
        } while (page.isTruncated());
        assertEquals(keys, seen);

        seen.clear();
        List<String> prefixes = new ArrayList<>();
        ListObjectsV2Request second = new ListObjectsV2Request(bucket);
        second.setPrefix("a/");
        second.setDelimiter("/");
        second.setMaxKeys(2);
        ListObjectsV2Result result;
        do {
            result = oss.listObjectsV2(second);
            assertTrue(result.getKeyCount() <= 2);
            prefixes.addAll(result.getCommonPrefixes());
            second.setContinuationToken(result.getNextContinuationToken());
        } while (result.isTruncated());
        assertEquals(List.of("a/0/", "a/1/", "a/2/", "a/3/", "a/4/"), prefixes);
        ListObjectsV2Request after = new ListObjectsV2Request(bucket);
        after.setStartAfter("a/4");
        after.setFetchOwner(true);
        result = oss.listObjectsV2(after);
        assertEquals(5, result.getKeyCount());
        assertNotNull(result.getObjectSummaries().getFirst().getOwner().getId());
        oss.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void multipart(Form form) throws Throwable {
        OSS oss = client(server, form);
        String bucket = form.bucket("multipart");
        oss.createBucket(bucket);
        String key = "big/+ü.bin";
        byte[] one = bytes(200_000, 3);
        byte[] two = bytes(150_000, 4);
        byte[] three = bytes(17, 5);
        oss.putObject(bucket, "source", in(two));
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentType("video/x-test");
        String id =
                oss.initiateMultipartUpload(
                                new InitiateMultipartUploadRequest(bucket, key, metadata))
                        .getUploadId();
        List<PartETag> tags = new ArrayList<>();
        tags.add(
                oss.uploadPart(new UploadPartRequest(bucket, key, id, 1, in(one), one.length))
                        .getPartETag());
        tags.add(
                oss.uploadPartCopy(
                                new UploadPartCopyRequest(
                                        bucket,
                                        "source",
                                        bucket,
                                        key,
                                        id,
                                        2,
                                        0L,
                                        (long) two.length))
                        .getPartETag());
        tags.add(
                oss.uploadPart(new UploadPartRequest(bucket, key, id, 3, in(three), three.length))
                        .getPartETag());
        assertEquals(3, oss.listParts(new ListPartsRequest(bucket, key, id)).getParts().size());
        assertEquals(
                key,
                oss.listMultipartUploads(new ListMultipartUploadsRequest(bucket))
                        .getMultipartUploads()
                        .getFirst()
                        .getKey());
        List<PartETag> wrong = new ArrayList<>();
        wrong.add(new PartETag(1, "00000000000000000000000000000000"));
        assertEquals(
                "InvalidPart",
                code(
                        () ->
                                oss.completeMultipartUpload(
                                        new CompleteMultipartUploadRequest(
                                                bucket, key, id, wrong))));
        var done =
                oss.completeMultipartUpload(
                        new CompleteMultipartUploadRequest(bucket, key, id, tags));
        assertTrue(done.getETag().endsWith("-3"), done.getETag());
        byte[] whole = read(oss.getObject(bucket, key));
        assertEquals(one.length + two.length + three.length, whole.length);
        assertArrayEquals(
                two, java.util.Arrays.copyOfRange(whole, one.length, one.length + two.length));
        assertEquals("Multipart", oss.getObjectMetadata(bucket, key).getObjectType());
        assertEquals("video/x-test", oss.getObjectMetadata(bucket, key).getContentType());

        String aborted =
                oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, "no"))
                        .getUploadId();
        oss.abortMultipartUpload(
                new com.aliyun.oss.model.AbortMultipartUploadRequest(bucket, "no", aborted));
        assertEquals(
                "NoSuchUpload",
                code(() -> oss.listParts(new ListPartsRequest(bucket, "no", aborted))));

        Path file = files.resolve("upload.bin");
        byte[] large = bytes(1_500_000, 6);
        Files.write(file, large);
        UploadFileRequest upload = new UploadFileRequest(bucket, "file");
        upload.setUploadFile(file.toString());
        upload.setPartSize(512 * 1024);
        upload.setTaskNum(3);
        oss.uploadFile(upload);
        assertArrayEquals(large, read(oss.getObject(bucket, "file")));
        Path nothing = Files.createFile(files.resolve("nothing.bin"));
        UploadFileRequest empty = new UploadFileRequest(bucket, "nothing");
        empty.setUploadFile(nothing.toString());
        oss.uploadFile(empty);
        assertEquals(0, read(oss.getObject(bucket, "nothing")).length);
        oss.shutdown();
    }

    /** A lower bound alone: a slow machine passes, a limit that is passed over doesn't. */
    @Test
    void aLimitOfTheTrafficIsKept() throws IOException {
        OSS oss = client(server, Form.V4_PATH);
        oss.createBucket("oss-limits");
        // Larger than what arrives whole, and than what goes out as one piece.
        byte[] content = bytes(80_000, 11);
        PutObjectRequest put = new PutObjectRequest("oss-limits", "k", in(content));
        put.setTrafficLimit(819_200);
        long began = System.nanoTime();
        oss.putObject(put);
        GetObjectRequest get = new GetObjectRequest("oss-limits", "k");
        get.setTrafficLimit(819_200);
        assertArrayEquals(content, read(oss.getObject(get)));
        assertTrue(System.nanoTime() - began > 1_500_000_000L);
        put = new PutObjectRequest("oss-limits", "k", in(content));
        put.setTrafficLimit(1);
        PutObjectRequest tooLow = put;
        assertEquals("InvalidArgument", code(() -> oss.putObject(tooLow)));
        oss.shutdown();
    }

    /** Its metadata hold every header of the answer, and all of them are sent. */
    @Test
    void aCopyTakesTheMetadataThatAHeadAnswered() {
        OSS oss = client(server, Form.V4_PATH);
        oss.createBucket("oss-reused");
        oss.putObject("oss-reused", "k", in(bytes(10, 12)));
        ObjectMetadata metadata = oss.getObjectMetadata("oss-reused", "k");
        metadata.addUserMetadata("colour", "red");
        CopyObjectRequest copy = new CopyObjectRequest("oss-reused", "k", "oss-reused", "l");
        copy.setNewObjectMetadata(metadata);
        oss.copyObject(copy);
        ObjectMetadata copied = oss.getObjectMetadata("oss-reused", "l");
        assertEquals("red", copied.getUserMetadata().get("colour"));
        metadata.setHeader("x-oss-server-side-encryption", "AES256");
        assertEquals("NotImplemented", code(() -> oss.copyObject(copy)));
        oss.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void appends(Form form) throws IOException {
        OSS oss = client(server, form);
        String bucket = form.bucket("appends");
        oss.createBucket(bucket);
        byte[] content = bytes(120_000, 7);
        long position = 0;
        Long crc = 0L;
        for (int i = 0; i < 4; i++) {
            AppendObjectRequest append =
                    new AppendObjectRequest(
                                    bucket,
                                    "camera.ts",
                                    in(
                                            java.util.Arrays.copyOfRange(
                                                    content, i * 30_000, (i + 1) * 30_000)))
                            .withPosition(position);
            append.setInitCRC(crc);
            AppendObjectResult result = oss.appendObject(append);
            position = result.getNextPosition();
            crc = result.getClientCRC();
            assertEquals(crc, result.getServerCRC());
        }
        assertEquals(120_000, position);
        assertArrayEquals(content, read(oss.getObject(bucket, "camera.ts")));
        ObjectMetadata head = oss.getObjectMetadata(bucket, "camera.ts");
        assertEquals("Appendable", head.getObjectType());
        assertEquals(
                "120000", String.valueOf(head.getRawMetadata().get("x-oss-next-append-position")));
        OSSException conflict =
                assertThrows(
                        OSSException.class,
                        () ->
                                oss.appendObject(
                                        new AppendObjectRequest(
                                                        bucket, "camera.ts", in(new byte[1]))
                                                .withPosition(5L)));
        assertEquals("PositionNotEqualToLength", conflict.getErrorCode());
        oss.putObject(bucket, "normal", in(new byte[1]));
        assertEquals(
                "ObjectNotAppendable",
                code(
                        () ->
                                oss.appendObject(
                                        new AppendObjectRequest(bucket, "normal", in(new byte[1]))
                                                .withPosition(1L))));
        oss.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void presignedAndRefusedRequests(Form form) throws Exception {
        OSS oss = client(server, form);
        String bucket = form.bucket("presigned");
        oss.createBucket(bucket);
        oss.putObject(bucket, "k ü", in("hello".getBytes(StandardCharsets.UTF_8)));
        if (!form.virtualHost) {
            GeneratePresignedUrlRequest request =
                    new GeneratePresignedUrlRequest(bucket, "k ü", HttpMethod.GET);
            request.setExpiration(new Date(System.currentTimeMillis() + 60_000));
            URL url = oss.generatePresignedUrl(request);
            try (HttpClient http = HttpClient.newHttpClient()) {
                var answer =
                        http.send(
                                HttpRequest.newBuilder(URI.create(url.toString())).build(),
                                HttpResponse.BodyHandlers.ofString());
                assertEquals("hello", answer.body());
                var refused =
                        http.send(
                                HttpRequest.newBuilder(
                                                URI.create(url.toString().replace("k%20", "j%20")))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                assertEquals(403, refused.statusCode());
                assertTrue(refused.body().contains("<Code>SignatureDoesNotMatch</Code>"));
                assertTrue(refused.body().contains("<EC>"), refused.body());
            }
        }
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(form.version);
        configuration.setMaxErrorRetry(0);
        OSS stranger =
                OSSClientBuilder.create()
                        .endpoint(server.endpoint().toString())
                        .region("cn-local")
                        .credentialsProvider(new DefaultCredentialProvider("NOBODY", "x"))
                        .clientConfiguration(configuration)
                        .build();
        assertEquals("InvalidAccessKeyId", code(() -> stranger.getObject(bucket, "k ü")));
        OSS forger =
                OSSClientBuilder.create()
                        .endpoint(server.endpoint().toString())
                        .region("cn-local")
                        .credentialsProvider(
                                new DefaultCredentialProvider(ObjectDoorFixture.KEY_ID, "x"))
                        .clientConfiguration(configuration)
                        .build();
        assertEquals("SignatureDoesNotMatch", code(() -> forger.getObject(bucket, "k ü")));
        stranger.shutdown();
        forger.shutdown();
        oss.shutdown();
    }
}
