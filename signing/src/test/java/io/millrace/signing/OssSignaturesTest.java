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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The three OSS signatures over strings that are written out here. */
class OssSignaturesTest {
    private static final String SCOPE = "20260601/cn-hangzhou/oss/aliyun_v4_request";
    private static final byte[] V4_KEY =
            ByHand.chain("aliyun_v4", "20260601", "cn-hangzhou", "oss", "aliyun_v4_request");

    private static final SignedRequest PUT =
            request(
                    "PUT",
                    "/bucket/a%20b",
                    "acl&partNumber=2&plain=x&tagging=",
                    "Host: bucket.example",
                    "Content-MD5: md5==",
                    "Content-Type:  text/plain ",
                    "x-oss-meta-b: 2",
                    "X-OSS-Meta-A:  one ");
    private static final String HEAD = "PUT\nmd5==\ntext/plain\n";
    private static final String OSS_HEADERS = "x-oss-meta-a:one\nx-oss-meta-b:2\n";
    private static final String RESOURCE = "/bucket/a b?acl&partNumber=2&tagging=";

    private static SignedRequest v1(SignedRequest request, String stringToSign) {
        return with(
                request,
                "Authorization: OSS AK:" + ByHand.base64("HmacSHA1", SECRET, stringToSign));
    }

