package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.Scope;
import io.millrace.access.TemporaryCredentials;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Temporary credentials for uploads from the browser. The page signs its own requests to the object
 * door with them; they reach one bucket and prefix, for an hour, and there no further than the
 * person who asked may at each request.
 */
final class UploadApi {
    /** What versions before issued uploads through, with root's rights. */
    private static final String FORMER_ROLE = "millrace-console-upload";

    private static final Duration LASTING = Duration.ofHours(1);

    private final ConsoleOptions options;
    private final Gate gate;
    private final Access access;
    private final WriteRight writeRight;

    UploadApi(ConsoleOptions options, Gate gate, Access access, WriteRight writeRight) {
        this.options = options;
        this.gate = gate;
        this.access = access;
        this.writeRight = writeRight;
    }

    void register(Router router) {
        // Its tokens end with it.
        access.roles().delete(FORMER_ROLE);
        router.post("/api/uploads/credentials", this::credentials);
    }

    private record Wanted(@Nullable String bucket, @Nullable String prefix) {}

    private record Answer(
            String accessKeyId,
            String accessKeySecret,
            String securityToken,
            Instant expiration,
            String endpoint,
            String region) {}

    private void credentials(Call call) {
        Wanted wanted = call.body(Wanted.class);
        String bucket = wanted.bucket() == null ? "" : wanted.bucket();
        String prefix = wanted.prefix() == null ? "" : wanted.prefix();
        if (!bucket.matches("[a-z0-9][a-z0-9.\\-]{1,62}")
                || prefix.length() > 900
                || prefix.chars().anyMatch(c -> c < ' ')) {
            throw ApiError.invalid(
                    "A bucket is needed, and a prefix without control characters.",
                    "Change the prefix.");
        }
        writeRight.require(call, bucket, prefix);
        TemporaryCredentials given = gate.issue(call, Scope.upload(bucket, prefix), LASTING);
        call.json(
                new Answer(
                        given.accessKeyId(),
                        given.accessKeySecret(),
                        given.securityToken(),
                        given.expiration(),
                        Console.doors(options, call.exchange()).object(),
                        options.region()));
    }
}
