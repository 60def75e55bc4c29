package io.millrace.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A program that uses the admin API with an access key. Thread-safe. */
public final class ConsoleClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI console;
    private final AccessKey key;
    private final HttpClient http = HttpClient.newHttpClient();

    /** With the root key. */
    public ConsoleClient(URI console) {
        this(console, new AccessKey(ServerProcess.KEY_ID, ServerProcess.SECRET));
    }

    public ConsoleClient(URI console, AccessKey key) {
        this.console = console;
        this.key = key;
    }

    /** What the console said. */
    public record Answer(int status, JsonNode body) {}

    public JsonNode get(String path) {
        return well(path, send("GET", path, ""));
    }

    public JsonNode post(String path, String body) {
        return well(path, send("POST", path, body));
    }

    private static JsonNode well(String path, Answer answer) {
        if (answer.status() / 100 != 2) {
            throw new AssertionError(path + ": " + answer);
        }
        return answer.body();
    }

    /** Sends a signed request; the path may have a query whose parts are sorted and encoded. */
    public Answer send(String method, String pathAndQuery, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        URI uri = console.resolve(pathAndQuery);
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        SignedRequest request =
                new SignedRequest(
                        method,
                        uri.getRawPath(),
                        query,
                        List.of(Map.entry("Host", uri.getAuthority())));
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
        new SigV4Signer(key, "local", "millrace")
                .signOnce(request, SigV4Signer.payloadHash(bytes), Instant.now())
                .forEach(h -> builder.header(h.getKey(), h.getValue()));
        if (bytes.length > 0) {
            builder.header("Content-Type", "application/json");
        }
        try {
            HttpResponse<String> answer =
                    http.send(builder.build(), HttpResponse.BodyHandlers.ofString());
            String text = answer.body();
            return new Answer(
                    answer.statusCode(), text.isEmpty() ? JSON.nullNode() : JSON.readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
