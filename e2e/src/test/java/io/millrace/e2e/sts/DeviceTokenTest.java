package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.DeleteObjectsRequest;
import io.millrace.access.TemporaryCredentials;
import io.millrace.e2e.DeviceClient;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A camera's way: enrol, get a token, append below its own prefix with the OSS SDK. */
@Timeout(300)
class DeviceTokenTest {

    @TempDir Path directory;
    private TrustFixture server;

    @BeforeEach
    void open() {
        server = new TrustFixture(directory);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private String enrol(String id) throws Exception {
        String code =
                server.access
                        .devices()
                        .register(id, TrustFixture.BUCKET, "cams/" + id + "/", server.access.root())
                        .orThrow()
                        .code();
        DeviceClient.Answer answer = DeviceClient.enrol(server.endpoint(), code);
        assertEquals(200, answer.status(), answer.toString());
        assertEquals(403, DeviceClient.enrol(server.endpoint(), code).status());
        return answer.body().path("deviceSecret").asText();
    }

    private TemporaryCredentials token(String id, String secret) throws Exception {
        return server.device(id, secret);
    }

    private static long append(OSS oss, String key, long position) {
        AppendObjectRequest request =
                new AppendObjectRequest(
                        TrustFixture.BUCKET, key, new ByteArrayInputStream(new byte[188]));
        request.setPosition(position);
        return oss.appendObject(request).getNextPosition();
    }

    private static void denied(String code, Executable call) {
        assertEquals(code, assertThrows(OSSException.class, call).getErrorCode());
    }

    @Test
    void aCameraAppendsToItsOwnPrefixUntilItIsDisabled() throws Exception {
        String secret = enrol("cam1");
        OSS oss = server.oss(token("cam1", secret), SignVersion.V4);
        long next = append(oss, "cams/cam1/a.ts", 0);
        next = append(oss, "cams/cam1/a.ts", next);
        assertEquals(376, next);
        assertEquals(376, oss.headObject(TrustFixture.BUCKET, "cams/cam1/a.ts").getContentLength());
        for (String key :
                List.of(
                        "cams/cam10/a.ts",
                        "cams/cam2/a.ts",
                        "a.ts",
                        "cams/x/../cam1/a.ts",
                        "cams/cam1%2Fa.ts",
                        "cams//cam1/a.ts",
                        "cams\\cam1/a.ts",
                        "cams/cam1")) {
            denied("AccessDenied", () -> append(oss, key, 0));
        }
        denied("AccessDenied", () -> oss.getObject(TrustFixture.BUCKET, "cams/cam1/a.ts"));
        denied("AccessDenied", () -> oss.deleteObject(TrustFixture.BUCKET, "cams/cam1/a.ts"));
        denied("AccessDenied", () -> oss.listObjectsV2(TrustFixture.BUCKET));
        denied(
                "AccessDenied",
                () ->
                        oss.copyObject(
                                TrustFixture.BUCKET,
                                "cams/cam2/a.ts",
                                TrustFixture.BUCKET,
                                "cams/cam1/b.ts"));
        server.access.devices().disable("cam1").orThrow();
        denied("InvalidSecurityToken", () -> append(oss, "cams/cam1/a.ts", 376));
        assertEquals(403, DeviceClient.token(server.endpoint(), "cam1", secret).status());
        oss.shutdown();
        OSS root = server.oss("ROOTID", "ROOTSECRET", null, SignVersion.V4);
        assertEquals(
                376, root.headObject(TrustFixture.BUCKET, "cams/cam1/a.ts").getContentLength());
        root.shutdown();
    }

    @Test
    void oneCamerasTokenIsWorthNothingForAnother() throws Exception {
        String one = enrol("cam1");
        String two = enrol("cam2");
        assertEquals(403, DeviceClient.token(server.endpoint(), "cam1", two).status());
        TemporaryCredentials first = token("cam1", one);
        TemporaryCredentials second = token("cam2", two);
        OSS mixed =
                server.oss(
                        second.accessKeyId(),
                        second.accessKeySecret(),
                        first.securityToken(),
                        SignVersion.V4);
        denied("AccessKeyIdAndSecurityTokenNotMatch", () -> append(mixed, "cams/cam1/a.ts", 0));
        mixed.shutdown();
        OSS own = server.oss(second, SignVersion.V1);
        append(own, "cams/cam2/a.ts", 0);
        denied("AccessDenied", () -> append(own, "cams/cam1/a.ts", 0));
        DeleteObjectsRequest batch = new DeleteObjectsRequest(TrustFixture.BUCKET);
        batch.setKeys(List.of("cams/cam1/a.ts", "cams/cam2/a.ts"));
        denied("AccessDenied", () -> own.deleteObjects(batch));
        own.shutdown();
    }
}
