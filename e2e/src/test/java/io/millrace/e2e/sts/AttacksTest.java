package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Change;
import io.millrace.access.RootKey;
import io.millrace.access.TemporaryCredentials;
import io.millrace.e2e.Clients;
import io.millrace.e2e.DeviceClient;
import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.StsException;

/**
 * Known attacks on object stores with temporary credentials, each tried at the real door by
 * somebody who holds a session for {@code cams/cam1/} and nothing else. After each of them whatever
 * lies elsewhere must be as it was.
 */
@Timeout(120)
class AttacksTest {
    private static final AccessKey ROOT = new AccessKey("ROOTID", "ROOTSECRET");
    private static final String OWN = "/records/cams/cam1/";
    private static final String THEIRS = "/records/cams/cam2/k";
    private static final String SECRET = "/records/secret/k";
    private static final String ALLOW = "{\"Version\":\"1\",\"Statement\":[%s]}";
    private static final String TRUST =
            "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\","
                    + "\"Principal\":{\"RAM\":\"acs:ram::100000000000:%s\"}%s}]}";

    @TempDir static Path directory;
    private static TrustFixture server;
    private static AccessKey session;

    @BeforeAll
    static void open() throws Exception {
        server = new TrustFixture(directory);
        session = key(server.aws(TrustFixture.only("cams/cam1")));
        assertEquals(200, s3(ROOT, "PUT", THEIRS, "theirs").status());
        assertEquals(200, s3(ROOT, "PUT", SECRET, "secret").status());
    }

    @AfterAll
    static void close() {
        server.close();
    }

    @AfterEach
    void nothingElsewhereHasChanged() throws Exception {
        String listed = s3(ROOT, "GET", "/records?list-type=2", "").text();
        List<String> elsewhere = new ArrayList<>();
        Matcher key = Pattern.compile("<Key>([^<]*)</Key>").matcher(listed);
        while (key.find()) {
            if (!key.group(1).startsWith("cams/cam1/")) {
                elsewhere.add(key.group(1));
            }
        }
        assertEquals(List.of("cams/cam2/k", "secret/k"), elsewhere);
        assertEquals("theirs", s3(ROOT, "GET", THEIRS, "").body());
        assertEquals("secret", s3(ROOT, "GET", SECRET, "").body());
    }

    /** An answer; status 0 when the door closed without one. */
    private record Answer(int status, String text) {
        String body() {
            return text.substring(text.indexOf("\r\n\r\n") + 4);
        }

        String between(String from, String to) {
            int start = text.indexOf(from) + from.length();
            return text.substring(start, text.indexOf(to, start));
        }
    }

    private static AccessKey key(TemporaryCredentials made) {
        return new AccessKey(made.accessKeyId(), made.accessKeySecret(), made.securityToken());
    }

    private static List<Map.Entry<String, String>> headers(String... headers) {
        List<Map.Entry<String, String>> all = new ArrayList<>();
        all.add(Map.entry("Host", host()));
        for (int i = 0; i < headers.length; i += 2) {
            all.add(Map.entry(headers[i], headers[i + 1]));
        }
        return all;
    }

    private static String host() {
        return "127.0.0.1:" + server.endpoint().getPort();
    }

    private static SignedRequest plain(String method, String target, String... headers) {
        int question = target.indexOf('?');
        return new SignedRequest(
                method,
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                headers(headers));
    }

    private static SignedRequest signedS3(
            AccessKey by, Instant when, String body, SignedRequest request) {
        return request.with(
                new SigV4Signer(by, "local", "s3")
                        .sign(request, SigV4Signer.payloadHash(utf8(body)), when));
    }

    private static SignedRequest signedOss(AccessKey by, Instant when, SignedRequest request) {
        return request.with(new OssSigner(by, "local").signV4(request, when));
    }

    private static Answer s3(
            AccessKey by, String method, String target, String body, String... headers)
            throws IOException {
        return send(signedS3(by, Instant.now(), body, plain(method, target, headers)), body);
    }

