package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.AssumeOutcome;
import io.millrace.access.AssumeRoleRequest;
import io.millrace.access.Caller;
import io.millrace.access.Change;
import io.millrace.access.Roles;
import io.millrace.access.TemporaryCredentials;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Temporary credentials for uploads from the browser. The page signs its own requests to the object
 * door with them; they reach one bucket and prefix, for an hour, and no further than the person
 * may.
 */
final class UploadApi {
    private static final String ROLE = "millrace-console-upload";
    private static final Duration LASTING = Duration.ofHours(1);

    private final ConsoleOptions options;
    private final Gate gate;
    private final Access access;
    private final String externalId;

    UploadApi(ConsoleOptions options, Gate gate, Access access) {
        this.options = options;
        this.gate = gate;
        this.access = access;
        this.externalId = HexFormat.of().formatHex(access.derivedSecret("console uploads"));
    }

    void register(Router router) {
        router.post("/api/uploads/credentials", this::credentials);
    }

    private record Scope(@Nullable String bucket, @Nullable String prefix) {}

    private record Answer(
            String accessKeyId,
            String accessKeySecret,
            String securityToken,
            Instant expiration,
            String endpoint,
            String region) {}

    private void credentials(Call call) {
        Scope scope = call.body(Scope.class);
        String bucket = scope.bucket() == null ? "" : scope.bucket();
        String prefix = scope.prefix() == null ? "" : scope.prefix();
        if (!bucket.matches("[a-z0-9][a-z0-9.\\-]{1,62}")
                || prefix.length() > 900
                || prefix.chars().anyMatch(c -> c < ' ' || c == '*' || c == '?' || c == '$')) {
            throw ApiError.invalid(
                    "A bucket is needed, and a prefix without * ? and $.", "Change the prefix.");
        }
        gate.require(call, "oss:PutObject", bucket + "/" + prefix + "*");
        TemporaryCredentials given = assume(call, bucket, prefix);
        call.json(
                new Answer(
                        given.accessKeyId(),
                        given.accessKeySecret(),
                        given.securityToken(),
                        given.expiration(),
                        Console.doors(options, call.exchange()).object(),
                        options.region()));
    }

    private TemporaryCredentials assume(Call call, String bucket, String prefix) {
        String arn = role().arn();
        String session = call.caller().name().replaceAll("[^A-Za-z0-9.@_-]", "-");
        AssumeRoleRequest request =
                new AssumeRoleRequest(
                        arn,
                        session.length() < 2
                                ? "browser"
                                : session.substring(0, Math.min(32, session.length())),
                        policy(bucket, prefix),
                        LASTING,
                        externalId,
                        call.context());
        return switch (access.assumeRole(root(), request)) {
            case AssumeOutcome.Assumed a -> a.credentials();
            case AssumeOutcome.Invalid i -> throw refused(i.message());
            case AssumeOutcome.MalformedPolicy m -> throw refused(m.message());
            case AssumeOutcome.Denied d -> throw refused(d.message());
        };
    }

    private static ApiError refused(String message) {
        return new ApiError(403, "NoToken", message, "Check the role " + ROLE + ".");
    }

    /** The console itself; what the person may was decided before. */
    private Caller root() {
        return new Caller.Root("root", "root", "acs:ram::" + access.account() + ":root");
    }

    private Roles.RoleInfo role() {
        return access.roles().get(ROLE).orElseGet(this::makeRole);
    }

    /**
     * The role trusts the account, but only together with an external id that nobody but this
     * server knows: it is derived from a secret that comes from the master key.
     */
    private Roles.RoleInfo makeRole() {
        String trust =
                """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",\
                "Principal":{"RAM":["acs:ram::%s:root"]},\
                "Condition":{"StringEquals":{"sts:ExternalId":["%s"]}}}]}"""
                        .formatted(access.account(), externalId);
        Change<Roles.RoleInfo> made =
                access.roles().create(ROLE, trust, Duration.ofHours(1), List.of("UploadAccess"));
        return made.done()
                .or(() -> access.roles().get(ROLE))
                .orElseThrow(() -> refused("The role for uploads could not be made."));
    }

    private static String policy(String bucket, String prefix) {
        return """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:PutObject",\
                "oss:AbortMultipartUpload","oss:ListParts"],\
                "Resource":["acs:oss:*:*:%s/%s*"]}]}"""
                .formatted(bucket, prefix.replace("\\", "\\\\").replace("\"", "\\\""));
    }
}
