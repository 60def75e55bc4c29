package io.millrace.e2e.upload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.InitiateMultipartUploadRequest;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.RootKey;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.DeviceClient;
import io.millrace.e2e.ServerProcess;
import io.millrace.signing.AccessKey;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * What somebody may not do, nothing that acts on their behalf may: a browser's upload, a device, a
 * link. Through the doors, with the vendors' SDKs.
 */
@Timeout(300)
class DelegatedRightsTest {
    private static final String BUCKET = "files";
    private static final String SECRET = "work/secret/s.txt";
    private static final String WORKER =
            """
            {"Version":"1","Statement":[
            {"Effect":"Allow","Action":["oss:PutObject","oss:GetObject"],\
            "Resource":"acs:oss:*:*:files/work/*"},
            {"Effect":"Allow","Action":"camera:*","Resource":"*"},
            {"Effect":"Deny","Action":"*","Resource":"acs:oss:*:*:files/work/secret/*"}]}""";
    private static final String INSTALLER =
            """
            {"Version":"1","Statement":[{"Effect":"Allow","Action":"camera:*","Resource":"*"}]}""";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static MillraceServer server;
    private ConsoleClient alice;

    @BeforeAll
    static void open(@TempDir Path directory) {
        server =
                MillraceServer.open(
                        Map.of(
                                "data", directory.resolve("data").toString(),
                                "bind", "127.0.0.1",
                                "root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET,
                                "doors.object.port", "0",
                                "doors.console.port", "0",
                                "doors.edge.port", "0",
                                "doors.rtmp.port", "0"));
        server.store().buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        server.store().objects().put(PutObject.of(BUCKET, SECRET, 6), bytes("secret"));
    }

    @AfterAll
    static void close() {
        HTTP.close();
        server.close();
    }

    @BeforeEach
    void come() {
        alice = person("alice", WORKER);
    }

    @AfterEach
    void go() {
        alice.close();
        server.access().users().delete("alice");
        server.access().devices().delete("cam");
    }

    private ConsoleClient person(String name, String policy) {
        server.access().policies().put("of-" + name, policy).orThrow();
        server.access().users().create(name, null, List.of("of-" + name)).orThrow();
        RootKey key = server.access().keys().create(name).orThrow();
        return new ConsoleClient(console(), new AccessKey(key.id(), key.secret()));
    }

    private URI console() {
        return URI.create("http://127.0.0.1:" + server.consolePort());
    }

