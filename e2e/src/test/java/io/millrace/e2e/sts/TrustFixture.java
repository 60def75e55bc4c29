package io.millrace.e2e.sts;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.auth.SignatureVersion;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.aliyuncs.sts.model.v20150401.AssumeRoleRequest;
import com.aliyuncs.sts.model.v20150401.AssumeRoleResponse;
import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.access.TemporaryCredentials;
import io.millrace.e2e.Clients;
import io.millrace.e2e.DeviceClient;
import io.millrace.e2e.Storage;
import io.millrace.gateway.Gateway;
import io.millrace.gateway.GatewayOptions;
import io.millrace.gateway.device.DeviceDoor;
import io.millrace.gateway.sts.StsDoor;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.http.HttpDoor;
import io.millrace.kit.http.HttpDoorOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * The object door with STS and devices over real storage. Only access has a clock that can be set
 * back, so that a token of an hour ago can be issued now; signatures are checked by the real time.
 */
final class TrustFixture implements AutoCloseable {
    static final String BUCKET = "records";
    static final String ROLE = "acs:ram::100000000000:role/uploader";
    static final String AWS_ROLE = "arn:aws:iam::100000000000:role/uploader";

    private final AtomicReference<Duration> offset = new AtomicReference<>(Duration.ZERO);
    private final Storage storage;
    private final HttpDoor door;
    final Access access;
    final RootKey backend;

    TrustFixture(Path directory) {
        Clocks clocks = Clocks.system();
        Clocks movable =
                new Clocks(() -> Instant.now().plus(offset.get()), MonotonicClock.system());
        storage = new Storage(directory, clocks);
        access =
                Access.open(
                        storage.keySpace(),
                        storage.leases(),
                        MasterKey.ephemeral(),
                        AccessOptions.defaults(),
                        movable);
        access.bootstrap(new RootKey("ROOTID", "ROOTSECRET"));
        GatewayOptions options = GatewayOptions.defaults();
        Gateway gateway =
                new Gateway(
                        storage.store(),
                        access,
                        null,
                        null,
                        List.of(
                                new StsDoor(access, clocks),
                                new DeviceDoor(access, options.region(), clocks)),
                        options,
                        new SimpleMeterRegistry(),
                        clocks);
        door = HttpDoor.open(HttpDoorOptions.of("object", "127.0.0.1", 0), gateway);
        backend = people();
        OSS root = oss("ROOTID", "ROOTSECRET", null, SignVersion.V4);
        root.createBucket(BUCKET);
        root.shutdown();
    }

    private RootKey people() {
        String allow = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",%s}]}";
        access.policies()
                .put("assume", allow.formatted("\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\""))
                .orThrow();
        access.policies()
                .put(
                        "objects",
                        allow.formatted(
                                "\"Action\":[\"oss:PutObject\",\"oss:GetObject\",\"oss:DeleteObject\"],"
                                        + "\"Resource\":\"acs:oss:*:*:records/*\""))
                .orThrow();
        access.users().create("backend", null, List.of("assume")).orThrow();
        access.roles()
                .create(
                        "uploader",
                        allow.formatted(
                                "\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":"
                                        + "\"acs:ram::100000000000:user/backend\"}"),
                        Duration.ofHours(1),
                        List.of("objects"))
                .orThrow();
        return access.keys().create("backend").orThrow();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + door.port());
    }

    /** Access lives at this distance from the real time. */
    void timeShift(Duration by) {
        offset.set(by);
    }

    /** A session policy for putting and getting below one camera's prefix. */
    static String only(String camera) {
        return "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                + "[\"oss:PutObject\",\"oss:GetObject\"],\"Resource\":\"acs:oss:*:*:records/"
                + camera
                + "/*\"}]}";
    }

    /** Credentials that the Alibaba STS client got. */
    TemporaryCredentials alibaba(String policy, SignatureVersion version) {
        try {
            DefaultAcsClient client =
                    new DefaultAcsClient(
                            DefaultProfile.getProfile(
                                    "cn-hangzhou", backend.id(), backend.secret()));
            client.setSignatureVersion(version);
            AssumeRoleRequest request = new AssumeRoleRequest();
            request.setSysEndpoint("127.0.0.1:" + door.port());
            request.setSysProtocol(ProtocolType.HTTP);
            request.setRoleArn(ROLE);
            request.setRoleSessionName("session-1");
            request.setPolicy(policy);
            AssumeRoleResponse.Credentials made = client.getAcsResponse(request).getCredentials();
            return new TemporaryCredentials(
                    made.getAccessKeyId(),
                    made.getAccessKeySecret(),
                    made.getSecurityToken(),
                    Instant.parse(made.getExpiration()));
        } catch (ClientException e) {
            throw new AssertionError(e);
        }
    }

    /** Credentials that the AWS STS client got. */
    TemporaryCredentials aws(String policy) {
        try (StsClient sts = Clients.sts(endpoint(), backend.id(), backend.secret())) {
            var made =
                    sts.assumeRole(
                                    r ->
                                            r.roleArn(AWS_ROLE)
                                                    .roleSessionName("session-2")
                                                    .policy(policy))
                            .credentials();
            return new TemporaryCredentials(
                    made.accessKeyId(),
                    made.secretAccessKey(),
                    made.sessionToken(),
                    made.expiration());
        }
    }

    /** Credentials that an enrolled device got. */
    TemporaryCredentials device(String id, String secret) throws Exception {
        DeviceClient.Answer answer = DeviceClient.token(endpoint(), id, secret);
        if (answer.status() != 200) {
            throw new AssertionError(answer.toString());
        }
        JsonNode made = answer.body();
        return new TemporaryCredentials(
                made.path("accessKeyId").asText(),
                made.path("accessKeySecret").asText(),
                made.path("securityToken").asText(),
                Instant.parse(made.path("expiration").asText()));
    }

    OSS oss(String id, String secret, @Nullable String token, SignVersion version) {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(version);
        configuration.setMaxErrorRetry(0);
        return OSSClientBuilder.create()
                .endpoint(endpoint().toString())
                .region("local")
                .credentialsProvider(new DefaultCredentialProvider(id, secret, token))
                .clientConfiguration(configuration)
                .build();
    }

    OSS oss(TemporaryCredentials with, SignVersion version) {
        return oss(with.accessKeyId(), with.accessKeySecret(), with.securityToken(), version);
    }

    S3Client s3(TemporaryCredentials with) {
        return S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.of("local"))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsSessionCredentials.create(
                                        with.accessKeyId(),
                                        with.accessKeySecret(),
                                        with.securityToken())))
                .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)))
                .build();
    }

    @Override
    public void close() {
        door.close();
        access.close();
        storage.close();
    }
}
