package io.millrace.console;

import io.millrace.access.Scope;
import io.millrace.access.TemporaryCredentials;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Addresses by which one object is fetched without signing in, for a while. */
final class LinkApi {
    private static final Duration LONGEST = Duration.ofDays(7);
    private static final Duration ORIGIN_LINK = Duration.ofMinutes(5);

    private final ConsoleOptions options;
    private final Gate gate;
    private final Store store;
    private final Proofs proofs;
    private final InstantSource clock;

    LinkApi(ConsoleOptions options, Gate gate, Store store, Proofs proofs, InstantSource clock) {
        this.options = options;
        this.gate = gate;
        this.store = store;
        this.proofs = proofs;
        this.clock = clock;
    }

    void register(Router router) {
        router.post("/api/links", this::link).post("/api/origin-url", this::originUrl);
    }

    private record Wanted(@Nullable String bucket, @Nullable String key, @Nullable Long seconds) {}

    private record Made(String url, Instant expires) {}

    /**
     * @param download true: a browser saves it under its name instead of showing it
     */
    private record Origin(
            @Nullable String bucket,
            @Nullable String key,
            @Nullable String process,
            boolean download) {}

    /** Through the edge. */
    private void link(Call call) {
        Wanted wanted = call.body(Wanted.class);
        String bucket = needed(wanted.bucket());
        String key = needed(wanted.key());
        long seconds = wanted.seconds() == null ? 3600 : wanted.seconds();
        if (seconds < 1 || seconds > LONGEST.toSeconds()) {
            throw ApiError.invalid(
                    "A link lasts 1 second to " + LONGEST.toDays() + " days.",
                    "Choose a time between.");
        }
        gate.require(call, "oss:GetObject", bucket + "/" + key);
        ObjectApi.find(store, bucket, key);
        String path = Proofs.objectPath(bucket, key);
        Proofs.Proof proof = proofs.of(path, Duration.ofSeconds(seconds));
        String edge = Console.doors(options, call.exchange()).edge();
        call.json(new Made(edge + path + "?auth_key=" + proof.authKey(), proof.expires()));
    }

    private static String needed(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw ApiError.invalid("A bucket and a key are needed.", "Send both.");
        }
        return value;
    }

    /**
     * A signed address at the object door itself: to save an object, or to compare the origin with
     * the edge. Whatever it makes the server read, it reads on behalf of who asked for it.
     */
    private void originUrl(Call call) {
        Origin given = call.body(Origin.class);
        String bucket = needed(given.bucket());
        String key = needed(given.key());
        gate.require(call, "oss:GetObject", bucket + "/" + key);
        URI door = URI.create(Console.doors(options, call.exchange()).object());
        TemporaryCredentials issued = gate.issue(call, Scope.read(bucket), ORIGIN_LINK);
        String path = Proofs.objectPath(bucket, key);
        SignedRequest request =
                new SignedRequest(
                        "GET",
                        path,
                        query(given, key),
                        List.of(Map.entry("Host", door.getAuthority())));
        String signed =
                new SigV4Signer(
                                new AccessKey(
                                        issued.accessKeyId(),
                                        issued.accessKeySecret(),
                                        issued.securityToken()),
                                options.region(),
                                "s3")
                        .presign(request, ORIGIN_LINK, clock.instant());
        call.json(Map.of("url", door + path + "?" + signed));
    }

    private static String query(Origin given, String key) {
        String process = given.process();
        if (process != null) {
            return "x-oss-process=" + Proofs.encode(process, false);
        }
        if (!given.download()) {
            return "";
        }
        String name = key.substring(key.lastIndexOf('/') + 1);
        String disposition = "attachment; filename*=UTF-8\'\'" + Proofs.encode(name, false);
        return "response-content-disposition=" + Proofs.encode(disposition, false);
    }
}
