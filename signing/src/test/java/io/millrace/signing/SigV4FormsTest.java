package io.millrace.signing;

import static io.millrace.signing.ByHand.BASIC;
import static io.millrace.signing.ByHand.HTTP;
import static io.millrace.signing.ByHand.NOON;
import static io.millrace.signing.ByHand.SECRET;
import static io.millrace.signing.ByHand.claim;
import static io.millrace.signing.ByHand.refused;
import static io.millrace.signing.ByHand.request;
import static io.millrace.signing.ByHand.verified;
import static io.millrace.signing.ByHand.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.signing.Credential.Dialect;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each form of SigV4 takes and what it says of the body, over strings written out here. */
class SigV4FormsTest {
    private static final String SCOPE = "20260601/local/s3/aws4_request";
    private static final byte[] KEY =
            ByHand.chain("AWS4", "20260601", "local", "s3", "aws4_request");
    private static final SigV4Signer SIGNER =
            new SigV4Signer(new AccessKey("AK", SECRET, "to+ken"), "local", "s3");
    private static final String UNSIGNED = SigV4Signer.UNSIGNED_PAYLOAD;

    private static String signature(String canonical) {
        return ByHand.hex(
                KEY, "AWS4-HMAC-SHA256\n" + BASIC + "\n" + SCOPE + "\n" + ByHand.sha256(canonical));
    }

    private static SignedRequest signed(SignedRequest request, String names, String canonical) {
        return with(
                request,
                "Authorization: AWS4-HMAC-SHA256 Credential=AK/"
                        + SCOPE
                        + ", SignedHeaders="
                        + names
                        + ", Signature="
                        + signature(canonical));
    }

    @Test
    void theCanonicalRequestJoinsRepeatedHeadersAndTrimsTheirValues() {
        SignedRequest request =
                request(
                        "GET",
                        "/b/a%20b",
                        "z=1&a&X-Amz-Signature-not=1",
                        "Host: h",
                        "X-Multi:  one   two ",
                        "x-multi: three",
                        "x-amz-content-sha256:  UNSIGNED-PAYLOAD ",
                        "x-amz-date: " + BASIC);
        String names = "host;x-amz-content-sha256;x-amz-date;x-multi";
        String canonical =
                "GET\n/b/a%20b\nX-Amz-Signature-not=1&a=&z=1\nhost:h\n"
                        + "x-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:"
                        + BASIC
                        + "\nx-multi:one two,three\n\n"
                        + names
                        + "\nUNSIGNED-PAYLOAD";
        Claim claim = claim(signed(request, names, canonical));
        verified(claim, NOON);
        assertEquals("AK", claim.accessKeyId());
        assertEquals("s3", claim.service());
        assertEquals("local", claim.region());
        assertEquals(Claim.Form.SIGV4_HEADER, claim.form());
        assertEquals("SIGV4_HEADER[AK]", claim.toString());
        VerifyOutcome.Mismatch told =
                assertInstanceOf(
                        VerifyOutcome.Mismatch.class,
                        claim(signed(request, names, "x")).verify(SECRET, NOON));
        assertEquals(canonical, told.canonicalRequest());
        assertTrue(told.stringToSign().endsWith("\n" + ByHand.sha256(canonical)));
    }

    private static VerifyOutcome outcome(String payload, String... more) {
        StringBuilder headers = new StringBuilder("host:h\nx-amz-content-sha256:" + payload);
        StringBuilder names = new StringBuilder("host;x-amz-content-sha256");
        headers.append("\nx-amz-date:").append(BASIC).append('\n');
        names.append(";x-amz-date");
        for (String line : more) {
            headers.append(line.replace(": ", ":")).append('\n');
            names.append(';').append(line, 0, line.indexOf(':'));
        }
        SignedRequest request =
                with(
                        request(
                                "PUT",
                                "/b/k",
                                "",
                                "Host: h",
                                "x-amz-content-sha256: " + payload,
                                "x-amz-date: " + BASIC),
                        more);
        String canonical = "PUT\n/b/k\n\n" + headers + "\n" + names + "\n" + payload;
        return claim(signed(request, names.toString(), canonical)).verify(SECRET, NOON);
    }

