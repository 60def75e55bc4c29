package io.millrace.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the operator's backend before a device enrols or gets a token: POST of {@code {"event",
 * "device", "address"}}, and only a 200 with {@code {"allow": true}} in time lets the device in.
 * Everything else is a no: an unreachable backend keeps devices out rather than letting them in.
 */
final class DeviceHook implements AutoCloseable {
    private static final int MAX_ANSWER = 16 * 1024;
    private static final JsonMapper JSON = new JsonMapper();

    private final Supplier<Optional<URI>> address;
    private final Duration timeout;
    private final Lock lock = new ReentrantLock();
    private @Nullable HttpClient client;

    /**
     * A hook.
     *
     * @param address asked before each question; empty asks nobody
     */
    DeviceHook(Supplier<Optional<URI>> address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    private HttpClient client() {
        lock.lock();
        try {
            HttpClient known = client;
            if (known == null) {
                known =
                        HttpClient.newBuilder()
                                .connectTimeout(timeout)
                                .followRedirects(HttpClient.Redirect.NEVER)
                                .version(HttpClient.Version.HTTP_1_1)
                                .build();
                client = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** True when there is no hook or it allows. */
    boolean allows(String event, String device, String sourceAddress) {
        URI uri = address.get().orElse(null);
        if (uri == null) {
            return true;
        }
        try {
            String body =
                    JSON.writeValueAsString(
                            Map.of("event", event, "device", device, "address", sourceAddress));
            HttpRequest request =
                    HttpRequest.newBuilder(uri)
                            .timeout(timeout)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            return client().sendAsync(
                            request, answer -> HttpResponse.BodySubscribers.ofInputStream())
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
            // What is missing or no boolean is false.
            return JSON.readTree(answer).path("allow").booleanValue();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (client != null) {
                client.shutdownNow();
            }
        } finally {
            lock.unlock();
        }
    }
}
