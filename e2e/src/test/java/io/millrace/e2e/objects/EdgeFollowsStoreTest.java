package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.signing.UrlAuth;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** What the AWS SDK overwrites or deletes in the store is no longer shown by the edge. */
@Timeout(120)
final class EdgeFollowsStoreTest {
    private static final String ID = "LTAIedgetest00000001";
    private static final String SECRET = "edge-test-secret-0123456789abcde";
    private static final String BUCKET = "edge-test";

    @TempDir static Path directory;
    private static MillraceServer server;
    private static S3Client s3;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        server =
                MillraceServer.open(
                        Map.of(
                                "data", directory.resolve("data").toString(),
                                "bind", "127.0.0.1",
                                "doors.object.port", "0",
                                "doors.console.port", "0",
                                "doors.edge.port", "0",
                                "doors.rtmp.port", "0",
                                "root-key", ID + ":" + SECRET));
        s3 = Clients.s3(URI.create("http://127.0.0.1:" + server.objectPort()), ID, SECRET);
        s3.createBucket(b -> b.bucket(BUCKET));
    }

    @AfterAll
    static void stop() {
        s3.close();
        server.close();
    }

    private static void put(String key, String text) {
        s3.putObject(
                b -> b.bucket(BUCKET).key(key).cacheControl("max-age=86400"),
                RequestBody.fromString(text));
    }

    private static HttpResponse<String> get(String key) throws Exception {
        String path = "/" + BUCKET + "/" + URLEncoder.encode(key, StandardCharsets.UTF_8);
        path = path.replace("+", "%20").replace("%2F", "/").replace("%7E", "~");
        String proof =
                UrlAuth.A.sign(
                        path,
                        System.currentTimeMillis() / 1000,
                        "r",
                        "0",
                        server.access().playbackKey());
        URI uri = URI.create("http://127.0.0.1:" + server.edgePort() + path + "?auth_key=" + proof);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Asks until the edge has settings, and then keeps a copy. */
    private static void kept(String key, String text) throws Exception {
        put(key, text);
        HttpResponse<String> answer = get(key);
        while (answer.statusCode() == 503 || !status(answer).contains("hit")) {
            assertTrue(answer.statusCode() == 503 || answer.body().equals(text), answer.body());
            answer = get(key);
        }
        assertEquals(text, answer.body());
    }

    private static String status(HttpResponse<?> answer) {
        return answer.headers().firstValue("Cache-Status").orElse("");
    }

    private static void awaitNot(String key, String old) throws Exception {
        while (get(key).body().equals(old)) {
            Thread.sleep(10);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain.txt",
                "a folder/with spaces + plus.txt",
                "größe/日本.txt",
                "100%25.txt",
                "!$&'()*,;=:@~_-.txt"
            })
    void anOverwrittenObjectIsShownAsItIsNow(String key) throws Exception {
        kept(key, "one");
        put(key, "two");
        awaitNot(key, "one");
        assertEquals("two", get(key).body());
        s3.deleteObject(b -> b.bucket(BUCKET).key(key));
        awaitNot(key, "two");
        assertEquals(404, get(key).statusCode());
    }

    @Test
    void aCopyOverAnObjectIsAnOverwriteToo() throws Exception {
        kept("target", "one");
        put("source", "two");
        s3.copyObject(
                b ->
                        b.sourceBucket(BUCKET)
                                .sourceKey("source")
                                .destinationBucket(BUCKET)
                                .destinationKey("target"));
        awaitNot("target", "one");
        assertEquals("two", get("target").body());
    }

    @Test
    void whatIsPutBesideAnObjectVoidsNothing() throws Exception {
        kept("still", "one");
        kept("changed", "one");
        put("changed", "two");
        put("beside", "new");
        awaitNot("changed", "one");
        assertTrue(status(get("still")).contains("hit"));
    }
}
