package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.RootKey;
import io.millrace.access.TemporaryCredentials;
import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.StsException;

/**
 * A door and somebody who holds a session for {@code cams/cam1/} and nothing else. After each
 * attack whatever lies elsewhere must be as it was.
 */
abstract class AttackRig {
    static final AccessKey ROOT = new AccessKey("ROOTID", "ROOTSECRET");
    static final String OWN = "/records/cams/cam1/";
    static final String THEIRS = "/records/cams/cam2/k";
    static final String SECRET = "/records/secret/k";
    static final String ALLOW = "{\"Version\":\"1\",\"Statement\":[%s]}";
    static final String TRUST =
            "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\","
                    + "\"Principal\":{\"RAM\":\"acs:ram::100000000000:%s\"}%s}]}";

    @TempDir static Path directory;
    static TrustFixture server;
    static AccessKey session;

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
    record Answer(int status, String text) {
        String body() {
            return text.substring(text.indexOf("\r\n\r\n") + 4);
        }

        String between(String from, String to) {
            int start = text.indexOf(from) + from.length();
            return text.substring(start, text.indexOf(to, start));
        }
    }

    static AccessKey key(TemporaryCredentials made) {
        return new AccessKey(made.accessKeyId(), made.accessKeySecret(), made.securityToken());
    }

    static List<Map.Entry<String, String>> headers(String... headers) {
        List<Map.Entry<String, String>> all = new ArrayList<>();
        all.add(Map.entry("Host", host()));
        for (int i = 0; i < headers.length; i += 2) {
            all.add(Map.entry(headers[i], headers[i + 1]));
        }
        return all;
    }

    static String host() {
        return "127.0.0.1:" + server.endpoint().getPort();
    }

    static SignedRequest plain(String method, String target, String... headers) {
        int question = target.indexOf('?');
        return new SignedRequest(
                method,
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                headers(headers));
    }

    static SignedRequest signedS3(AccessKey by, Instant when, String body, SignedRequest request) {
        return request.with(
                new SigV4Signer(by, "local", "s3")
                        .sign(request, SigV4Signer.payloadHash(utf8(body)), when));
    }

    static SignedRequest signedOss(AccessKey by, Instant when, SignedRequest request) {
        return request.with(new OssSigner(by, "local").signV4(request, when));
    }

    static Answer s3(AccessKey by, String method, String target, String body, String... headers)
            throws IOException {
        return send(signedS3(by, Instant.now(), body, plain(method, target, headers)), body);
    }

    static Answer oss(AccessKey by, String method, String target, String body, String... headers)
            throws IOException {
        return send(signedOss(by, Instant.now(), plain(method, target, headers)), body);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The request as it goes over the wire, with more lines behind its headers. */
    static String wire(SignedRequest request, String body, String... lines) {
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

    static Answer send(SignedRequest request, String body, String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("Content-Length: " + utf8(body).length);
        return raw(wire(request, body, all.toArray(String[]::new)));
    }

    static Answer raw(String text) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(utf8(text));
            return answer(socket);
        } catch (SocketException e) {
            return new Answer(0, ""); // closed in the middle of what it would not read
        }
    }

    static Answer answer(Socket socket) throws IOException {
        String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(answer.isEmpty() ? 0 : Integer.parseInt(answer.substring(9, 12)), answer);
    }

    static void refused(Answer answer, String what) {
        assertTrue(
                answer.status() == 0
                        || answer.status() == 501
                        || answer.status() >= 400 && answer.status() < 500,
                what + " -> " + answer.text());
    }

    static StsClient sts(AccessKey by) {
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

    static AssumeRoleRequest role(String name) {
        return AssumeRoleRequest.builder()
                .roleArn("arn:aws:iam::100000000000:role/" + name)
                .roleSessionName("attack")
                .build();
    }

    static String code(StsClient sts, AssumeRoleRequest request) {
        return assertThrows(StsException.class, () -> sts.assumeRole(request), request::toString)
                .awsErrorDetails()
                .errorCode();
    }

    static AccessKey person(String name, String statements) {
        server.access.policies().put("of-" + name, ALLOW.formatted(statements)).orThrow();
        server.access.users().create(name, null, List.of("of-" + name)).orThrow();
        RootKey made = server.access.keys().create(name).orThrow();
        return new AccessKey(made.id(), made.secret());
    }
}