    private static Payload payload(String payload, String... more) {
        return assertInstanceOf(VerifyOutcome.Verified.class, outcome(payload, more)).payload();
    }

    @Test
    void thePayloadHashSaysHowTheBodyIsFramed() {
        String length = "x-amz-decoded-content-length: 0";
        String trailer = "x-amz-trailer: X-Amz-Checksum-Crc32, x-b";
        List<String> names = List.of("x-amz-checksum-crc32", "x-b");
        assertEquals(new Payload.Unsigned(), payload(UNSIGNED));
        String hash = ByHand.sha256("body");
        assertEquals(new Payload.Sha256(hash), payload(hash));
        Payload.Chunked chunked =
                (Payload.Chunked) payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", length, trailer);
        assertEquals(List.of(), chunked.trailers());
        ChunkSeed seed = java.util.Objects.requireNonNull(chunked.seed());
        assertEquals(BASIC, seed.date());
        assertEquals(SCOPE, seed.scope());
        assertEquals(64, seed.signature().length());
        chunked =
                (Payload.Chunked)
                        payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", length, trailer);
        assertEquals(names, chunked.trailers());
        assertTrue(chunked.seed() != null);
        chunked = (Payload.Chunked) payload("STREAMING-UNSIGNED-PAYLOAD-TRAILER", length, trailer);
        assertEquals(names, chunked.trailers());
        assertEquals(0, chunked.decodedLength());
        assertNull(chunked.seed());
        chunked = (Payload.Chunked) payload("STREAMING-UNSIGNED-PAYLOAD-TRAILER", length);
        assertEquals(List.of(), chunked.trailers());
    }