    @Test
    void theVendorsExampleOfVersion1Holds() {
        SignedRequest request =
                request(
                        "PUT",
                        "/oss-example/nelson",
                        "",
                        "Content-MD5: ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=",
                        "Content-Type: text/html",
                        "Date: Thu, 17 Nov 2005 18:49:58 GMT",
                        "X-OSS-Meta-Author: foo@bar.com",
                        "X-OSS-Magic: abracadabra",
                        "Authorization: OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=");
        VerifyOutcome outcome =
                claim(request)
                        .verify(
                                "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV",
                                Instant.parse("2005-11-17T18:49:58Z"));
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, outcome::toString);
    }

    @Test
    void version1SignsVerbDigestTypeDateHeadersAndSubResources() {
        SignedRequest dated = with(PUT, "Date: " + HTTP);
        Claim claim = claim(v1(dated, HEAD + HTTP + "\n" + OSS_HEADERS + RESOURCE));
        verified(claim, NOON);
        assertEquals(Claim.Form.OSS_V1_HEADER, claim.form());
        assertEquals("AK", claim.accessKeyId());
        assertNull(claim.securityToken());
        String bare = "/bucket/a b?acl&partNumber=2&tagging";
        verified(claim(v1(dated, HEAD + HTTP + "\n" + OSS_HEADERS + bare)), NOON);
        VerifyOutcome.Mismatch told =
                assertInstanceOf(
                        VerifyOutcome.Mismatch.class, claim(v1(dated, "x")).verify(SECRET, NOON));
        assertEquals(HEAD + HTTP + "\n" + OSS_HEADERS + RESOURCE, told.stringToSign());
        assertEquals("", told.canonicalRequest());
        assertEquals(ByHand.base64("HmacSHA1", SECRET, "x"), told.signatureProvided());
    }

    @Test
    void version1TakesTheThreeWaysToWriteTheDateOfXOssDate() {
        String headers = "x-oss-date:" + HTTP + "\n" + OSS_HEADERS;
        SignedRequest dated = with(PUT, "x-oss-date: " + HTTP);
        verified(claim(v1(dated, HEAD + HTTP + "\n" + headers + RESOURCE)), NOON);
        verified(claim(v1(dated, HEAD + "\n" + headers + RESOURCE)), NOON);
        verified(claim(v1(dated, HEAD + headers + RESOURCE)), NOON);
        String other = "Mon, 01 Jun 2026 12:00:01 GMT";
        SignedRequest both = with(dated, "Date: " + other);
        verified(claim(v1(both, HEAD + other + "\n" + headers + RESOURCE)), NOON);
        SignedRequest plain = with(PUT, "Date: " + HTTP);
        for (String date : List.of("\n", "")) {
            VerifyOutcome outcome =
                    claim(v1(plain, HEAD + date + OSS_HEADERS + RESOURCE)).verify(SECRET, NOON);
            assertInstanceOf(VerifyOutcome.Mismatch.class, outcome, "a date must be signed");
        }
    }

    @Test
    void version1NeedsADateThatIsOneAndIsNear() {
        refused(Problem.BAD_DATE, Credentials.parse(with(PUT, "Authorization: OSS AK:x")));
        SignedRequest odd = with(PUT, "Date: today", "Authorization: OSS AK:x");
        refused(Problem.BAD_DATE, claim(odd).verify(SECRET, NOON));
        Claim claim =
                claim(v1(with(PUT, "Date: " + HTTP), HEAD + HTTP + "\n" + OSS_HEADERS + RESOURCE));
        verified(claim, NOON.plus(Times.SKEW));
        verified(claim, NOON.minus(Times.SKEW));
        for (int beyond : new int[] {-901, 901}) {
            VerifyOutcome.Skewed skewed =
                    assertInstanceOf(
                            VerifyOutcome.Skewed.class,
                            claim.verify(SECRET, NOON.plusSeconds(beyond)));
            assertEquals(NOON, skewed.requested());
            assertEquals(Duration.ofMinutes(15), skewed.allowed());
        }
    }

    @Test
    void version1sHeaderReadsIdColonSignature() {
        SignedRequest dated = with(PUT, "Date: " + HTTP);
        for (String bad : List.of("OSS ", "OSS AK", "OSS :x", "OSS AK:")) {
            refused(Problem.MALFORMED, Credentials.parse(with(dated, "Authorization: " + bad)));
        }
        assertEquals("A:K", claim(with(dated, "Authorization: OSS A:K:x")).accessKeyId());
        assertEquals("A", claim(with(dated, "Authorization: OSS  A : x")).accessKeyId());
    }

    @Test
    void aUrlOfVersion1HoldsToItsLastSecond() {
        long end = NOON.getEpochSecond();
        String text = "GET\n\n\n" + end + "\n/bucket/k?response-content-type=a/b&security-token=t";
        String signature = ByHand.base64("HmacSHA1", SECRET, text).replace("+", "%2B");
        String query =
                "response-content-type=a%2Fb&security-token=t&Expires="
                        + end
                        + "&OSSAccessKeyId=AK&Signature="
                        + signature;
        Claim claim = claim(request("GET", "/bucket/k", query));
        verified(claim, NOON);
        assertEquals(Claim.Form.OSS_V1_URL, claim.form());
        assertEquals("t", claim.securityToken());
        assertEquals("AK", claim.accessKeyId());
        VerifyOutcome.Expired expired =
                assertInstanceOf(
                        VerifyOutcome.Expired.class, claim.verify(SECRET, NOON.plusMillis(1)));
        assertEquals(NOON, expired.end());
        for (String name : List.of("Expires", "OSSAccessKeyId", "Signature")) {
            assertThrows(QueryException.class, () -> Query.parse(query + "&" + name + "=1"));
        }
        refused(
                Problem.MALFORMED,
                Credentials.parse(
                        request("GET", "/b/k", "OSSAccessKeyId=AK&Signature=x&Expires=-1")));
        claim(request("GET", "/b/k", "OSSAccessKeyId=AK&Signature=x&Expires=0"));
    }

    @Test
    void anXOssDateHeaderOpensNoOtherWayToSignAUrlOfVersion1() {
        long end = NOON.getEpochSecond();
        String text = "GET\n\n\n\nx-oss-date:" + HTTP + "\n/bucket/k";
        String query =
                "Expires="
                        + end
                        + "&OSSAccessKeyId=AK&Signature="
                        + Uri.encode(ByHand.base64("HmacSHA1", SECRET, text), false);
        SignedRequest url = request("GET", "/bucket/k", query, "x-oss-date: " + HTTP);
        assertInstanceOf(VerifyOutcome.Mismatch.class, claim(url).verify(SECRET, NOON));
    }

    @Test
    void noOssSignatureCoversAnotherDialectsHeaders() {
        SignedRequest foreign = with(PUT, "Date: " + HTTP, "X-Amz-Copy-Source: /b/secret");
        for (String authorization :
                List.of(
                        "OSS AK:x",
                        "OSS2 AccessKeyId:AK,Signature:x",
                        "OSS4-HMAC-SHA256 Credential=AK/" + SCOPE + ",Signature=x")) {
            refused(
                    Problem.UNSIGNED_HEADERS,
                    claim(with(foreign, "Authorization: " + authorization)).verify(SECRET, NOON));
        }
    }

    private static final String V2_RESOURCE = "%2Fbucket%2Fa%20b?acl&partNumber=2&plain=x&tagging";
    private static final String V2_NAMED = "host:bucket.example\nrange:bytes=0-1\n";

    private static SignedRequest v2(SignedRequest request, String named, String text) {
        return with(
                request,
                "Authorization: OSS2 AccessKeyId:AK"
                        + (named.isEmpty() ? "" : ",AdditionalHeaders:" + named)
                        + ",Signature:"
                        + ByHand.base64("HmacSHA256", SECRET, text));
    }

    @Test
    void version2SignsEveryParameterAndTheHeadersThatItNames() {
        SignedRequest dated = with(PUT, "Date: " + HTTP, "Range: bytes=0-1");
        Claim plain = claim(v2(dated, "", HEAD + HTTP + "\n" + OSS_HEADERS + "\n" + V2_RESOURCE));
        verified(plain, NOON);
        assertEquals(Claim.Form.OSS_V2_HEADER, plain.form());
        assertEquals("AK", plain.accessKeyId());
        String text = HEAD + HTTP + "\n" + V2_NAMED + OSS_HEADERS + "Host;range\n" + V2_RESOURCE;
        verified(claim(v2(dated, "Host;range", text)), NOON);
        VerifyOutcome.Mismatch told =
                assertInstanceOf(
                        VerifyOutcome.Mismatch.class,
                        claim(v2(dated, "Host;range", "x")).verify(SECRET, NOON));
        assertEquals(text, told.stringToSign());
        assertEquals("", told.canonicalRequest());
    }

    @Test
    void version2NeedsIdSignatureAndADateThatIsNear() {
        SignedRequest dated = with(PUT, "Date: " + HTTP);
        for (String bad :
                List.of("OSS2 ", "OSS2 AccessKeyId:AK", "OSS2 Signature:x", "OSS2 AccessKeyId:")) {
            refused(Problem.MALFORMED, Credentials.parse(with(dated, "Authorization: " + bad)));
        }
        String authorization = "Authorization: OSS2 AccessKeyId:AK,Signature:x";
        refused(Problem.BAD_DATE, Credentials.parse(with(PUT, authorization)));
        refused(
                Problem.BAD_DATE,
                claim(with(PUT, "Date: today", authorization)).verify(SECRET, NOON));
        Claim claim = claim(v2(dated, "", HEAD + HTTP + "\n" + OSS_HEADERS + "\n" + V2_RESOURCE));
        assertInstanceOf(VerifyOutcome.Skewed.class, claim.verify(SECRET, NOON.plusSeconds(901)));
        SignedRequest vendors = with(PUT, "x-oss-date: " + HTTP, "Date: yesterday");
        String headers = "x-oss-date:" + HTTP + "\n" + OSS_HEADERS + "\n";
        verified(claim(v2(vendors, "", HEAD + HTTP + "\n" + headers + V2_RESOURCE)), NOON);
    }

    @Test
    void aUrlOfVersion2HoldsToItsLastSecond() {
        long end = NOON.getEpochSecond();
        String front =
                "x-oss-access-key-id=AK&x-oss-additional-headers=host&x-oss-expires="
                        + end
                        + "&x-oss-security-token=t&x-oss-signature-version=OSS2";
        String text = "GET\n\n\n" + end + "\nhost:h\nhost\n%2Fbucket%2Fk?" + front;
        String query =
                front
                        + "&x-oss-signature="
                        + Uri.encode(ByHand.base64("HmacSHA256", SECRET, text), false);
        Claim claim = claim(request("GET", "/bucket/k", query, "Host: h"));
        verified(claim, NOON);
        assertEquals(Claim.Form.OSS_V2_URL, claim.form());
        assertEquals("AK", claim.accessKeyId());
        assertEquals("t", claim.securityToken());
        VerifyOutcome.Expired expired =
                assertInstanceOf(
                        VerifyOutcome.Expired.class, claim.verify(SECRET, NOON.plusMillis(1)));
        assertEquals(NOON, expired.end());
        for (String name : List.of("x-oss-expires", "x-oss-access-key-id", "x-oss-signature")) {
            assertThrows(QueryException.class, () -> Query.parse(query + "&" + name + "=1"));
        }
        refused(
                Problem.MALFORMED,
                Credentials.parse(
                        request(
                                "GET",
                                "/b/k",
                                query.replace("x-oss-expires=", "x-oss-expires=-"))));
        String other =
                "x-oss-signature=x&x-oss-signature-version=OSS2&x-oss-expires=0&security-token=u";
        assertEquals("u", claim(request("GET", "/b/k", other)).securityToken());
    }

    private static String v4(String canonical) {
        return ByHand.hex(
                V4_KEY,
                "OSS4-HMAC-SHA256\n" + BASIC + "\n" + SCOPE + "\n" + ByHand.sha256(canonical));
    }

    private static SignedRequest v4(SignedRequest request, String more, String canonical) {
        return with(
                request,
                "Authorization: OSS4-HMAC-SHA256 Credential=AK/"
                        + SCOPE
                        + more
                        + ",Signature="
                        + v4(canonical));
    }

    private static final String V4_HEAD =
            "PUT\n/bucket/a%20b\nacl&partNumber=2&plain=x&tagging\n"
                    + "content-md5:md5==\ncontent-type:text/plain\n";

    @Test
    void version4SignsEveryParameterItsOwnHeadersAndThoseThatItNames() {
        SignedRequest dated = with(PUT, "x-oss-date: " + BASIC);
        String headers = "x-oss-date:" + BASIC + "\n" + OSS_HEADERS + "\n";
        Claim claim = claim(v4(dated, "", V4_HEAD + headers + "\nUNSIGNED-PAYLOAD"));
        verified(claim, NOON);
        assertEquals(Claim.Form.OSS_V4_HEADER, claim.form());
        assertEquals("AK", claim.accessKeyId());
        assertEquals("oss", claim.service());
        assertEquals("cn-hangzhou", claim.region());
        assertNull(claim.securityToken());
        String canonical = V4_HEAD + "host:bucket.example\n" + headers + "Host\nUNSIGNED-PAYLOAD";
        verified(claim(v4(dated, ",AdditionalHeaders=Host", canonical)), NOON);
        VerifyOutcome.Mismatch told =
                assertInstanceOf(
                        VerifyOutcome.Mismatch.class,
                        claim(v4(dated, ",AdditionalHeaders=Host", "x")).verify(SECRET, NOON));
        assertEquals(canonical, told.canonicalRequest());
        assertEquals(
                "OSS4-HMAC-SHA256\n" + BASIC + "\n" + SCOPE + "\n" + ByHand.sha256(canonical),
                told.stringToSign());
        SignedRequest http = with(PUT, "Date: " + HTTP);
        verified(claim(v4(http, "", V4_HEAD + OSS_HEADERS + "\n\nUNSIGNED-PAYLOAD")), NOON);
    }

    @Test
    void version4sBodyIsUnsignedOrHasTheHashThatWasSigned() {
        String hash = ByHand.sha256("body");
        for (String payload : List.of("UNSIGNED-PAYLOAD", hash, "STREAMING-AWS4", "")) {
            SignedRequest request =
                    with(PUT, "x-oss-content-sha256: " + payload, "x-oss-date: " + BASIC);
            String headers =
                    "x-oss-content-sha256:"
                            + payload
                            + "\nx-oss-date:"
                            + BASIC
                            + "\n"
                            + OSS_HEADERS;
            VerifyOutcome outcome =
                    claim(v4(request, "", V4_HEAD + headers + "\n\n" + payload))
                            .verify(SECRET, NOON);
            if (payload.equals(hash)) {
                assertEquals(new VerifyOutcome.Verified(new Payload.Sha256(hash)), outcome);
            } else if (payload.startsWith("UNSIGNED")) {
                assertEquals(new VerifyOutcome.Verified(new Payload.Unsigned()), outcome);
            } else {
                refused(Problem.BAD_CONTENT_SHA256, outcome);
            }
        }
    }

    @Test
    void version4NeedsAScopeASignatureAndADateOfTheScope() {
        SignedRequest dated = with(PUT, "x-oss-date: " + BASIC);
        for (String bad :
                List.of(
                        "Credential=AK/20260601/r/oss/aws4_request,Signature=x",
                        "Credential=AK/" + SCOPE,
                        "Signature=x")) {
            refused(
                    Problem.MALFORMED,
                    Credentials.parse(with(dated, "Authorization: OSS4-HMAC-SHA256 " + bad)));
        }
        String right = "Authorization: OSS4-HMAC-SHA256 Credential=AK/" + SCOPE + ",Signature=x";
        refused(Problem.BAD_DATE, Credentials.parse(with(PUT, right)));
        refused(Problem.BAD_DATE, Credentials.parse(with(PUT, "x-oss-date: now", right)));
        refused(
                Problem.BAD_SCOPE,
                Credentials.parse(with(PUT, "x-oss-date: 20260602T000000Z", right)));
    }

    private static String v4Url(long expires) {
        String front =
                "a=1&x-oss-additional-headers=host&x-oss-credential=AK%2F"
                        + SCOPE.replace("/", "%2F")
                        + "&x-oss-date="
                        + BASIC
                        + "&x-oss-expires="
                        + expires
                        + "&x-oss-security-token=t&x-oss-signature-version=OSS4-HMAC-SHA256";
        String canonical = "GET\n/bucket/k\n" + front + "\nhost:h\n\nhost\nUNSIGNED-PAYLOAD";
        return front + "&x-oss-signature=" + v4(canonical);
    }

    @Test
    void aUrlOfVersion4HoldsFromASecondToAWeek() {
        Claim claim = claim(request("GET", "/bucket/k", v4Url(1), "Host: h"));
        verified(claim, NOON);
        verified(claim, NOON.plusSeconds(1));
        verified(claim, NOON.minus(Times.SKEW));
        assertEquals(Claim.Form.OSS_V4_URL, claim.form());
        assertEquals("t", claim.securityToken());
        assertEquals("AK", claim.accessKeyId());
        VerifyOutcome.Expired expired =
                assertInstanceOf(
                        VerifyOutcome.Expired.class, claim.verify(SECRET, NOON.plusMillis(1_001)));
        assertEquals(NOON.plusSeconds(1), expired.end());
        assertInstanceOf(
                VerifyOutcome.Skewed.class,
                claim.verify(SECRET, NOON.minus(Times.SKEW).minusMillis(1)));
        SignedRequest week = request("GET", "/bucket/k", v4Url(604_800), "Host: h");
        verified(claim(week), NOON.plus(Duration.ofDays(7)));
        refused(
                Problem.EXPIRES_TOO_LONG,
                Credentials.parse(request("GET", "/bucket/k", v4Url(604_801), "Host: h")));
        refused(
                Problem.MALFORMED,
                Credentials.parse(request("GET", "/bucket/k", v4Url(0), "Host: h")));
        for (String name :
                List.of("x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature")) {
            assertThrows(QueryException.class, () -> Query.parse(v4Url(1) + "&" + name + "=1"));
        }
        refused(
                Problem.UNSUPPORTED,
                Credentials.parse(request("GET", "/bucket/k", "x-oss-signature=x")));
    }

    @Test
    void theBucketOfTheHostIsPartOfTheResource() {
        SignedRequest path = request("GET", "/bucket/k", "");
        assertEquals("/bucket/k", Uri.ossResource(path));
        assertEquals("/", Uri.ossResource(request("GET", "/", "")));
        assertEquals("/bucket/", Uri.ossResource(request("GET", "/bucket", "")));
        assertEquals("/bucket/", Uri.ossResource(request("GET", "/bucket/", "")));
        assertNull(Uri.ossResource(request("GET", "/%zz", "")));
        assertEquals(
                "/b/a b", Uri.ossResource(new SignedRequest("GET", "/a%20b", "", List.of(), "b")));
    }

    @Test
    void ourSignerSignsWithItsTokenWhatWeVerify() {
        OssSigner signer = new OssSigner(new AccessKey("AK", SECRET, "to+ken"), "cn-hangzhou");
        SignedRequest bare = request("GET", "/bucket/k", "a=1", "Content-Type: x/y");
        Claim header = claim(bare.with(signer.signV4(bare, NOON)));
        verified(header, NOON);
        assertEquals("to+ken", header.securityToken());
        for (String query :
                List.of(
                        signer.presignV1(bare, NOON.plusSeconds(60)),
                        signer.presignV4(bare, Duration.ofSeconds(60), NOON))) {
            assertTrue(query.startsWith("a=1&"), query);
            Claim url = claim(request("GET", "/bucket/k", query, "Content-Type: x/y"));
            verified(url, NOON.plusSeconds(60));
            assertInstanceOf(VerifyOutcome.Expired.class, url.verify(SECRET, NOON.plusSeconds(61)));
            assertEquals("to+ken", url.securityToken());
            Claim other = claim(request("GET", "/bucket/k", query, "Content-Type: x/z"));
            assertInstanceOf(VerifyOutcome.Mismatch.class, other.verify(SECRET, NOON));
        }
    }

    @Test
    void noClaimOrKeyShowsItsSecretsAsText() {
        for (String text :
                List.of(
                        claim(request("GET", "/bucket/k", v4Url(1))).toString(),
                        claim(with(PUT, "Date: " + HTTP, "Authorization: OSS AK:s3cr")).toString(),
                        claim(
                                        with(
                                                PUT,
                                                "Date: " + HTTP,
                                                "Authorization: OSS2 AccessKeyId:AK,Signature:s3cr"))
                                .toString(),
                        new AccessKey("AK", "s3cr", "s3cr").toString())) {
            assertTrue(text.contains("AK"), text);
            assertFalse(text.contains("s3cr") || text.contains("ignature="), text);
        }
    }
}
