package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.store.buckets.BucketAcl;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * The object door and plain requests to it, unsigned or signed by our own signers: for what no SDK
 * sends by itself.
 */
abstract class RawDoor extends AtObjectDoor {
    static final AccessKey KEY = new AccessKey(ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET);
    static HttpClient http;

    @BeforeAll
    static void open() {
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        server.store().buckets().create("raw", "100000000000", BucketAcl.PRIVATE);
        server.store().buckets().create("public", "100000000000", BucketAcl.PUBLIC_READ);
    }

    @AfterAll
    static void close() {
        http.close();
    }

    static HttpResponse<String> send(String method, String target, byte[] body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.endpoint() + target))
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static HttpResponse<String> send(String method, String target, String... headers)
            throws Exception {
        return send(method, target, new byte[0], headers);
    }

    /** The same, signed by our own SigV4 signer. */
    static HttpResponse<String> s3(String method, String target, byte[] body, String... headers)
            throws Exception {
        int question = target.indexOf('?');
        List<Map.Entry<String, String>> all = new ArrayList<>();
        all.add(Map.entry("Host", "127.0.0.1:" + server.port()));
        for (int i = 0; i < headers.length; i += 2) {
            all.add(Map.entry(headers[i], headers[i + 1]));
        }
        SignedRequest request =
                new SignedRequest(
                        method,
                        question < 0 ? target : target.substring(0, question),
                        question < 0 ? "" : target.substring(question + 1),
                        all);
        List<String> sent = new ArrayList<>(List.of(headers));
        for (var header :
                new SigV4Signer(KEY, "local", "s3")
                        .sign(request, SigV4Signer.payloadHash(body), Instant.now())) {
            sent.add(header.getKey());
            sent.add(header.getValue());
        }
        return send(method, target, body, sent.toArray(String[]::new));
    }

    static HttpResponse<String> s3(String method, String target, String... headers)
            throws Exception {
        return s3(method, target, new byte[0], headers);
    }

    /** The same, signed by our own OSS V4 signer. */
    static HttpResponse<String> oss(String method, String target, byte[] body, String... headers)
            throws Exception {
        int question = target.indexOf('?');
        List<Map.Entry<String, String>> all = new ArrayList<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(Map.entry(headers[i], headers[i + 1]));
        }
        SignedRequest request =
                new SignedRequest(
                        method,
                        question < 0 ? target : target.substring(0, question),
                        question < 0 ? "" : target.substring(question + 1),
                        all);
        List<String> sent = new ArrayList<>(List.of(headers));
        for (var header : new OssSigner(KEY, "local").signV4(request, Instant.now())) {
            sent.add(header.getKey());
            sent.add(header.getValue());
        }
        return send(method, target, body, sent.toArray(String[]::new));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void refused(int status, String code, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("<Code>" + code + "</Code>"), answer.body());
    }
}
