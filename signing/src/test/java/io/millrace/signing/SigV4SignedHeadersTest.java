package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a SigV4 signature must cover, asked with signatures that are right for what they cover. */
class SigV4SignedHeadersTest {
    private static final String SECRET = "secret";
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
    private static final String DATE = Times.basic(NOW);
    private static final String SCOPE = "20260304/local/s3/aws4_request";

    private static final List<Map.Entry<String, String>> HEADERS =
            List.of(
                    Map.entry("Host", "bucket.example"),
                    Map.entry("x-amz-date", DATE),
                    Map.entry("x-amz-content-sha256", SigV4Signer.UNSIGNED_PAYLOAD),
                    Map.entry("x-amz-meta-colour", "red"));

    private static String signature(SignedRequest request, Query query, List<String> signed) {
        String canonical =
                SigV4Claim.canonical(request, query, signed, SigV4Signer.UNSIGNED_PAYLOAD);
        String text =
                SigV4Claim.ALGORITHM
                        + "\n"
                        + DATE
                        + "\n"
                        + SCOPE
                        + "\n"
                        + Hashes.sha256Hex(canonical);
        return Hashes.HEX.formatHex(SigningKeys.aws(SECRET, "20260304", "local", "s3").sign(text));
    }

    private static VerifyOutcome verify(SignedRequest request) {
        return assertInstanceOf(Claim.class, Credentials.parse(request)).verify(SECRET, NOW);
    }

    private static VerifyOutcome header(List<String> signed) {
        SignedRequest bare = new SignedRequest("GET", "/key", "", HEADERS);
        String signature = signature(bare, Query.EMPTY, signed);
        List<Map.Entry<String, String>> headers = new ArrayList<>(HEADERS);
        headers.add(
                Map.entry(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=ID/"
                                + SCOPE
                                + ", SignedHeaders="
                                + String.join(";", signed)
                                + ", Signature="
                                + signature));
        return verify(new SignedRequest("GET", "/key", "", headers));
    }

    private static VerifyOutcome url(List<String> signed, List<Map.Entry<String, String>> headers) {
        String query =
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ID/"
                        + SCOPE
                        + "&X-Amz-Date="
                        + DATE
                        + "&X-Amz-Expires=60&X-Amz-SignedHeaders="
                        + String.join(";", signed);
        SignedRequest bare = new SignedRequest("GET", "/key", query, headers);
        String signature = signature(bare, bare.query(), signed);
        return verify(
                new SignedRequest("GET", "/key", query + "&X-Amz-Signature=" + signature, headers));
    }

    private static void refused(VerifyOutcome outcome) {
        assertEquals(
                Problem.UNSIGNED_HEADERS,
                assertInstanceOf(VerifyOutcome.Refused.class, outcome).problem());
    }

    @Test
    void aHeaderSignatureCoversHostAndEveryHeaderOfTheDialect() {
        assertInstanceOf(
                VerifyOutcome.Verified.class,
                header(List.of("host", "x-amz-content-sha256", "x-amz-date", "x-amz-meta-colour")));
        refused(header(List.of("x-amz-content-sha256", "x-amz-date", "x-amz-meta-colour")));
        refused(header(List.of("host", "x-amz-date", "x-amz-meta-colour")));
        refused(header(List.of("host", "x-amz-content-sha256", "x-amz-meta-colour")));
        refused(header(List.of("host", "x-amz-content-sha256", "x-amz-date")));
    }

    @Test
    void aUrlSignatureCoversHostAndEveryHeaderOfTheDialect() {
        List<Map.Entry<String, String>> host = List.of(Map.entry("Host", "bucket.example"));
        List<Map.Entry<String, String>> more =
                List.of(
                        Map.entry("Host", "bucket.example"),
                        Map.entry("Range", "bytes=0-1"),
                        Map.entry("x-amz-meta-colour", "red"));
        assertInstanceOf(VerifyOutcome.Verified.class, url(List.of("host"), host));
        refused(url(List.of("range"), more.subList(0, 2)));
        refused(url(List.of("x-amz-meta-colour"), more));
        refused(url(List.of("host"), more));
        assertInstanceOf(
                VerifyOutcome.Verified.class, url(List.of("host", "x-amz-meta-colour"), more));
    }

    @Test
    void aRequestSentToAnotherHostIsAMismatch() {
        SignedRequest signed = new SignedRequest("GET", "/key", "", HEADERS.subList(0, 1));
        SigV4Signer signer = new SigV4Signer(new AccessKey("ID", SECRET), "local", "s3");
        List<Map.Entry<String, String>> added =
                signer.sign(signed, SigV4Signer.UNSIGNED_PAYLOAD, NOW);
        assertInstanceOf(VerifyOutcome.Verified.class, verify(signed.with(added)));
        SignedRequest moved =
                new SignedRequest("GET", "/key", "", List.of(Map.entry("Host", "other.example")));
        assertInstanceOf(VerifyOutcome.Mismatch.class, verify(moved.with(added)));
    }
}
