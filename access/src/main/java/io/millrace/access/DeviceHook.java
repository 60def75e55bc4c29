package io.millrace.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks the operator's backend before a device enrols or gets a token: POST of {@code {"event",
 * "device", "address"}}, and only a 200 with {@code {"allow": true}} in time lets the device in.
 * Everything else is a no: an unreachable backend keeps devices out rather than letting them in.
 */
final class DeviceHook implements AutoCloseable {
    private static final int MAX_ANSWER = 16 * 1024;
    private static final JsonMapper JSON = new JsonMapper();

    private final @Nullable URI uri;
    private final Duration timeout;
    private final @Nullable HttpClient client;

    DeviceHook(@Nullable URI uri, Duration timeout) {
        this.uri = uri;
        this.timeout = timeout;
        this.client =
                uri == null
                        ? null
                        : HttpClient.newBuilder()
                                .connectTimeout(timeout)
                                .followRedirects(HttpClient.Redirect.NEVER)
                                .version(HttpClient.Version.HTTP_1_1)
                                .build();
    }

    /** True when there is no hook or it allows. */
    boolean allows(String event, String device, String address) {
        if (uri == null || client == null) {
            return true;
        }
        try {
            String body =
                    JSON.writeValueAsString(
                            Map.of("event", event, "device", device, "address", address));
            HttpRequest request =
                    HttpRequest.newBuilder(uri)
                            .timeout(timeout)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            return client.sendAsync(request, answer -> HttpResponse.BodySubscribers.ofInputStream())
                    .thenApply(DeviceHook::allowed)
                    .orTimeout(timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
                    .join();
        } catch (java.util.concurrent.CompletionException | JsonProcessingException e) {
            return false;
        }
    }

    private static boolean allowed(HttpResponse<InputStream> response) {
        try (InputStream in = response.body()) {
            byte[] answer = in.readNBytes(MAX_ANSWER + 1);
            if (response.statusCode() != 200 || answer.length > MAX_ANSWER) {
                return false;
            }
            JsonNode allow = JSON.readTree(answer).get("allow");
            return allow != null && allow.isBoolean() && allow.booleanValue();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        if (client != null) {
            client.shutdownNow();
        }
    }
}
