package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests that try to have one thing checked and another thing done. */
class CredentialsAttackTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final AccessKey KEY = new AccessKey("AK", "SECRET");
    private static final SigV4Signer SIGNER = new SigV4Signer(KEY, "local", "s3");
    private static final OssSigner OSS = new OssSigner(KEY, "local");

    private static SignedRequest get(String path, String query) {
        return new SignedRequest("GET", path, query, List.of(Map.entry("Host", "h:9000")));
    }

    private static SignedRequest signed(SignedRequest request) {
        return request.with(SIGNER.sign(request, SigV4Signer.UNSIGNED_PAYLOAD, NOW));
    }

    private static Problem refusedFor(SignedRequest request) {
        return switch (Credentials.parse(request)) {
            case Credential.Malformed(Problem problem, String message, var dialect) -> problem;
            case Claim claim ->
                    switch (claim.verify("SECRET", NOW)) {
                        case VerifyOutcome.Refused(Problem problem, String message) -> problem;
                        case VerifyOutcome other -> throw new AssertionError(other.toString());
                    };
            case Credential.Anonymous() -> throw new AssertionError("anonymous");
        };
    }

    private static SignedRequest plus(SignedRequest request, String name, String value) {
        return request.with(List.of(Map.entry(name, value)));
    }

    private static VerifyOutcome verify(SignedRequest request) {
        return assertInstanceOf(Claim.class, Credentials.parse(request)).verify("SECRET", NOW);
    }

    @Test
    void aSecondSignatureOrDateIsRefused() {
        SignedRequest good = signed(get("/b/k", ""));
        assertInstanceOf(VerifyOutcome.Verified.class, verify(good));
        assertEquals(
                Problem.AMBIGUOUS,
                refusedFor(
                        plus(good, "Authorization", String.valueOf(good.header("Authorization")))));
        assertEquals(Problem.AMBIGUOUS, refusedFor(plus(good, "X-Amz-Date", "20260601T120000Z")));
        SignedRequest url =
                get("/b/k", SIGNER.presign(get("/b/k", ""), Duration.ofMinutes(1), NOW));
        assertInstanceOf(VerifyOutcome.Verified.class, verify(url));
        assertEquals(
                Problem.AMBIGUOUS,
                refusedFor(
                        plus(url, "Authorization", String.valueOf(good.header("Authorization")))));
        assertThrows(
                QueryException.class, () -> get("/b/k", url.rawQuery() + "&X-Amz-Expires=604800"));
        String both = url.rawQuery() + "&" + OSS.presignV1(get("/b/k", ""), NOW.plusSeconds(60));
        assertEquals(Problem.AMBIGUOUS, refusedFor(get("/b/k", both)));
    }

    @Test
    void aTokenInBothURLAndHeaderIsRefused() {
        SignedRequest url =
                get(
                        "/b/k",
                        new SigV4Signer(new AccessKey("AK", "SECRET", "tok"), "local", "s3")
                                .presign(get("/b/k", ""), Duration.ofMinutes(1), NOW));
        assertEquals(Problem.TWO_TOKENS, refusedFor(plus(url, "x-amz-security-token", "other")));
        SignedRequest oss =
                get(
                        "/b/k",
                        new OssSigner(new AccessKey("AK", "SECRET", "tok"), "local")
                                .presignV1(get("/b/k", ""), NOW.plusSeconds(60)));
        assertEquals(Problem.TWO_TOKENS, refusedFor(plus(oss, "x-oss-security-token", "other")));
    }

    @Test
    void anUnsignedVendorHeaderIsRefused() {
        SignedRequest good = signed(get("/b/k", ""));
        assertEquals(
                Problem.UNSIGNED_HEADERS,
                refusedFor(plus(good, "x-amz-copy-source", "/secret/key")));
        assertEquals(Problem.UNSIGNED_HEADERS, refusedFor(plus(good, "X-Oss-Copy-Source", "/s/k")));
        SignedRequest oss = get("/b/k", "").with(OSS.signV4(get("/b/k", ""), NOW));
        assertInstanceOf(VerifyOutcome.Verified.class, verify(oss));
        assertInstanceOf(
                VerifyOutcome.Mismatch.class, verify(plus(oss, "x-oss-copy-source", "/s/k")));
        assertEquals(Problem.UNSIGNED_HEADERS, refusedFor(plus(oss, "x-amz-copy-source", "/s/k")));
    }

    @Test
    void aSignatureHoldsForItsOwnMethodPathAndQueryOnly() {
        for (SignedRequest good :
                List.of(
                        signed(get("/b/cam1/k", "x-oss-process=a")),
                        get("/b/cam1/k", "x-oss-process=a")
                                .with(OSS.signV4(get("/b/cam1/k", "x-oss-process=a"), NOW)),
                        get(
                                "/b/cam1/k",
                                OSS.presignV1(
                                        get("/b/cam1/k", "x-oss-process=a"),
                                        NOW.plusSeconds(60))))) {
            assertInstanceOf(VerifyOutcome.Verified.class, verify(good));
            for (String path :
                    List.of(
                            "/b/cam10/k",
                            "/b/cam1/../cam2/k",
                            "/b/cam1%2Fk2",
                            "/b//cam1/k",
                            "/b/cam1/k.",
                            "/b/cam1/K",
                            "/c/cam1/k")) {
                VerifyOutcome moved =
                        verify(new SignedRequest("GET", path, good.rawQuery(), good.headers()));
                assertInstanceOf(VerifyOutcome.Mismatch.class, moved, path);
            }
            assertInstanceOf(
                    VerifyOutcome.Mismatch.class,
                    verify(new SignedRequest("PUT", "/b/cam1/k", good.rawQuery(), good.headers())));
            assertInstanceOf(
                    VerifyOutcome.Mismatch.class,
                    verify(
                            new SignedRequest(
                                    "GET",
                                    "/b/cam1/k",
                                    good.rawQuery().replace("process=a", "process=b"),
                                    good.headers())));
        }
    }

    @Test
    void timesOutsideOfTheWindowAreRefused() {
        SignedRequest header = signed(get("/b/k", ""));
        Claim claim = (Claim) Credentials.parse(header);
        assertInstanceOf(VerifyOutcome.Skewed.class, claim.verify("SECRET", NOW.plusSeconds(901)));
        assertInstanceOf(VerifyOutcome.Skewed.class, claim.verify("SECRET", NOW.minusSeconds(901)));
        assertInstanceOf(
                VerifyOutcome.Verified.class, claim.verify("SECRET", NOW.plusSeconds(899)));
        Claim url =
                (Claim)
                        Credentials.parse(
                                get(
                                        "/b/k",
                                        SIGNER.presign(
                                                get("/b/k", ""), Duration.ofMinutes(1), NOW)));
        assertInstanceOf(VerifyOutcome.Skewed.class, url.verify("SECRET", NOW.minusSeconds(901)));
        assertInstanceOf(VerifyOutcome.Expired.class, url.verify("SECRET", NOW.plusSeconds(61)));
        assertEquals(
                Problem.EXPIRES_TOO_LONG,
                refusedFor(get("/b/k", SIGNER.presign(get("/b/k", ""), Duration.ofDays(8), NOW))));
    }

    @Test
    void theDateOfTheScopeMustBeTheDateOfTheRequest() {
        SignedRequest good = signed(get("/b/k", ""));
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        good.headers()
                .forEach(
                        h ->
                                headers.add(
                                        Map.entry(
                                                h.getKey(),
                                                h.getValue().replace("/20260601/", "/20260602/"))));
        assertEquals(Problem.BAD_SCOPE, refusedFor(new SignedRequest("GET", "/b/k", "", headers)));
    }

    @Test
    void whatDoesNotParseIsRefusedAndNeverAnonymous() {
        for (String bad :
                List.of(
                        "",
                        "Basic eDp5",
                        "OSS ",
                        "OSS x",
                        "OSS :",
                        "OSS2 x",
                        "AWS AK:sig",
                        "AWS4-HMAC-SHA256 ",
                        "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y",
                        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=, Signature=y",
                        "OSS4-HMAC-SHA256 Credential=AK/1/2/oss/aliyun_v4_request,Signature=x",
                        "Bearer x")) {
            Credential credential = Credentials.parse(plus(get("/b/k", ""), "Authorization", bad));
            assertInstanceOf(Credential.Malformed.class, credential, bad);
        }
        assertInstanceOf(Credential.Anonymous.class, Credentials.parse(get("/b/k", "a=b")));
        assertInstanceOf(
                Credential.Malformed.class,
                Credentials.parse(get("/b/k", "x-oss-signature=x&x-oss-expires=99")));
        assertInstanceOf(
                Credential.Malformed.class,
                Credentials.parse(get("/b/k", "OSSAccessKeyId=x&Signature=y&Expires=soon")));
    }

    @Test
    void aRequestCostsLittle() {
        SignedRequest header = signed(get("/bucket/some/key/of/usual/length.jpg", ""));
        int ok = 0;
        for (int i = 0; i < 2000; i++) {
            ok += verify(header) instanceof VerifyOutcome.Verified ? 1 : 0;
        }
        assertTrue(ok == 2000);
    }
}