    private static Answer oss(
            AccessKey by, String method, String target, String body, String... headers)
            throws IOException {
        return send(signedOss(by, Instant.now(), plain(method, target, headers)), body);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The request as it goes over the wire, with more lines behind its headers. */
    private static String wire(SignedRequest request, String body, String... lines) {
        StringBuilder text = new StringBuilder(request.method() + " " + request.rawPath());
        if (!request.rawQuery().isEmpty()) {
            text.append('?').append(request.rawQuery());
        }
        text.append(" HTTP/1.1\r\n");
        request.headers().forEach(h -> text.append(h.getKey() + ": " + h.getValue() + "\r\n"));
        for (String line : lines) {
            text.append(line).append("\r\n");
        }
        return text + "Connection: close\r\n\r\n" + body;
    }

    private static Answer send(SignedRequest request, String body, String... lines)
            throws IOException {
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("Content-Length: " + utf8(body).length);
        return raw(wire(request, body, all.toArray(String[]::new)));
    }

    private static Answer raw(String text) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(utf8(text));
            return answer(socket);
        } catch (SocketException e) {
            return new Answer(0, ""); // closed in the middle of what it would not read
        }
    }

    private static Answer answer(Socket socket) throws IOException {
        String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(answer.isEmpty() ? 0 : Integer.parseInt(answer.substring(9, 12)), answer);
    }

    private static void refused(Answer answer, String what) {
        assertTrue(
                answer.status() == 0
                        || answer.status() == 501
                        || answer.status() >= 400 && answer.status() < 500,
                what + " -> " + answer.text());
    }

    private static StsClient sts(AccessKey by) {
        return StsClient.builder()
                .endpointOverride(server.endpoint())
                .region(Region.of("local"))
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsSessionCredentials.create(
                                        by.id(), by.secret(), by.securityToken())))
                .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)))
                .build();
    }

    private static AssumeRoleRequest role(String name) {
        return AssumeRoleRequest.builder()
                .roleArn("arn:aws:iam::100000000000:role/" + name)
                .roleSessionName("attack")
                .build();
    }

    private static String code(StsClient sts, AssumeRoleRequest request) {
        return assertThrows(StsException.class, () -> sts.assumeRole(request), request::toString)
                .awsErrorDetails()
                .errorCode();
    }

    private static AccessKey person(String name, String statements) {
        server.access.policies().put("of-" + name, ALLOW.formatted(statements)).orThrow();
        server.access.users().create(name, null, List.of("of-" + name)).orThrow();
        RootKey made = server.access.keys().create(name).orThrow();
        return new AccessKey(made.id(), made.secret());
    }

    @Test
    void aConfusedDeputyWithoutTheExternalId() throws Exception {
        String condition = ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"customer-7\"}}";
        server.access
                .roles()
                .create(
                        "deputy",
                        TRUST.formatted("user/backend", condition),
                        Duration.ofHours(1),
                        List.of("objects"))
                .orThrow();
        AssumeRoleRequest role = role("deputy");
        try (StsClient sts =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            assertEquals("AccessDenied", code(sts, role));
            for (String wrong : List.of("customer-8", "CUSTOMER-7", "customer-77", "customer*")) {
                String code = code(sts, role.toBuilder().externalId(wrong).build());
                assertTrue(List.of("AccessDenied", "ValidationError").contains(code), wrong);
            }
            sts.assumeRole(role.toBuilder().externalId("customer-7").build());
        }
        String form =
                "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A100000000000%3Arole%2Fdeputy"
                        + "&RoleSessionName=attack&ExternalId=customer-8&ExternalId=customer-7";
        SignedRequest twice =
                plain("POST", "/", "Content-Type", "application/x-www-form-urlencoded");
        AccessKey backend = new AccessKey(server.backend.id(), server.backend.secret());
        refused(
                send(
                        twice.with(
                                new SigV4Signer(backend, "local", "sts")
                                        .sign(
                                                twice,
                                                SigV4Signer.payloadHash(utf8(form)),
                                                Instant.now())),
                        form),
                "two external ids");
    }

    @Test
    void aChainOfRolesThatExtendsALifetime() {
        server.access
                .policies()
                .put(
                        "chain",
                        ALLOW.formatted(
                                "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}"))
                .orThrow();
        String first = TRUST.formatted("user/backend", "");
        String link = TRUST.formatted("role/first", "");
        server.access
                .roles()
                .create("first", first, Duration.ofHours(1), List.of("chain"))
                .orThrow();
        server.access.roles().create("second", link, Duration.ofHours(12), List.of()).orThrow();
        try (StsClient backend =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            var short15 =
                    backend.assumeRole(role("first").toBuilder().durationSeconds(900).build())
                            .credentials();
            try (StsClient sts =
                    sts(
                            new AccessKey(
                                    short15.accessKeyId(),
                                    short15.secretAccessKey(),
                                    short15.sessionToken()))) {
                assertEquals(
                        "ValidationError",
                        code(sts, role("second").toBuilder().durationSeconds(7200).build()));
                Instant end = sts.assumeRole(role("second")).credentials().expiration();
                assertEquals(short15.expiration(), end);
                assertEquals("AccessDenied", code(sts, role("first")), "a role trusts not itself");
            }
        }
    }

    @Test
    void aSessionPolicyWidenedThroughAnotherCall() throws Exception {
        String all = ALLOW.formatted("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");
        try (StsClient sts = sts(session)) {
            assertEquals(
                    "AccessDenied", code(sts, role("uploader").toBuilder().policy(all).build()));
        }
        AccessKey wide = key(server.aws(all));
        assertEquals(403, s3(wide, "GET", "/", "").status());
        assertEquals(403, s3(wide, "DELETE", "/records", "").status());
        assertEquals(403, s3(wide, "GET", "/records?list-type=2", "").status());
        AccessKey mixed = new AccessKey(session.id(), session.secret(), wide.securityToken());
        refused(s3(mixed, "GET", SECRET, ""), "the other session's token");
        String link =
                new SigV4Signer(session, "local", "s3")
                        .presign(plain("GET", SECRET), Duration.ofMinutes(5), Instant.now());
        assertEquals(403, send(plain("GET", SECRET + "?" + link), "").status());
        String old =
                new OssSigner(session, "local")
                        .presignV1(plain("GET", SECRET), Instant.now().plusSeconds(60));
        assertEquals(403, send(plain("GET", SECRET + "?" + old), "").status());
    }

    /** The shape of CVE-2025-31489: the body's form decided whether the signature was looked at. */
    @Test
    void anUnsignedTrailerUploadWithAForgedOrMixedCredential() throws Exception {
        String form = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        String body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        SignedRequest request =
                plain(
                        "PUT",
                        "/records/secret/forged",
                        "x-amz-decoded-content-length",
                        "5",
                        "content-encoding",
                        "aws-chunked",
                        "x-amz-trailer",
                        "x-amz-checksum-crc32");
        Instant now = Instant.now();
        SignedRequest good =
                request.with(new SigV4Signer(ROOT, "local", "s3").sign(request, form, now));
        String signature = good.header("Authorization");
        AccessKey backend = new AccessKey(server.backend.id(), server.backend.secret());
        List<AccessKey> forged =
                List.of(
                        new AccessKey(ROOT.id(), "guessed"),
                        new AccessKey(ROOT.id(), backend.secret()),
                        new AccessKey(ROOT.id(), session.secret(), session.securityToken()),
                        new AccessKey(session.id(), session.secret()),
                        new AccessKey(backend.id(), backend.secret(), session.securityToken()));
        for (AccessKey each : forged) {
            refused(
                    send(
                            request.with(
                                    new SigV4Signer(each, "local", "s3").sign(request, form, now)),
                            body),
                    each.id());
        }
        for (@Nullable String bent :
                new @Nullable String[] {
                    null,
                    String.valueOf(signature)
                            .replaceFirst("Signature=.*", "Signature=" + "0".repeat(64)),
                    String.valueOf(signature).replaceFirst("Signature=.*", "Signature="),
                    String.valueOf(signature).replaceFirst(", Signature=.*", "")
                }) {
            List<Map.Entry<String, String>> sent = new ArrayList<>(good.headers());
            sent.removeIf(h -> h.getKey().equals("Authorization"));
            if (bent != null) {
                sent.add(Map.entry("Authorization", bent));
            }
            refused(
                    send(new SignedRequest("PUT", good.rawPath(), "", sent), body),
                    String.valueOf(bent));
        }
        String link =
                new SigV4Signer(new AccessKey(ROOT.id(), "guessed"), "local", "s3")
                        .presign(
                                plain("PUT", "/records/secret/forged"), Duration.ofMinutes(5), now);
        refused(
                send(
                        new SignedRequest("PUT", good.rawPath(), link, request.headers()),
                        body,
                        "x-amz-content-sha256: " + form),
                "a forged link");
        assertEquals(404, s3(ROOT, "HEAD", "/records/secret/forged", "").status());
    }

    @Test
    void namesThatLeaveAPrefix() throws Exception {
        for (String outside :
                List.of(
                        "cams/cam2/k",
                        "cams/cam10/k",
                        "cams/cam1",
                        "cams/cam1.",
                        "cams/cam1./k",
                        "cams/cam1%20/k",
                        "cams/cam1%00/k",
                        "cams/CAM1/k",
                        "Cams/cam1/k",
                        "cams//cam1/k",
                        "/cams/cam1/k",
                        "./cams/cam1/k",
                        "../records/cams/cam1/k",
                        "cams/./cam1/k",
                        "cams/x/../cam1/k",
                        "cams/x/%2e%2e/cam1/k",
                        "%2e%2e/records/cams/cam1/k",
                        "cams%252Fcam1%252Fk",
                        "cams/cam1%252Fk",
                        "cams%5Ccam1%5Ck",
                        "cams/cam1%5Ck",
                        "cams%c0%afcam1/k",
                        "cams/cam1%E2%88%95k",
                        "cams/%EF%BD%83am1/k",
                        "cams/%E2%80%8Bcam1/k",
                        "",
                        "?x-id=PutObject")) {
            refused(s3(session, "PUT", "/records/" + outside, "mine"), outside);
            refused(oss(session, "PUT", "/records/" + outside, "mine"), outside);
            refused(s3(session, "GET", "/records/" + outside, ""), outside);
        }
        // These are names below cams/cam1/ like any others, whatever they look like.
        for (String inside :
                List.of(
                        "../cam2/k",
                        "%2e%2e/cam2/k",
                        "..%2Fcam2%2Fk",
                        "%252e%252e/cam2/k",
                        "..%5Ccam2%5Ck",
                        "/../../cam2/k",
                        "k.",
                        "./k",
                        "%C3%A9",
                        "e%CC%81")) {
            Answer put = s3(session, "PUT", OWN + inside, inside);
            assertEquals(200, put.status(), inside + " -> " + put.text());
            assertEquals(inside, s3(session, "GET", OWN + inside, "").body());
        }
        AccessKey composed = key(server.aws(TrustFixture.only("cams/caf\u00e9")));
        refused(s3(composed, "PUT", "/records/cams/cafe%CC%81/k", "x"), "the other Unicode form");
        assertEquals(200, s3(composed, "PUT", "/records/cams/caf%C3%A9/k", "x").status());
        assertEquals(204, s3(ROOT, "DELETE", "/records/cams/caf%C3%A9/k", "").status());
    }

    @Test
    void anotherPrefixThroughCopyMultipartAndBatch() throws Exception {
        for (String source :
                List.of(
                        "/records/secret/k",
                        "records/secret/k",
                        "records%2Fsecret%2Fk",
                        "/records/cams%2Fcam2%2Fk",
                        "//records/secret/k",
                        "/records//secret/k",
                        "/records/secret/k?versionId=null")) {
            refused(s3(session, "PUT", OWN + "copy", "", "x-amz-copy-source", source), source);
            refused(oss(session, "PUT", OWN + "copy", "", "x-oss-copy-source", source), source);
        }
        assertEquals(200, s3(session, "PUT", OWN + "../cam2/k", "mine").status());
        for (String dots : List.of("..", "%2e%2e", "%2E.")) {
            String source = OWN + dots + "/cam2/k";
            Answer copied = s3(session, "PUT", OWN + "copy", "", "x-amz-copy-source", source);
            assertEquals(200, copied.status(), copied.text());
            assertEquals("mine", s3(session, "GET", OWN + "copy", "").body(), "a name, no path");
        }
        String begun =
                s3(ROOT, "POST", "/records/cams/cam2/big?uploads=", "").between("<UploadId>", "<");
        String own = s3(session, "POST", OWN + "big?uploads=", "").between("<UploadId>", "<");
        String part = "?partNumber=1&uploadId=";
        Answer put = s3(session, "PUT", OWN + "big" + part + own, "part");
        assertEquals(200, put.status(), put.text());
        refused(s3(session, "PUT", "/records/cams/cam2/big" + part + begun, "x"), "their upload");
        refused(s3(session, "PUT", OWN + "big" + part + begun, "x"), "their upload, our key");
        refused(
                s3(session, "PUT", "/records/cams/cam2/big" + part + own, "x"),
                "our upload, their key");
        refused(s3(session, "DELETE", OWN + "big?uploadId=" + begun, ""), "ending their upload");
        refused(s3(session, "GET", OWN + "big?uploadId=" + begun, ""), "reading their parts");
        for (String source : List.of("/records/secret/k", "/records/cams%2Fcam2%2Fk")) {
            refused(
                    s3(
                            session,
                            "PUT",
                            OWN + "big?partNumber=2&uploadId=" + own,
                            "",
                            "x-amz-copy-source",
                            source),
                    source);
        }
        String complete =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>";
        refused(
                s3(session, "POST", "/records/secret/k?uploadId=" + own, complete),
                "our upload becomes their object");
        refused(s3(session, "POST", OWN + "big?uploadId=" + begun, complete), "their upload, ours");
        assertEquals(
                204, s3(ROOT, "DELETE", "/records/cams/cam2/big?uploadId=" + begun, "").status());
        assertEquals(
                204, s3(ROOT, "DELETE", "/records/cams/cam1/big?uploadId=" + own, "").status());

        AccessKey deleter =
                key(
                        server.aws(
                                ALLOW.formatted(
                                        "{\"Effect\":\"Allow\",\"Action\":\"oss:*\",\"Resource\":\"acs:oss:*:*:records/cams/cam1/*\"}")));
        for (String name : List.of("secret/k", "cams/cam2/k", "cams/cam1/../cam2/k", "/secret/k")) {
            String batch =
                    "<Delete><Object><Key>cams/cam1/none</Key></Object><Object><Key>"
                            + name
                            + "</Key></Object></Delete>";
            String digest =
                    Base64.getEncoder()
                            .encodeToString(MessageDigest.getInstance("MD5").digest(utf8(batch)));
            Answer s3 = s3(deleter, "POST", "/records?delete=", batch, "Content-MD5", digest);
            Answer oss = oss(deleter, "POST", "/records?delete", batch, "Content-MD5", digest);
            assertTrue(s3.status() < 500, s3.text());
            assertTrue(oss.status() < 500, oss.text());
        }
    }

    @Test
    void aDeviceNamedLikeAPattern() throws Exception {
        for (String id :
                List.of(
                        "*",
                        "cam*",
                        "cam?",
                        "${acs:userName}",
                        "..",
                        "cam1/",
                        "cam1/../cam2",
                        "")) {
            assertInstanceOf(
                    Change.Invalid.class,
                    server.access.devices().register(id, "records", "dev/", server.access.root()),
                    id);
            assertNotEquals(200, DeviceClient.token(server.endpoint(), id, "secret").status(), id);
        }
        List<String> prefixes = List.of("*/", "cams/*/", "cams/cam?/", "cams/${acs:userName}/");
        for (String prefix : prefixes) {
            var made =
                    server.access
                            .devices()
                            .register("star", "records", prefix, server.access.root());
            if (made instanceof Change.Invalid) {
                continue;
            }
            String secret =
                    DeviceClient.enrol(server.endpoint(), made.orThrow().code())
                            .body()
                            .path("deviceSecret")
                            .asText();
            AccessKey star = key(server.device("star", secret));
            for (String target :
                    List.of(
                            "/records/cams/cam2/k",
                            "/records/cams/cam3/k",
                            "/records/cams/star/k")) {
                assertEquals(403, s3(star, "PUT", target, "x").status(), prefix + " " + target);
                assertEquals(
                        403,
                        oss(star, "POST", target + "?append&position=0", "x").status(),
                        prefix);
            }
            server.access.devices().delete("star").orThrow();
        }
    }

    @Test
    void aDenyDodgedByCaseOrNotAction() throws Exception {
        String allow =
                "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",%s,"
                        + "\"Resource\":\"acs:oss:*:*:records/secret/*\"}";
        List<AccessKey> held =
                List.of(
                        person(
                                "upper",
                                allow.formatted(
                                        "\"Action\":[\"OSS:DELETEOBJECT\",\"oss:PUTOBJECT\"]")),
                        person(
                                "s3",
                                allow.formatted(
                                        "\"Action\":[\"s3:deleteobject\",\"S3:PutObject\"]")),
                        person("but", allow.formatted("\"NotAction\":\"OSS:getobject\"")));
        String batch = "<Delete><Object><Key>secret/k</Key></Object></Delete>";
        for (AccessKey by : held) {
            assertEquals("secret", s3(by, "GET", SECRET, "").body(), "reading is not denied");
            assertEquals(403, s3(by, "DELETE", SECRET, "").status());
            assertEquals(403, oss(by, "DELETE", SECRET, "").status());
            assertEquals(403, s3(by, "PUT", SECRET, "x").status());
            assertEquals(403, s3(by, "POST", SECRET + "?uploads=", "").status());
            assertEquals(403, oss(by, "POST", SECRET + "?append&position=6", "x").status());
            assertEquals(403, s3(by, "PUT", SECRET, "", "x-amz-copy-source", THEIRS).status());
            Answer all = s3(by, "POST", "/records?delete=", batch);
            assertFalse(all.text().contains("<Deleted>"), all.text());
        }
    }

    @Test
    void aPolicyWithDuplicateKeysOrTooLargeOrDeep() {
        String statement = "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}";
        List<String> bad =
                List.of(
                        ALLOW.formatted(
                                "{\"Effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        ALLOW.formatted(
                                "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        ALLOW.formatted(
                                "{\"effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        "{\"Version\":\"1\",\"Statement\":[],\"Statement\":[" + statement + "]}",
                        ALLOW.formatted(statement) + "{}",
                        "{\"Version\":\"1\",\"Statement\":"
                                + "[".repeat(900)
                                + "]".repeat(900)
                                + "}",
                        ALLOW.formatted(statement) + " ".repeat(4000));
        try (StsClient sts =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            for (String policy : bad) {
                StsException refused =
                        assertThrows(
                                StsException.class,
                                () ->
                                        sts.assumeRole(
                                                role("uploader").toBuilder()
                                                        .policy(policy)
                                                        .build()),
                                policy);
                assertEquals(400, refused.statusCode(), policy);
            }
        }
    }

    @Test
    void anExpiredFutureForeignTamperedOrReplayedRequest() throws Exception {
        Instant now = Instant.now();
        for (Duration off :
                List.of(
                        Duration.ofMinutes(-16),
                        Duration.ofMinutes(16),
                        Duration.ofDays(-1),
                        Duration.ofDays(365))) {
            refused(send(signedS3(ROOT, now.plus(off), "", plain("DELETE", SECRET)), ""), "" + off);
            refused(send(signedOss(ROOT, now.plus(off), plain("DELETE", SECRET)), ""), "" + off);
        }
        String ended =
                new SigV4Signer(ROOT, "local", "s3")
                        .presign(
                                plain("GET", SECRET), Duration.ofSeconds(60), now.minusSeconds(61));
        refused(send(plain("GET", SECRET + "?" + ended), ""), "a link that has ended");
        for (AccessKey by :
                List.of(
                        new AccessKey("NOBODY", ROOT.secret()),
                        new AccessKey(ROOT.id(), "other"),
                        new AccessKey(ROOT.id().toLowerCase(Locale.ROOT), ROOT.secret()))) {
            assertEquals(403, s3(by, "DELETE", SECRET, "").status());
            assertEquals(403, oss(by, "DELETE", SECRET, "").status());
        }
        for (SignedRequest good :
                List.of(
                        signedS3(ROOT, now, "mine", plain("PUT", OWN + "t", "x-amz-meta-a", "1")),
                        signedOss(ROOT, now, plain("PUT", OWN + "t", "x-oss-meta-a", "1")))) {
            boolean s3 = good.header("x-amz-date") != null;
            refused(send(with(good, "DELETE", good.rawPath(), ""), ""), "another method");
            refused(send(with(good, "PUT", SECRET, ""), "mine"), "another key");
            refused(send(with(good, "PUT", good.rawPath(), "acl"), "mine"), "another operation");
            if (s3) {
                refused(send(good, "evil"), "another body");
            }
            List<Map.Entry<String, String>> bent = new ArrayList<>(good.headers());
            bent.replaceAll(h -> h.getKey().contains("-meta-") ? Map.entry(h.getKey(), "2") : h);
            refused(
                    send(new SignedRequest("PUT", good.rawPath(), "", bent), "mine"),
                    "another header");
            assertEquals(200, send(good, "mine").status(), "as it was signed");
        }
        SignedRequest append =
                signedOss(session, now, plain("POST", OWN + "log?append&position=0"));
        assertEquals(200, send(append, "line").status());
        assertEquals(409, send(append, "line").status(), "a replayed append adds nothing");
        assertEquals("line", s3(session, "GET", OWN + "log", "").body());

        String code =
                server.access
                        .devices()
                        .register("replay", "records", "cams/cam1/dev/", server.access.root())
                        .orThrow()
                        .code();
        String secret =
                DeviceClient.enrol(server.endpoint(), code).body().path("deviceSecret").asText();
        HttpRequest ask = DeviceClient.asking(server.endpoint(), "replay", secret);
        assertEquals(200, DeviceClient.send(ask).status());
        assertEquals(403, DeviceClient.send(ask).status(), "a replayed request for a token");
    }

    private static SignedRequest with(
            SignedRequest good, String method, String path, String query) {
        return new SignedRequest(method, path, query, good.headers());
    }

    @Test
    void aVendorHeaderThatIsNotSigned() throws Exception {
        Instant now = Instant.now();
        for (String line :
                List.of(
                        "x-oss-copy-source: /records/secret/k",
                        "x-amz-copy-source: /records/secret/k",
                        "X-Oss-Object-Acl: public-read",
                        "x-amz-acl: public-read",
                        "x-oss-meta-a: b",
                        "x-amz-security-token: x",
                        "x-oss-security-token: x")) {
            refused(send(signedS3(ROOT, now, "", plain("PUT", OWN + "h")), "", line), line);
            refused(send(signedOss(ROOT, now, plain("PUT", OWN + "h")), "", line), line);
        }
        assertEquals(404, s3(ROOT, "HEAD", OWN + "h", "").status());
    }

    @Test
    void aSecondAuthorizationOrDate() throws Exception {
        Instant now = Instant.now();
        SignedRequest mine = signedS3(session, now, "", plain("GET", SECRET));
        SignedRequest roots = signedS3(ROOT, now, "", plain("GET", SECRET));
        SignedRequest rootsOss = signedOss(ROOT, now, plain("GET", SECRET));
        for (String line :
                List.of(
                        "Authorization: " + mine.header("Authorization"),
                        "authorization: " + roots.header("Authorization"),
                        "Authorization: Basic eDp5",
                        "Authorization: ",
                        "X-Amz-Date: " + roots.header("x-amz-date"),
                        "x-amz-date: 20200101T000000Z")) {
            refused(send(roots, "", line), line);
            refused(send(mine, "", line), line);
        }
        refused(send(rootsOss, "", "Authorization: " + rootsOss.header("Authorization")), "OSS");
        refused(send(rootsOss, "", "x-oss-date: " + rootsOss.header("x-oss-date")), "OSS date");
        assertEquals("secret", send(roots, "").body());
    }

    /** What would be read behind the first request is one that root signed, and would be done. */
    @Test
    void aRequestSmuggledBehindAnother() throws Exception {
        String hidden =
                wire(
                        signedS3(ROOT, Instant.now(), "", plain("PUT", "/records/secret/smuggled")),
                        "",
                        "Content-Length: 0");
        String host = "Host: " + host() + "\r\n";
        for (String first :
                List.of(
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n" + host + "Content-Length: +0\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n" + host + "X-A: b\r\n folded: c\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n"
                                + host
                                + "X-A: b\r\n\tContent-Length: 0\r\n\r\n",
                        "GET http://elsewhere/records/x HTTP/1.1\r\n" + host + "\r\n",
                        "GET /records/x HTTP/1.1\r\n" + host + "Host: elsewhere\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n\r\n")) {
            Answer answer = raw(first + hidden);
            refused(answer, first);
            assertTrue(answer.text().split("HTTP/1\\.1 ", -1).length <= 2, answer.text());
        }
        assertEquals(404, s3(ROOT, "HEAD", "/records/secret/smuggled", "").status());
    }

    @Test
    void aForgedXForwardedFor() throws Exception {
        String from =
                "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Resource\":\"*\",\"Condition\":"
                        + "{\"IpAddress\":{\"acs:SourceIp\":\"%s\"}}}";
        AccessKey office = person("office", from.formatted("203.0.113.0/24"));
        AccessKey here = person("here", from.formatted("127.0.0.0/8"));
        for (String line :
                List.of(
                        "X-Forwarded-For: 203.0.113.9",
                        "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
                        "Forwarded: for=203.0.113.9",
                        "X-Real-IP: 203.0.113.9",
                        "True-Client-IP: 203.0.113.9",
                        "CF-Connecting-IP: 203.0.113.9")) {
            Answer forged =
                    send(signedS3(office, Instant.now(), "", plain("GET", SECRET)), "", line);
            assertEquals(403, forged.status(), line);
            Answer own = send(signedS3(here, Instant.now(), "", plain("GET", SECRET)), "", line);
            assertEquals(200, own.status(), line);
        }
    }

    @Test
    void aSlowAppendHoldsNothingUpAndAddsNothing() throws Exception {
        String target = OWN + "slow?append&position=0";
        String request =
                wire(
                        signedOss(session, Instant.now(), plain("POST", target)),
                        "",
                        "Content-Length: 100000");
        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(utf8(request + "a".repeat(60_000)));
            assertEquals(
                    200, oss(session, "POST", target, "quick").status(), "it waits for nobody");
            socket.getOutputStream().write(utf8("a".repeat(40_000)));
            assertEquals(409, answer(socket).status());
        }
        assertEquals("quick", s3(session, "GET", OWN + "slow", "").body());
    }

    @Test
    void anOversizedChunk() throws Exception {
        SignedRequest request =
                plain(
                        "PUT",
                        OWN + "chunk",
                        "x-amz-decoded-content-length",
                        "5",
                        "content-encoding",
                        "aws-chunked");
        SignedRequest good =
                request.with(
                        new SigV4Signer(session, "local", "s3")
                                .sign(
                                        request,
                                        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                        Instant.now()));
        for (String body :
                List.of(
                        "6\r\nhello!\r\n0\r\n\r\n",
                        "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "-5\r\nhello\r\n0\r\n\r\n",
                        "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
                        "5;" + "x".repeat(100_000) + "\r\nhello\r\n0\r\n\r\n")) {
            refused(send(good, body), body.substring(0, Math.min(40, body.length())));
        }
        SignedRequest plain =
                signedS3(session, Instant.now(), "hello", plain("PUT", OWN + "chunk"));
        for (String body :
                List.of(
                        "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "5;" + "x".repeat(100_000) + "\r\nhello\r\n0\r\n\r\n")) {
            refused(
                    raw(wire(plain, body, "Transfer-Encoding: chunked")),
                    body.substring(0, Math.min(40, body.length())));
        }
        assertEquals(404, s3(ROOT, "HEAD", OWN + "chunk", "").status());
    }
}
