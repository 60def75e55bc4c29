package io.millrace.edge;

import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Signed requests to the console, the long polls among them. Thread-safe. */
final class ConsoleCalls implements AutoCloseable {
    /** How long a poll waits for news. */
    static final int WAIT_SECONDS = 20;

    private final Core core;
    private final URI console;
    private final SigV4Signer signer;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(3))
                    .build();

    private volatile boolean closed;

    ConsoleCalls(Core core, URI console, EdgeOptions.ServiceKey key) {
        this.core = core;
        this.console = console;
        this.signer =
                new SigV4Signer(
                        new AccessKey(key.id(), key.secret()), OriginRequests.REGION, "millrace");
    }

    /** Whether it fails only because this edge stops. */
    boolean closed() {
        return closed;
    }

    URI console() {
        return console;
    }

    HttpResponse<String> send(String method, String path, String query, @Nullable String body)
            throws IOException, InterruptedException {
        String authority = console.getRawAuthority();
        SignedRequest claim =
                new SignedRequest(method, path, query, List.of(Map.entry("Host", authority)));
        byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                URI.create(
                                        console.getScheme()
                                                + "://"
                                                + authority
                                                + path
                                                + (query.isEmpty() ? "" : "?" + query)))
                        .timeout(Duration.ofSeconds(WAIT_SECONDS + 15))
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofByteArray(content));
        for (Map.Entry<String, String> header :
                signer.signOnce(claim, SigV4Signer.payloadHash(content), core.wall())) {
            request.setHeader(header.getKey(), header.getValue());
        }
        if (body != null) {
            request.setHeader("Content-Type", "application/json");
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Breaks off what waits. */
    @Override
    public void close() {
        closed = true;
        client.shutdownNow();
    }
}
