package io.millrace.gateway.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.auth.SignatureVersion;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.aliyuncs.sts.model.v20150401.AssumeRoleRequest;
import com.aliyuncs.sts.model.v20150401.AssumeRoleResponse;
import com.aliyuncs.sts.model.v20150401.GetCallerIdentityRequest;
import com.aliyuncs.sts.model.v20150401.GetCallerIdentityResponse;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.Caller;
import io.millrace.access.MasterKey;
import io.millrace.access.RequestContext;
import io.millrace.access.Resolution;
import io.millrace.access.RootKey;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.http.HttpDoor;
import io.millrace.kit.http.HttpDoorOptions;
import io.millrace.work.Leases;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.StsException;

/** AssumeRole and GetCallerIdentity with both vendors' own clients. */
class StsDoorTest {
    private static final String ROLE = "acs:ram::100000000000:role/uploader";
    private static final String AWS_ROLE = "arn:aws:iam::100000000000:role/uploader";

    @TempDir Path directory;
    private RocksKeySpace keySpace;
    private Leases leases;
    private Access access;
    private HttpDoor http;
    private RootKey key;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        access =
                Access.open(
                        keySpace,
                        leases,
                        MasterKey.ephemeral(),
                        AccessOptions.defaults(),
                        Clocks.system());
        access.bootstrap(new RootKey("ROOTID", "ROOTSECRET")).orElseThrow();
        String allow = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",%s}]}";
        access.policies()
                .put("assume", allow.formatted("\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\""))
                .orThrow();
        access.policies()
                .put(
                        "upload",
                        allow.formatted(
                                "\"Action\":\"oss:PutObject\",\"Resource\":\"acs:oss:*:*:rec/*\""))
                .orThrow();
        access.users().create("backend", null, List.of("assume")).orThrow();
        key = access.keys().create("backend").orThrow();
        access.roles()
                .create(
                        "uploader",
                        allow.formatted(
                                "\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":"
                                        + "[\"acs:ram::100000000000:user/backend\"]}"),
                        Duration.ofHours(1),
                        List.of("upload"))
                .orThrow();
        StsDoor door = new StsDoor(access, Clocks.system());
        http =
                HttpDoor.open(
                        HttpDoorOptions.of("sts", "127.0.0.1", 0)
                                .atMost(16384, 100)
                                .idleAfter(Duration.ofSeconds(30)),
                        exchange -> {
                            if (door.takes(exchange)) {
                                door.handle(exchange);
                            } else {
                                exchange.status(418).send();
                            }
                        });
    }

    @AfterEach
    void close() {
        http.close();
        access.close();
        leases.close();
        keySpace.close();
    }

    private DefaultAcsClient alibaba(String id, String secret, SignatureVersion version) {
        DefaultAcsClient client =
                new DefaultAcsClient(DefaultProfile.getProfile("cn-hangzhou", id, secret));
        client.setSignatureVersion(version);
        return client;
    }

    private AssumeRoleRequest assume(String arn) {
        AssumeRoleRequest request = new AssumeRoleRequest();
        request.setSysEndpoint("127.0.0.1:" + http.port());
        request.setSysProtocol(ProtocolType.HTTP);
        request.setRoleArn(arn);
        request.setRoleSessionName("session-1");
        return request;
    }

    @Test
    void theAlibabaClientAssumesARoleWithEitherSignatureAndEitherFormat() throws Exception {
        for (SignatureVersion version : SignatureVersion.values()) {
            for (FormatType format : List.of(FormatType.JSON, FormatType.XML)) {
                AssumeRoleRequest request = assume(ROLE);
                request.setAcceptFormat(format);
                request.setDurationSeconds(900L);
                request.setPolicy(
                        "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                                + "\"oss:PutObject\",\"Resource\":\"acs:oss:*:*:rec/cam1/*\"}]}");
                AssumeRoleResponse answer =
                        alibaba(key.id(), key.secret(), version).getAcsResponse(request);
                AssumeRoleResponse.Credentials made = answer.getCredentials();
                assertEquals(24, answer.getRequestId().length());
                assertTrue(made.getAccessKeyId().startsWith("STS."));
                assertEquals(
                        "acs:ram::100000000000:assumed-role/uploader/session-1",
                        answer.getAssumedRoleUser().getArn());
                Resolution.Resolved resolved =
                        assertInstanceOf(
                                Resolution.Resolved.class,
                                access.resolve(made.getAccessKeyId(), made.getSecurityToken()));
                assertEquals(made.getAccessKeySecret(), resolved.secret());
                assertTrue(may(resolved.caller(), "rec/cam1/x"));
                assertTrue(!may(resolved.caller(), "rec/cam10/x"));
            }
        }
    }

    private boolean may(Caller caller, String resource) {
        return access.decide(
                        caller, "oss:PutObject", resource, RequestContext.of("R", "::1", false))
                .allowed();
    }

    @Test
    void theAlibabaClientReadsItsOwnErrors() {
        for (SignatureVersion version : SignatureVersion.values()) {
            alibabaFails(
                    "NoPermission", key.id(), key.secret(), version, r -> r.setRoleArn(ROLE + "2"));
            alibabaFails(
                    "InvalidParameter.RoleArn",
                    key.id(),
                    key.secret(),
                    version,
                    r -> r.setRoleArn("x"));
            alibabaFails(
                    "InvalidParameter.DurationSeconds",
                    key.id(),
                    key.secret(),
                    version,
                    r -> r.setDurationSeconds(4000L));
            alibabaFails(
                    "InvalidParameter.PolicyGrammar",
                    key.id(),
                    key.secret(),
                    version,
                    r -> r.setPolicy("{}"));
            alibabaFails("InvalidAccessKeyId.NotFound", "nobody", "x", version, r -> {});
            alibabaFails("SignatureDoesNotMatch", key.id(), "wrong", version, r -> {});
        }
    }

    private void alibabaFails(
            String code,
            String id,
            String secret,
            SignatureVersion version,
            Consumer<AssumeRoleRequest> change) {
        AssumeRoleRequest request = assume(ROLE);
        change.accept(request);
        ClientException e =
                assertThrows(
                        ClientException.class,
                        () -> alibaba(id, secret, version).getAcsResponse(request));
        // The client renames a signature error when it could compare the strings to sign.
        String seen = e.getErrCode();
        boolean renamed =
                code.equals("SignatureDoesNotMatch") && seen.equals("SDK.InvalidAccessKeySecret");
        assertTrue(seen.equals(code) || renamed, version + ": " + seen + " for " + code);
    }

    @Test
    void theAlibabaClientLearnsWhoItIs() throws Exception {
        for (SignatureVersion version : SignatureVersion.values()) {
            GetCallerIdentityRequest request = new GetCallerIdentityRequest();
            request.setSysEndpoint("127.0.0.1:" + http.port());
            request.setSysProtocol(ProtocolType.HTTP);
            GetCallerIdentityResponse me =
                    alibaba(key.id(), key.secret(), version).getAcsResponse(request);
            assertEquals("acs:ram::100000000000:user/backend", me.getArn());
            assertEquals("100000000000", me.getAccountId());
            assertEquals("RAMUser", me.getIdentityType());
        }
    }

    private StsClient aws(StaticCredentialsProvider credentials) {
        return StsClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + http.port()))
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)))
                .build();
    }

    private StsClient aws(String id, String secret) {
        return aws(StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret)));
    }

    @Test
    void theAwsClientAssumesARoleAndLearnsWhoItIs() {
        try (StsClient sts = aws(key.id(), key.secret())) {
            assertEquals("arn:aws:iam::100000000000:user/backend", sts.getCallerIdentity().arn());
            var answer =
                    sts.assumeRole(
                            r -> r.roleArn(AWS_ROLE).roleSessionName("s-1").durationSeconds(900));
            var made = answer.credentials();
            assertEquals(
                    "arn:aws:sts::100000000000:assumed-role/uploader/s-1",
                    answer.assumedRoleUser().arn());
            try (StsClient session =
                    aws(
                            StaticCredentialsProvider.create(
                                    AwsSessionCredentials.create(
                                            made.accessKeyId(),
                                            made.secretAccessKey(),
                                            made.sessionToken())))) {
                assertEquals(
                        "arn:aws:sts::100000000000:assumed-role/uploader/s-1",
                        session.getCallerIdentity().arn());
            }
        }
    }

    @Test
    void theAwsClientReadsItsOwnErrors() {
        awsFails("AccessDenied", key.id(), key.secret(), AWS_ROLE + "2", 900);
        awsFails("ValidationError", key.id(), key.secret(), AWS_ROLE, 4000);
        awsFails("InvalidClientTokenId", "nobody", "x", AWS_ROLE, 900);
        awsFails("SignatureDoesNotMatch", key.id(), "wrong", AWS_ROLE, 900);
    }

    private void awsFails(String code, String id, String secret, String arn, int seconds) {
        try (StsClient sts = aws(id, secret)) {
            StsException e =
                    assertThrows(
                            StsException.class,
                            () ->
                                    sts.assumeRole(
                                            r ->
                                                    r.roleArn(arn)
                                                            .roleSessionName("s-1")
                                                            .durationSeconds(seconds)));
            assertEquals(code, e.awsErrorDetails().errorCode());
        }
    }

    @Test
    void aRequestThatIsUnsignedOrSaysSomethingTwiceIsRefused() throws Exception {
        assertEquals(400, status("Action=AssumeRole&Version=2015-04-01"));
        assertEquals(403, status("Action=GetCallerIdentity&Version=2011-06-15"));
        assertEquals(400, status("Action=AssumeRole&Action=X&Version=2015-04-01"));
        assertEquals(400, status("Action=AssumeRole&Version=1999-01-01"));
        assertEquals(418, status("uploads"));
    }

    private int status(String query, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + http.port() + "/?" + query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void aReplayedRpcRequestIsRefused() throws Exception {
        String[] recorded = new String[1];
        try (HttpDoor tap =
                HttpDoor.open(
                        HttpDoorOptions.of("tap", "127.0.0.1", 0)
                                .atMost(16384, 10)
                                .idleAfter(Duration.ofSeconds(5)),
                        exchange -> {
                            recorded[0] = exchange.rawQuery();
                            exchange.status(500).send();
                        })) {
            AssumeRoleRequest request = assume(ROLE);
            request.setSysEndpoint("127.0.0.1:" + tap.port());
            request.setSysMethod(com.aliyuncs.http.MethodType.GET);
            assertThrows(
                    ClientException.class,
                    () ->
                            alibaba(key.id(), key.secret(), SignatureVersion.V1)
                                    .getAcsResponse(request));
        }
        String action = "x-acs-action";
        assertEquals(400, status(recorded[0], action, "GetCallerIdentity"), "not what was signed");
        assertEquals(400, status(recorded[0], "x-acs-version", "2011-06-15"));
        assertEquals(200, status(recorded[0], action, "AssumeRole"));
        assertEquals(400, status(recorded[0]));
    }
}
