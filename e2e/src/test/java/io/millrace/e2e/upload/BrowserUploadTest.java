package io.millrace.e2e.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.millrace.access.Roles;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.Node;
import io.millrace.e2e.ServerProcess;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.CorsRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * The example page uploads straight to the object door with a token from STS (AWS SDK), from
 * another origin.
 */
class BrowserUploadTest {
    private static final String BUCKET = "uploads";

    @TempDir Path directory;

    @Test
    void aPageUploadsWithATemporaryTokenBelowItsPrefixOnly() throws Exception {
        HttpServer pages =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        Path page =
                Files.isDirectory(Path.of("../examples"))
                        ? Path.of("../examples/web/upload.html")
                        : Path.of("examples/web/upload.html");
        byte[] html = Files.readAllBytes(page);
        pages.createContext(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "text/html");
                    exchange.sendResponseHeaders(200, html.length);
                    exchange.getResponseBody().write(html);
                    exchange.close();
                });
        pages.start();
        String origin = "http://127.0.0.1:" + pages.getAddress().getPort();
        try (MillraceServer server = server()) {
            server.store().buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
            server.store()
                    .buckets()
                    .setCors(
                            BUCKET,
                            List.of(
                                    new CorsRule(
                                            null,
                                            List.of(origin),
                                            List.of("PUT"),
                                            List.of("*"),
                                            List.of("ETag"),
                                            60)));
            Credentials token = assume(server);
            Path file = directory.resolve("Grüße aus Köln.bin");
            byte[] content = new byte[700_000];
            new Random(5).nextBytes(content);
            Files.write(file, content);

            JsonNode stored = upload(origin, server, token, "in/", file);
            assertEquals(
                    "Stored " + BUCKET + "/in/" + file.getFileName(), stored.path("text").asText());
            assertEquals(1.0, stored.path("progress").asDouble());
            assertArrayEquals(
                    content,
                    server
                            .store()
                            .objects()
                            .open(BUCKET, "in/" + file.getFileName())
                            .orElseThrow()
                            .stream()
                            .readAllBytes());

            JsonNode refused = upload(origin, server, token, "elsewhere/", file);
            assertTrue(refused.path("text").asText().contains("AccessDenied"), refused.toString());
            assertTrue(
                    server.store()
                            .objects()
                            .head(BUCKET, "elsewhere/" + file.getFileName())
                            .isEmpty());
        } finally {
            pages.stop(0);
        }
    }

    private JsonNode upload(
            String origin, MillraceServer server, Credentials token, String prefix, Path file)
            throws Exception {
        String json =
                new ObjectMapper()
                        .writeValueAsString(
                                Map.of(
                                        "endpoint",
                                        "http://127.0.0.1:" + server.objectPort(),
                                        "bucket",
                                        BUCKET,
                                        "prefix",
                                        prefix,
                                        "accessKeyId",
                                        token.accessKeyId(),
                                        "accessKeySecret",
                                        token.secretAccessKey(),
                                        "securityToken",
                                        token.sessionToken()));
        String fragment = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        try (Node browser =
                Node.start(
                        "upload.mjs",
                        Map.of("page", origin + "/#" + fragment, "file", file.toString()))) {
            List<JsonNode> events = browser.finish(Duration.ofMinutes(3));
            return Node.of(events, "result").getFirst();
        }
    }

    private static Credentials assume(MillraceServer server) {
        String trust =
                "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":[\"acs:ram::"
                        + server.access().account()
                        + ":root\"]}}]}";
        Roles.RoleInfo role =
                server.access()
                        .roles()
                        .create("uploader", trust, Duration.ofHours(1), List.of("UploadAccess"))
                        .orThrow();
        String narrowed =
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::"
                        + BUCKET
                        + "/in/*\"}]}";
        try (StsClient sts =
                Clients.sts(
                        URI.create("http://127.0.0.1:" + server.objectPort()),
                        ServerProcess.KEY_ID,
                        ServerProcess.SECRET)) {
            return sts.assumeRole(
                            r ->
                                    r.roleArn(role.arn())
                                            .roleSessionName("page")
                                            .policy(narrowed)
                                            .durationSeconds(900))
                    .credentials();
        }
    }

    private MillraceServer server() {
        return MillraceServer.open(
                Map.of(
                        "data", directory.resolve("data").toString(),
                        "bind", "127.0.0.1",
                        "root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET,
                        "doors.object.port", "0",
                        "doors.console.port", "0",
                        "doors.edge.port", "0",
                        "doors.rtmp.port", "0"));
    }
}
