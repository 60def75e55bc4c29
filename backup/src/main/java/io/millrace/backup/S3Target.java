package io.millrace.backup;

import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of any object store that speaks S3: PUT, GET, DELETE and ListObjectsV2, path style,
 * Signature Version 4 with signed payloads. Five operations on names that need no escaping do not
 * pay for an SDK of 10 MB; see the decision on backups.
 */
public final class S3Target implements Target {
    private static final int TRIES = 4;
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final int INSUFFICIENT_STORAGE = 507;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final URI endpoint;
    private final String bucket;
    private final String prefix;
    private final SigV4Signer signer;
    private final InstantSource clock;
    private final Duration pause;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();

    /**
     * A target below a prefix.
     *
     * @param endpoint {@code http://host:port} without a path
     * @param prefix empty, or names with slashes between
     */
    public S3Target(
            URI endpoint,
            String region,
            String bucket,
            String prefix,
            AccessKey key,
            InstantSource clock) {
        this(endpoint, region, bucket, prefix, key, clock, PAUSE);
    }

    /**
     * @param pause before the second try; each further one waits twice as long
     */
    S3Target(
            URI endpoint,
            String region,
            String bucket,
            String prefix,
            AccessKey key,
            InstantSource clock,
            Duration pause) {
        this.pause = pause;
        if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,62}") || !prefix.matches("[A-Za-z0-9._/-]*")) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "s3://" + bucket + "/" + prefix + ": use letters, digits, . _ - and / only");
        }
        this.endpoint = endpoint;
        this.bucket = bucket;
        this.prefix = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
        this.signer = new SigV4Signer(key, region, "s3");
        this.clock = clock;
    }

    @Override
    public Optional<byte[]> get(String name) {
        try {
            HttpResponse<byte[]> answer = call("GET", path(name), "", new byte[0]);
            return answer.statusCode() == 404 ? Optional.empty() : Optional.of(good(answer, name));
        } catch (BackupException e) {
            throw isThere(name) ? unreadable(name, e) : e;
        }
    }

    /** Whether the target answers for this piece, of which it doesn't give the bytes. */
    private boolean isThere(String name) {
        try {
            return call("HEAD", path(name), "", new byte[0]).statusCode() == 200;
        } catch (BackupException e) {
            return false;
        }
    }

    private BackupException unreadable(String name, BackupException e) {
        return new BackupException(
                BackupException.Code.DAMAGED,
                this + " has " + name + " and doesn't give its bytes: " + e.getMessage(),
                e);
    }

    @Override
    public void put(String name, byte[] bytes) {
        good(call("PUT", path(name), "", bytes), name);
    }

    @Override
    public void delete(String name) {
        HttpResponse<byte[]> answer = call("DELETE", path(name), "", new byte[0]);
        if (answer.statusCode() != 404) {
            good(answer, name);
        }
    }

    @Override
    public SortedMap<String, Long> list(String under) {
        SortedMap<String, Long> names = new TreeMap<>();
        String after = "";
        while (true) {
            String query =
                    "list-type=2&max-keys=1000&prefix="
                            + URLEncoder.encode(prefix + under, StandardCharsets.UTF_8)
                            + (after.isEmpty()
                                    ? ""
                                    : "&start-after="
                                            + URLEncoder.encode(after, StandardCharsets.UTF_8));
            S3List page =
                    S3List.parse(good(call("GET", "/" + bucket, query, new byte[0]), "the list"));
            page.sizes().forEach((key, size) -> names.put(key.substring(prefix.length()), size));
            if (!page.truncated()) {
                return names;
            }
            String last = page.last();
            if (last.compareTo(after) <= 0) {
                throw new BackupException(
                        BackupException.Code.UNAVAILABLE, this + " lists the same keys again");
            }
            after = last;
        }
    }

    private String path(String name) {
        return "/" + bucket + "/" + prefix + name;
    }

    private byte[] good(HttpResponse<byte[]> answer, String name) {
        if (answer.statusCode() / 100 != 2) {
            String text = new String(answer.body(), StandardCharsets.UTF_8);
            boolean full = answer.statusCode() == INSUFFICIENT_STORAGE;
            throw new BackupException(
                    full ? BackupException.Code.FULL : BackupException.Code.UNAVAILABLE,
                    this
                            + " answers "
                            + answer.statusCode()
                            + " for "
                            + name
                            + ": "
                            + text.substring(0, Math.min(300, text.length())));
        }
        return answer.body();
    }

    /** Tries again on what may pass: a broken connection, a 5xx, too many requests. */
    private HttpResponse<byte[]> call(String method, String path, String query, byte[] body) {
        IOException last = null;
        for (int i = 0; i < TRIES; i++) {
            try {
                HttpResponse<byte[]> answer =
                        http.send(
                                request(method, path, query, body),
                                HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() / 100 != 5 && answer.statusCode() != 429
                        || i == TRIES - 1) {
                    return answer;
                }
            } catch (IOException e) {
                last = e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BackupException(BackupException.Code.UNAVAILABLE, "interrupted", e);
            }
            if (i < TRIES - 1) {
                pause(i);
            }
        }
        throw new BackupException(
                BackupException.Code.UNAVAILABLE,
                this + " can't be reached at " + endpoint + ": " + reason(last),
                last);
    }

    private static String reason(@Nullable IOException failure) {
        String said = failure == null ? null : failure.getMessage();
        return said == null ? "no connection" : said;
    }

    private void pause(int tries) {
        try {
            Thread.sleep(pause.multipliedBy(1L << tries));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest request(String method, String path, String query, byte[] body) {
        String target = query.isEmpty() ? path : path + "?" + query;
        URI uri = endpoint.resolve(target);
        SignedRequest unsigned =
                new SignedRequest(
                        method, path, query, List.of(Map.entry("Host", uri.getAuthority())));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .timeout(TIMEOUT)
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        signer.sign(unsigned, SigV4Signer.payloadHash(body), clock.instant())
                .forEach(h -> request.header(h.getKey(), h.getValue()));
        return request.build();
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + prefix;
    }
}