    @Test
    void aPayloadHashThatSaysNothingKnownIsRefused() {
        String length = "x-amz-decoded-content-length: 0";
        refused(Problem.BAD_CONTENT_SHA256, outcome("unsigned"));
        refused(
                Problem.BAD_CONTENT_SHA256,
                outcome(ByHand.sha256("x").toUpperCase(java.util.Locale.ROOT)));
        refused(Problem.UNSUPPORTED, outcome("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", length));
        refused(Problem.MALFORMED, outcome("STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        refused(
                Problem.MALFORMED,
                outcome("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length: -1"));
        refused(
                Problem.BAD_CONTENT_SHA256,
                Credentials.parse(
                        request(
                                "GET",
                                "/",
                                "",
                                "Host: h",
                                "x-amz-date: " + BASIC,
                                "Authorization: AWS4-HMAC-SHA256 Credential=AK/"
                                        + SCOPE
                                        + ", SignedHeaders=host, Signature=x")));
    }

    @Test
    void aPathThatDoesNotDecodeIsSignedAsItStands() {
        SignedRequest bare =
                request(
                        "GET",
                        "/b/%zz",
                        "",
                        "Host: h",
                        "x-amz-content-sha256: " + UNSIGNED,
                        "x-amz-date: " + BASIC);
        String names = "host;x-amz-content-sha256;x-amz-date";
        String canonical =
                "GET\n/b/%zz\n\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:"
                        + BASIC
                        + "\n\n"
                        + names
                        + "\nUNSIGNED-PAYLOAD";
        verified(claim(signed(bare, names, canonical)), NOON);
    }

    @Test
    void theDateMayStandInEitherHeader() {
        SignedRequest bare =
                request(
                        "GET",
                        "/",
                        "",
                        "Host: h",
                        "Date:  " + HTTP,
                        "x-amz-content-sha256: " + UNSIGNED);
        String names = "date;host;x-amz-content-sha256";
        String canonical =
                "GET\n/\n\ndate:"
                        + HTTP
                        + "\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n"
                        + names
                        + "\nUNSIGNED-PAYLOAD";
        verified(claim(signed(bare, names, canonical)), NOON);
        SignedRequest undated =
                request("GET", "/", "", "Host: h", "x-amz-content-sha256: " + UNSIGNED);
        refused(Problem.BAD_DATE, Credentials.parse(signed(undated, "host", "x")));
        refused(
                Problem.BAD_DATE,
                Credentials.parse(signed(with(undated, "Date: today"), "host", "x")));
    }

    @Test
    void scopeSignatureAndSignedHeadersAreAllNeeded() {
        SignedRequest bare =
                request(
                        "GET",
                        "/",
                        "",
                        "x-amz-date: " + BASIC,
                        "x-amz-content-sha256: " + UNSIGNED);
        for (String bad :
                List.of(
                        "Credential=AK/20260601/r/s3/aliyun_v4_request,SignedHeaders=host,Signature=x",
                        "Credential=AK/" + SCOPE + ",Signature=x",
                        "Credential=AK/" + SCOPE + ",SignedHeaders=host",
                        "SignedHeaders=host,Signature=x")) {
            refused(
                    Problem.MALFORMED,
                    Credentials.parse(with(bare, "Authorization: AWS4-HMAC-SHA256 " + bad)));
        }
    }

    private static SignedRequest url(Duration expires) {
        SignedRequest bare = request("GET", "/b/k", "a=1", "Host: h");
        return request("GET", "/b/k", SIGNER.presign(bare, expires, NOON), "Host: h");
    }

    @Test
    void aUrlHoldsFromASecondToAWeek() {
        Claim claim = claim(url(Duration.ofSeconds(1)));
        verified(claim, NOON);
        verified(claim, NOON.plusSeconds(1));
        verified(claim, NOON.minus(Times.SKEW));
        assertEquals("to+ken", claim.securityToken());
        assertEquals(Claim.Form.SIGV4_URL, claim.form());
        VerifyOutcome.Expired expired =
                assertInstanceOf(
                        VerifyOutcome.Expired.class, claim.verify(SECRET, NOON.plusMillis(1_001)));
        assertEquals(NOON.plusSeconds(1), expired.end());
        assertInstanceOf(
                VerifyOutcome.Skewed.class,
                claim.verify(SECRET, NOON.minus(Times.SKEW).minusMillis(1)));
        verified(claim(url(Duration.ofDays(7))), NOON.plus(Duration.ofDays(7)));
        refused(Problem.EXPIRES_TOO_LONG, Credentials.parse(url(Duration.ofSeconds(604_801))));
        refused(Problem.MALFORMED, Credentials.parse(url(Duration.ZERO)));
    }

    @Test
    void aUrlNamesEachPartOfItsSignatureOnce() {
        String query = url(Duration.ofMinutes(1)).rawQuery();
        for (String name :
                List.of(
                        "X-Amz-Credential",
                        "X-Amz-Date",
                        "X-Amz-Expires",
                        "X-Amz-SignedHeaders",
                        "X-Amz-Signature")) {
            assertThrows(QueryException.class, () -> Query.parse(query + "&" + name + "=1"));
        }
        refused(
                Problem.UNSUPPORTED,
                Credentials.parse(
                        request("GET", "/b/k", query.replace("HMAC-SHA256", "ECDSA"), "Host: h")));
        refused(
                Problem.UNSUPPORTED,
                Credentials.parse(request("GET", "/b/k", "X-Amz-Signature=x", "Host: h")));
        refused(
                Problem.MALFORMED,
                Credentials.parse(
                        request(
                                "GET",
                                "/b/k",
                                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60",
                                "Host: h")));
    }

    private static VerifyOutcome url(String more, String names, String payload, String... headers) {
        String front =
                "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                        + more
                        + "&X-Amz-Credential=AK%2F"
                        + SCOPE.replace("/", "%2F")
                        + "&X-Amz-Date="
                        + BASIC
                        + "&X-Amz-Expires=60&X-Amz-SignedHeaders="
                        + names.replace(";", "%3B");
        StringBuilder signed = new StringBuilder();
        for (String header : headers) {
            String name = header.substring(0, header.indexOf(':'));
            if (List.of(names.split(";")).contains(name)) {
                signed.append(header.replace(": ", ":")).append('\n');
            }
        }
        String canonical = "GET\n/b/k\n" + front + "\n" + signed + "\n" + names + "\n" + payload;
        String query = front + "&X-Amz-Signature=" + signature(canonical);
        return claim(request("GET", "/b/k", query, headers)).verify(SECRET, NOON);
    }

    @Test
    void aUrlsBodyIsUnsignedUnlessTheUrlNamesItsHash() {
        String hash = ByHand.sha256("body");
        VerifyOutcome unsigned = new VerifyOutcome.Verified(new Payload.Unsigned());
        VerifyOutcome hashed = new VerifyOutcome.Verified(new Payload.Sha256(hash));
        String header = "x-amz-content-sha256: " + hash;
        assertEquals(unsigned, url("", "host", UNSIGNED, "host: h"));
        assertEquals(unsigned, url("", "host", UNSIGNED, "host: h", header), "it is not signed");
        assertEquals(hashed, url("", "host;x-amz-content-sha256", hash, "host: h", header));
        String named = "&X-Amz-Content-Sha256=" + hash;
        assertEquals(hashed, url(named, "host", hash, "host: h"));
        String other = "x-amz-content-sha256: " + ByHand.sha256("other");
        assertEquals(hashed, url(named, "host;x-amz-content-sha256", hash, "host: h", other));
        assertEquals(
                unsigned,
                url("&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", "host", UNSIGNED, "host: h", header),
                "the URL's word counts");
    }

    @Test
    void ourSignerCoversEveryHeaderAndItsToken() {
        SignedRequest bare = request("PUT", "/b/k", "", "Host: h", "X-Amz-Meta-A: 1", "Range: x");
        SignedRequest whole =
                bare.with(SIGNER.sign(bare, SigV4Signer.payloadHash(new byte[0]), NOON));
        Claim claim = claim(whole);
        verified(claim, NOON);
        assertEquals("to+ken", claim.securityToken());
        assertEquals(Hashes.EMPTY_SHA256, whole.header("x-amz-content-sha256"));
        assertTrue(String.valueOf(whole.header("Authorization")).contains("host;range;x-amz-"));
        SignedRequest hostless = request("GET", "/", "");
        assertThrows(IllegalArgumentException.class, () -> SIGNER.sign(hostless, UNSIGNED, NOON));
        SigV4Signer plain = new SigV4Signer(new AccessKey("AK", SECRET), "local", "s3");
        SignedRequest untokened = bare.with(plain.sign(bare, UNSIGNED, NOON));
        assertNull(claim(untokened).securityToken());
        verified(claim(untokened), NOON);
    }

    private static final List<String> HEADERS =
            List.of(
                    "OSS AK:x",
                    "OSS2 AccessKeyId:AK,Signature:x",
                    "OSS4-HMAC-SHA256 Credential=AK/x,Signature=x",
                    "AWS4-HMAC-SHA256 x");
    private static final List<String> URLS =
            List.of(
                    "Signature=x&OSSAccessKeyId=AK",
                    "x-oss-signature=x",
                    "X-Amz-Signature=x",
                    "X-Amz-Algorithm=x");

    private static Credential.Malformed refusedBoth(String query, String... headers) {
        Credential.Malformed refused =
                assertInstanceOf(
                        Credential.Malformed.class,
                        Credentials.parse(request("GET", "/", query, headers)));
        assertEquals(Problem.AMBIGUOUS, refused.problem());
        return refused;
    }

    @Test
    void aRequestIsSignedInOneWayOnly() {
        for (String header : HEADERS) {
            Dialect dialect = header.startsWith("OSS") ? Dialect.OSS : Dialect.S3;
            for (String url : URLS) {
                assertEquals(dialect, refusedBoth(url, "Authorization: " + header).dialect());
            }
        }
        for (int i = 0; i < 3; i++) {
            for (int j = i + 1; j < 4; j++) {
                if (i < 2) {
                    Dialect dialect = j < 2 ? Dialect.OSS : Dialect.S3;
                    assertEquals(dialect, refusedBoth(URLS.get(i) + "&" + URLS.get(j)).dialect());
                }
            }
        }
    }

    @Test
    void whatDoesNotParseIsAnsweredInTheDialectThatWasMeant() {
        List<String> oss = List.of("OSS x", "OSS2 x", "OSS4-HMAC-SHA256 x", "OSS9 x");
        for (String authorization : oss) {
            assertEquals(Dialect.OSS, dialect("", "Authorization: " + authorization));
        }
        assertEquals(Dialect.S3, dialect("", "Authorization: AWS4-HMAC-SHA256 x"));
        assertEquals(Dialect.S3, dialect("", "Authorization: Basic x"));
        assertEquals(Dialect.S3, dialect("X-Amz-Signature=x"));
        assertEquals(Dialect.S3, dialect("X-Amz-Algorithm=x"));
        assertEquals(Dialect.OSS, dialect("x-oss-signature=x"));
        assertEquals(Dialect.OSS, dialect("Signature=x&OSSAccessKeyId=y"));
        for (String half : List.of("Signature=x", "OSSAccessKeyId=x")) {
            assertInstanceOf(
                    Credential.Anonymous.class, Credentials.parse(request("GET", "/", half)));
        }
    }

    private static Dialect dialect(String query, String... headers) {
        Credential credential = Credentials.parse(request("GET", "/", query, headers));
        return assertInstanceOf(Credential.Malformed.class, credential).dialect();
    }

    @Test
    void whatASignatureIsJudgedByStandsThereOnce() {
        String authorization = "Authorization: OSS AK:x";
        for (String name :
                List.of(
                        "Date",
                        "X-Oss-Date",
                        "X-Amz-Date",
                        "x-amz-content-sha256",
                        "x-oss-content-sha256")) {
            refusedBoth(
                    "",
                    authorization,
                    name + ": a",
                    name.toLowerCase(java.util.Locale.ROOT) + ": b");
        }
        claim(
                request(
                        "GET",
                        "/",
                        "",
                        authorization,
                        "Date: a",
                        "Host: b",
                        "Etag: c",
                        "x-oss-abcd: d",
                        "x-amz-abcd: e"));
        claim(request("GET", "/", "", authorization, "Date: a", "x-oss-date: b", "x-amz-date: c"));
        List<String> tokens =
                List.of("x-oss-security-token", "X-Amz-Security-Token", "security-token");
        for (String token : tokens) {
            for (String header : tokens.subList(0, 2)) {
                refused(
                        Problem.TWO_TOKENS,
                        Credentials.parse(
                                request(
                                        "GET",
                                        "/",
                                        "x-oss-signature=x&" + token + "=1",
                                        header + ": 2")));
            }
            claimOrForm(token);
        }
    }

    /** One token is never two. */
    private static void claimOrForm(String token) {
        Credential credential =
                Credentials.parse(
                        request("GET", "/", "Signature=x&OSSAccessKeyId=y&Expires=1&" + token));
        assertInstanceOf(Claim.class, credential);
    }

    @Test
    void aFormSaysItsDialectAndWhetherItStandsInTheUrl() {
        for (Claim.Form form : Claim.Form.values()) {
            boolean url = form.name().endsWith("_URL") || form == Claim.Form.RPC_V1;
            assertEquals(url, form.url(), form.name());
            Dialect dialect =
                    form.name().contains("OSS")
                            ? Dialect.OSS
                            : form.name().contains("SIGV4") ? Dialect.S3 : Dialect.STS;
            assertEquals(dialect, form.dialect(), form.name());
        }
    }
}
