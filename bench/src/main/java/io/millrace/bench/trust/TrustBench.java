package io.millrace.bench.trust;

import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.AssumeOutcome;
import io.millrace.access.AssumeRoleRequest;
import io.millrace.access.Caller;
import io.millrace.access.MasterKey;
import io.millrace.access.RequestContext;
import io.millrace.access.Resolution;
import io.millrace.access.RootKey;
import io.millrace.access.TemporaryCredentials;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.signing.AccessKey;
import io.millrace.signing.Claim;
import io.millrace.signing.Credentials;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.signing.VerifyOutcome;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * CPU time of one thread for each signature form, for resolving a key or token, and for a decision.
 * Run it with the class path of the module; it prints microseconds a request, best of five rounds.
 */
public final class TrustBench {
    private static final int ROUNDS = 5;
    private static final int COUNT = 50_000;
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final AccessKey KEY = new AccessKey("AKIDEXAMPLE", "secret-of-forty-characters");

    private final PrintStream out;

    private TrustBench(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        TrustBench bench = new TrustBench(System.out);
        bench.signatures();
        bench.decisions(Files.createTempDirectory("millrace-trust-bench"));
    }

    private void measure(String what, BooleanSupplier once) {
        var threads = ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < COUNT; i++) {
                if (!once.getAsBoolean()) {
                    throw new IllegalStateException(what + " failed");
                }
            }
            best = Math.min(best, threads.getCurrentThreadCpuTime() - start);
        }
        out.printf("%-46s %7.2f µs%n", what, best / 1000.0 / COUNT);
    }

    private static SignedRequest put(String query) {
        return new SignedRequest(
                "PUT",
                "/bucket/photos/2026/06/01/IMG_20260601_120000.jpg",
                query,
                List.of(
                        Map.entry("Host", "127.0.0.1:9000"),
                        Map.entry("User-Agent", "a-client/1.0"),
                        Map.entry("Content-Type", "image/jpeg"),
                        Map.entry("Content-Length", "4096"),
                        Map.entry("Connection", "keep-alive")));
    }

    private void signatures() {
        SigV4Signer aws = new SigV4Signer(KEY, "local", "s3");
        OssSigner oss = new OssSigner(KEY, "local");
        verify(
                "SigV4 header, unsigned payload",
                put("").with(aws.sign(put(""), SigV4Signer.UNSIGNED_PAYLOAD, NOW)));
        SignedRequest bare =
                new SignedRequest(
                        "GET",
                        "/bucket/photos/IMG.jpg",
                        "",
                        List.of(Map.entry("Host", "127.0.0.1:9000")));
        verify(
                "SigV4 presigned URL",
                new SignedRequest(
                        "GET",
                        bare.rawPath(),
                        aws.presign(bare, Duration.ofHours(1), NOW),
                        bare.headers()));
        verify("OSS V4 header", put("").with(oss.signV4(put(""), NOW)));
        verify(
                "OSS V4 URL",
                new SignedRequest(
                        "GET",
                        bare.rawPath(),
                        oss.presignV4(bare, Duration.ofHours(1), NOW),
                        bare.headers()));
        verify(
                "OSS V1 URL",
                new SignedRequest(
                        "GET",
                        bare.rawPath(),
                        oss.presignV1(bare, NOW.plusSeconds(60)),
                        bare.headers()));
    }

    private void verify(String what, SignedRequest request) {
        measure(
                what,
                () ->
                        Credentials.parse(request) instanceof Claim claim
                                && claim.verify(KEY.secret(), NOW)
                                        instanceof VerifyOutcome.Verified);
    }

    private void decisions(Path directory) {
        String allow = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",%s}]}";
        try (RocksKeySpace keySpace = RocksKeySpace.open(directory);
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Access access =
                        Access.open(
                                keySpace,
                                leases,
                                MasterKey.ephemeral(),
                                AccessOptions.defaults(),
                                Clocks.system())) {
            access.bootstrap(new RootKey("ROOTID", "ROOTSECRET"));
            access.policies()
                    .put(
                            "all",
                            allow.formatted(
                                    "\"Action\":[\"oss:PutObject\",\"oss:GetObject\",\"sts:*\"],"
                                            + "\"Resource\":\"*\""))
                    .orThrow();
            access.users().create("alice", null, List.of("all")).orThrow();
            RootKey key = access.keys().create("alice").orThrow();
            access.roles()
                    .create(
                            "role",
                            allow.formatted(
                                    "\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":"
                                            + "\"acs:ram::100000000000:user/alice\"}"),
                            Duration.ofHours(1),
                            List.of("all"))
                    .orThrow();
            Caller alice = access.users().caller("alice").orElseThrow();
            RequestContext context = RequestContext.of("R", "10.0.0.7", false);
            AssumeOutcome.Assumed assumed =
                    (AssumeOutcome.Assumed)
                            access.assumeRole(
                                    alice,
                                    new AssumeRoleRequest(
                                            "acs:ram::100000000000:role/role",
                                            "session",
                                            allow.formatted(
                                                    "\"Action\":\"oss:PutObject\",\"Resource\":"
                                                            + "\"acs:oss:*:*:bucket/cam1/*\""),
                                            null,
                                            null,
                                            context));
            TemporaryCredentials token = assumed.credentials();
            resolve("resolve the root key", access, "ROOTID", null);
            resolve("resolve a user's key", access, key.id(), null);
            resolve("resolve a token", access, token.accessKeyId(), token.securityToken());
            Caller session =
                    ((Resolution.Resolved)
                                    access.resolve(token.accessKeyId(), token.securityToken()))
                            .caller();
            decide("decide for a user", access, alice, context);
            decide("decide for a session with its policy", access, session, context);
        }
    }

    private void resolve(
            String what,
            Access access,
            String id,
            @org.jspecify.annotations.Nullable String token) {
        measure(what, () -> access.resolve(id, token) instanceof Resolution.Resolved);
    }

    private void decide(String what, Access access, Caller caller, RequestContext context) {
        measure(
                what,
                () ->
                        access.decide(caller, "oss:PutObject", "bucket/cam1/2026/a.ts", context)
                                .allowed());
    }
}
