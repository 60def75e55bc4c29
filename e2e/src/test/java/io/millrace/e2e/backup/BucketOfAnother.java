package io.millrace.e2e.backup;

import io.millrace.access.RootKey;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.store.buckets.BucketAcl;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** {@code s3://backups/nightly} of a second server, with temporary credentials for it. */
final class BucketOfAnother implements AutoCloseable {
    private static final String BUCKET = "backups";
    private static final String PREFIX = "nightly/";
    private static final String ALLOW =
            "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",%s}]}";

    private final MillraceServer server;
    private final Credentials credentials;

    BucketOfAnother(Path data) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", data.toString());
        settings.put("bind", "127.0.0.1");
        settings.put("root-key", ServerProcess.KEY_ID + ":" + ServerProcess.SECRET);
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        server = MillraceServer.open(settings);
        server.store().buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        credentials = temporary();
    }

    private URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.objectPort());
    }

    private Credentials temporary() {
        var access = server.access();
        access.policies()
                .put("assume", ALLOW.formatted("\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\""))
                .orThrow();
        access.policies()
                .put("bucket", ALLOW.formatted("\"Action\":\"oss:*\",\"Resource\":\"*\""))
                .orThrow();
        access.users().create("operator", null, List.of("assume")).orThrow();
        access.roles()
                .create(
                        "backup",
                        ALLOW.formatted(
                                "\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":"
                                        + "\"acs:ram::100000000000:user/operator\"}"),
                        Duration.ofHours(1),
                        List.of("bucket"))
                .orThrow();
        RootKey key = access.keys().create("operator").orThrow();
        try (StsClient sts = Clients.sts(endpoint(), key.id(), key.secret())) {
            return sts.assumeRole(
                            r ->
                                    r.roleArn("arn:aws:iam::100000000000:role/backup")
                                            .roleSessionName("nightly"))
                    .credentials();
        }
    }

    /** {@code backup} or {@code restore} with this target. */
    MillraceCommand command(String name, String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                name,
                                "s3://" + BUCKET + "/" + PREFIX,
                                "--s3-endpoint",
                                endpoint().toString(),
                                "--s3-region",
                                "local",
                                "--json"));
        arguments.addAll(List.of(more));
        return MillraceCommand.start(
                Map.of(
                        "AWS_ACCESS_KEY_ID", credentials.accessKeyId(),
                        "AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey(),
                        "AWS_SESSION_TOKEN", credentials.sessionToken()),
                arguments.toArray(String[]::new));
    }

    /** The names in the target that begin so. */
    List<String> names(String prefix) {
        try (S3Client s3 = Clients.s3(endpoint(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            return s3
                    .listObjectsV2(b -> b.bucket(BUCKET).prefix(PREFIX + prefix))
                    .contents()
                    .stream()
                    .map(S3Object::key)
                    .toList();
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
