package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.DeleteObjectsRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.access.TemporaryCredentials;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A camera's way: enrol, get a token, append below its own prefix with the OSS SDK. */
@Timeout(300)
class DeviceTokenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path directory;
    private TrustFixture server;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void open() {
        server = new TrustFixture(directory);
    }

    @AfterEach
    void close() {
        server.close();
        http.close();
    }

    private HttpResponse<String> post(String path, String body, Map<String, String> headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.endpoint() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String enrol(String id) throws Exception {
        String code =
                server.access
                        .devices()
                        .register(id, TrustFixture.BUCKET, "cams/" + id + "/", server.access.root())
                        .orThrow()
                        .code();
        HttpResponse<String> answer =
                post("/_device/enrol", "{\"code\":\"" + code + "\"}", Map.of());
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals(
                403, post("/_device/enrol", "{\"code\":\"" + code + "\"}", Map.of()).statusCode());
        return JSON.readTree(answer.body()).get("deviceSecret").asText();
    }

    private HttpResponse<String> askToken(String id, String secret) throws Exception {
        String time = Long.toString(Instant.now().getEpochSecond());
        String nonce = UUID.randomUUID().toString();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String signature =
                HexFormat.of()
                        .formatHex(
                                mac.doFinal(
                                        (id + "\n" + time + "\n" + nonce)
                                                .getBytes(StandardCharsets.UTF_8)));
        return post(
                "/_device/token",
                "",
                Map.of(
                        "Millrace-Device", id,
                        "Millrace-Timestamp", time,
                        "Millrace-Nonce", nonce,
                        "Millrace-Signature", signature));
    }

    private TemporaryCredentials token(String id, String secret) throws Exception {
        HttpResponse<String> answer = askToken(id, secret);
        assertEquals(200, answer.statusCode(), answer.body());
        JsonNode json = JSON.readTree(answer.body());
        return new TemporaryCredentials(
                json.get("accessKeyId").asText(),
                json.get("accessKeySecret").asText(),
                json.get("securityToken").asText(),
                Instant.parse(json.get("expiration").asText()));
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
        assertEquals(403, askToken("cam1", secret).statusCode());
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
        assertEquals(403, askToken("cam1", two).statusCode());
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
