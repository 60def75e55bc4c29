package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs sign for this server alone, over the whole request; a change counts once. */
class SignedAdminTest {
    private static final String BUCKETS = "/api/buckets";
    private static final byte[] BODY =
            "{\"name\":\"films\",\"acl\":\"private\"}".getBytes(StandardCharsets.UTF_8);

    @TempDir Path directory;
    private ConsoleFixture console;
    private AccessKey root;

    @BeforeEach
    void open() {
        console = new ConsoleFixture(directory);
        root = new AccessKey(console.first.rootKey().id(), console.first.rootKey().secret());
    }

    @AfterEach
    void close() throws Exception {
        console.close();
    }

    private SignedRequest post() {
        String host = console.uri("/").getAuthority();
        return new SignedRequest("POST", BUCKETS, "", List.of(Map.entry("Host", host)));
    }

    private ConsoleFixture.Answer send(
            String target, List<Map.Entry<String, String>> headers, byte[] body) {
        return console.raw("POST", target, headers, body);
    }

    private List<Map.Entry<String, String>> proof(SigV4Signer signer, String hash) {
        return signer.sign(post(), hash, console.clock.instant());
    }

    private SigV4Signer signer(String service) {
        return new SigV4Signer(root, "local", service);
    }

    private void assertRefused(ConsoleFixture.Answer answer, String why) {
        assertEquals(401, answer.status(), why + ": " + answer.text());
        String code = answer.json().path("code").asText();
        assertTrue(code.equals("NotSigned") || code.equals("SignedOut"), code);
        assertTrue(console.store.buckets().get("films").isEmpty(), why);
    }

    @Test
    void onlyVersion4ForThisServiceOverTheBodyIsTaken() {
        OssSigner oss = new OssSigner(root, "local");
        String hash = SigV4Signer.payloadHash(BODY);
        assertRefused(send(BUCKETS, oss.signV4(post(), console.clock.instant()), BODY), "OSS V4");
        String v1 = oss.presignV1(post(), console.clock.instant().plusSeconds(60));
        assertRefused(send(BUCKETS + "?" + v1, List.of(), BODY), "OSS V1");
        Duration minute = Duration.ofMinutes(1);
        String url = signer("millrace").presign(post(), minute, console.clock.instant());
        assertRefused(send(BUCKETS + "?" + url, List.of(), BODY), "a signed URL");
        for (String service : List.of("s3", "oss", "sts", "Millrace", "")) {
            assertRefused(send(BUCKETS, proof(signer(service), hash), BODY), service);
        }
        SigV4Signer ours = signer("millrace");
        assertRefused(
                send(BUCKETS, proof(ours, SigV4Signer.UNSIGNED_PAYLOAD), BODY), "no body's hash");
        byte[] other =
                "{\"name\":\"films\",\"acl\":\"public-read\"}".getBytes(StandardCharsets.UTF_8);
        assertRefused(send(BUCKETS, proof(ours, hash), other), "another body");
        List<Map.Entry<String, String>> bare = new ArrayList<>(proof(ours, hash));
        bare.removeIf(header -> header.getKey().equalsIgnoreCase("x-amz-content-sha256"));
        assertRefused(send(BUCKETS, bare, BODY), "a signed header is gone");
        assertRefused(send(BUCKETS + "?a", proof(ours, hash), BODY), "another query");
        assertEquals(400, send(BUCKETS + "?a&a", proof(ours, hash), BODY).status());
        assertEquals(201, send(BUCKETS, proof(ours, hash), BODY).status());
    }

    @Test
    void aChangeIsMadeOnceHoweverOftenItsRequestComes() {
        String hash = SigV4Signer.payloadHash(BODY);
        List<Map.Entry<String, String>> proof = proof(signer("millrace"), hash);
        assertEquals(201, send(BUCKETS, proof, BODY).status());
        console.store.buckets().delete("films");
        assertRefused(send(BUCKETS, proof, BODY), "again");
        console.clock.advance(Duration.ofMinutes(14));
        assertRefused(send(BUCKETS, proof, BODY), "later");
        UnaryOperator<String> upper = String::toUpperCase;
        assertRefused(send(BUCKETS, changed(proof, "authorization", upper), BODY), "otherwise");
        List<Map.Entry<String, String>> spaced =
                changed(proof, "authorization", a -> a.replace(", ", ","));
        assertRefused(send(BUCKETS, spaced, BODY), "written otherwise");
        assertEquals(201, send(BUCKETS, proof(signer("millrace"), hash), BODY).status());
    }

    private static List<Map.Entry<String, String>> changed(
            List<Map.Entry<String, String>> headers, String name, UnaryOperator<String> how) {
        return headers.stream()
                .map(
                        header ->
                                header.getKey().equalsIgnoreCase(name)
                                        ? Map.entry(header.getKey(), how.apply(header.getValue()))
                                        : header)
                .toList();
    }

    @Test
    void aLookMayBeRepeated() {
        String host = console.uri("/").getAuthority();
        SignedRequest get = new SignedRequest("GET", BUCKETS, "", List.of(Map.entry("Host", host)));
        List<Map.Entry<String, String>> proof =
                signer("millrace")
                        .sign(get, SigV4Signer.payloadHash(new byte[0]), console.clock.instant());
        for (int i = 0; i < 2; i++) {
            assertEquals(200, console.raw("GET", BUCKETS, proof, new byte[0]).status());
        }
    }
}