    private URI door() {
        return URI.create("http://127.0.0.1:" + server.objectPort());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String stored(String key) throws IOException {
        return new String(
                server.store().objects().open(BUCKET, key).orElseThrow().stream().readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private static void refused(String code, Executable call) {
        OSSException e = assertThrows(OSSException.class, call);
        assertEquals(code, e.getErrorCode(), e.toString());
    }

    private static void put(OSS oss, String key) {
        oss.putObject(BUCKET, key, new ByteArrayInputStream(bytes("from the browser")));
    }

    private static void put(S3Client s3, String key) {
        s3.putObject(
                b -> b.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes("from the browser")));
    }

    private OSS oss(JsonNode given) {
        return Clients.oss(
                door(),
                given.path("accessKeyId").asText(),
                given.path("accessKeySecret").asText(),
                given.path("securityToken").asText());
    }

    @Test
    void aBrowserUploadWritesNothingThatThePersonMayNot() throws Exception {
        JsonNode given =
                alice.post(
                        "/api/uploads/credentials", "{\"bucket\":\"files\",\"prefix\":\"work/\"}");
        OSS oss = oss(given);
        try (S3Client s3 =
                Clients.s3(
                        door(),
                        given.path("accessKeyId").asText(),
                        given.path("accessKeySecret").asText(),
                        given.path("securityToken").asText())) {
            S3Exception denied = assertThrows(S3Exception.class, () -> put(s3, SECRET));
            assertEquals(403, denied.statusCode());
            assertEquals("AccessDenied", denied.awsErrorDetails().errorCode());
            refused("AccessDenied", () -> put(oss, SECRET));
            refused(
                    "AccessDenied",
                    () ->
                            oss.initiateMultipartUpload(
                                    new InitiateMultipartUploadRequest(BUCKET, SECRET)));
            assertEquals("secret", stored(SECRET));
            put(s3, "work/ok.txt");
            put(oss, "work/too.txt");
            assertEquals("from the browser", stored("work/ok.txt"));
            refused("AccessDenied", () -> put(oss, "elsewhere.txt"));
            refused("AccessDenied", () -> oss.getObject(BUCKET, "work/ok.txt"));

            server.access().users().setPolicies("alice", List.of()).orThrow();
            refused("AccessDenied", () -> put(oss, "work/later.txt"));
            server.access().users().setPolicies("alice", List.of("of-alice")).orThrow();
            put(oss, "work/later.txt");
            server.access().users().setEnabled("alice", false).orThrow();
            refused("InvalidSecurityToken", () -> put(oss, "work/late.txt"));
            S3Exception gone = assertThrows(S3Exception.class, () -> put(s3, "work/late.txt"));
            assertEquals("InvalidToken", gone.awsErrorDetails().errorCode());
        } finally {
            oss.shutdown();
        }
    }

    @Test
    void aDeviceWritesNothingThatWhoeverRegisteredItMayNot() throws Exception {
        JsonNode made =
                alice.post(
                        "/api/devices",
                        "{\"id\":\"cam\",\"bucket\":\"files\",\"prefix\":\"work/\"}");
        String secret = enrol(made.path("code").asText());
        OSS cam = oss(token("cam", secret));
        refused("AccessDenied", () -> append(cam, SECRET));
        refused("AccessDenied", () -> append(cam, "work/secret/new.ts"));
        append(cam, "work/a.ts");

        server.access().users().setPolicies("alice", List.of()).orThrow();
        refused("AccessDenied", () -> append(cam, "work/b.ts"));
        server.access().users().setPolicies("alice", List.of("of-alice")).orThrow();
        append(cam, "work/b.ts");
        server.access().users().delete("alice").orThrow();
        refused("InvalidSecurityToken", () -> append(cam, "work/c.ts"));
        cam.shutdown();
    }

    @Test
    void whoMayNotWriteThereTakesNoCameraOver() throws Exception {
        alice.post("/api/devices", "{\"id\":\"cam\",\"bucket\":\"files\",\"prefix\":\"work/\"}");
        try (ConsoleClient installer = person("installer", INSTALLER);
                ConsoleClient root = new ConsoleClient(console())) {
            for (String way : List.of("enrolment", "enable")) {
                ConsoleClient.Answer no = installer.send("POST", "/api/devices/cam/" + way, "{}");
                assertEquals(403, no.status(), no.toString());
                assertTrue(
                        no.body().path("message").asText().contains("files/work/"),
                        no.body().toString());
                assertTrue(
                        no.body().path("hint").asText().contains("oss:PutObject"),
                        no.body().toString());
            }
            alice.post("/api/devices/cam/disable", "{}");
            assertEquals(403, installer.send("POST", "/api/devices/cam/enrolment", "{}").status());
            assertEquals(
                    "disabled",
                    root.get("/api/devices").path("devices").path(0).path("state").asText());

            String code = root.post("/api/devices/cam/enrolment", "{}").path("code").asText();
            OSS cam = oss(token("cam", enrol(code)));
            append(cam, "work/secret/roots.ts");
            cam.shutdown();
        }
    }

    @Test
    void aLinkToTheOriginEndsWithTheRightOfWhoMadeIt() throws Exception {
        server.store().objects().put(PutObject.of(BUCKET, "work/a.txt", 5), bytes("hello"));
        String link =
                alice.post("/api/origin-url", "{\"bucket\":\"files\",\"key\":\"work/a.txt\"}")
                        .path("url")
                        .asText();
        assertEquals(200, fetched(link));
        String watermark = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET));
        String blended =
                alice.post(
                                "/api/origin-url",
                                "{\"bucket\":\"files\",\"key\":\"work/a.txt\",\"process\":"
                                        + "\"image/watermark,image_"
                                        + watermark
                                        + "\"}")
                        .path("url")
                        .asText();
        assertEquals(403, fetched(blended), "a watermark is read, too");
        server.access().users().setPolicies("alice", List.of()).orThrow();
        assertEquals(403, fetched(link));
    }

    @Test
    void anAssumedRoleHasItsPresentRights() throws Exception {
        server.access()
                .roles()
                .create(
                        "worker",
                        """
                        {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",\
                        "Principal":{"RAM":["acs:ram::%s:root"]}}]}"""
                                .formatted(server.access().account()),
                        Duration.ofHours(1),
                        List.of("of-alice"))
                .orThrow();
        try (StsClient sts = Clients.sts(door(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            Credentials given =
                    sts.assumeRole(
                                    r ->
                                            r.roleArn(
                                                            "acs:ram::"
                                                                    + server.access().account()
                                                                    + ":role/worker")
                                                    .roleSessionName("work"))
                            .credentials();
            OSS oss =
                    Clients.oss(
                            door(),
                            given.accessKeyId(),
                            given.secretAccessKey(),
                            given.sessionToken());
            put(oss, "work/by-role.txt");
            refused("AccessDenied", () -> put(oss, SECRET));
            server.access().roles().setPolicies("worker", List.of()).orThrow();
            refused("AccessDenied", () -> put(oss, "work/by-role.txt"));
            server.access().roles().delete("worker").orThrow();
            refused("InvalidSecurityToken", () -> put(oss, "work/by-role.txt"));
            oss.shutdown();
        }
    }

    private int fetched(String link) throws Exception {
        return HTTP.send(
                        HttpRequest.newBuilder(URI.create(link)).build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static void append(OSS oss, String key) {
        AppendObjectRequest request =
                new AppendObjectRequest(BUCKET, key, new ByteArrayInputStream(new byte[188]));
        request.setPosition(0L);
        oss.appendObject(request);
    }

    private String enrol(String code) throws Exception {
        DeviceClient.Answer answer = DeviceClient.enrol(door(), code);
        assertEquals(200, answer.status(), answer.toString());
        return answer.body().path("deviceSecret").asText();
    }

    private JsonNode token(String id, String secret) throws Exception {
        DeviceClient.Answer answer = DeviceClient.token(door(), id, secret);
        assertEquals(200, answer.status(), answer.toString());
        return answer.body();
    }
}
