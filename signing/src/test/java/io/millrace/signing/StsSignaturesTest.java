package io.millrace.signing;

import static io.millrace.signing.ByHand.NOON;
import static io.millrace.signing.ByHand.SECRET;
import static io.millrace.signing.ByHand.refused;
import static io.millrace.signing.ByHand.request;
import static io.millrace.signing.ByHand.utf8;
import static io.millrace.signing.ByHand.verified;
import static io.millrace.signing.ByHand.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The RPC signature version 1.0 and ACS3, with the vendor's examples. */
class StsSignaturesTest {
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final byte[] NOTHING = new byte[0];

    private static Claim claim(SignedRequest request, byte[] body) {
        Credential credential = Credentials.parseRpc(request, body);
        return assertInstanceOf(Claim.class, credential, credential::toString);
    }

    @Test
    void theVendorsExampleOfTheRpcSignatureHolds() {
        String query =
                "TimeStamp=ignored&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D&AccessKeyId=testid"
                        + "&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1"
                        + "&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"
                        + "&SignatureVersion=1.0&Timestamp=2016-02-23T12%3A46%3A24Z"
                        + "&Version=2014-05-26";
        Claim claim = claim(request("GET", "/", query.replace("TimeStamp=ignored&", "")), NOTHING);
        Instant then = Instant.parse("2016-02-23T12:46:24Z");
        VerifyOutcome outcome = claim.verify("testsecret", then);
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, outcome::toString);
        assertEquals("3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", claim.nonce());
        assertEquals("testid", claim.accessKeyId());
        assertEquals(Claim.Form.RPC_V1, claim.form());
        assertEquals("RPC_V1[testid]", claim.toString());
        assertNull(claim.securityToken());
        Claim more = claim(request("GET", "/", query), NOTHING);
        assertInstanceOf(VerifyOutcome.Mismatch.class, more.verify("testsecret", then));
    }

    private static String rpc(String sorted, String method, String algorithm) {
        String text = method + "&%2F&" + Uri.encode(sorted, false);
        return sorted
                + "&Signature="
                + Uri.encode(ByHand.base64(algorithm, SECRET + "&", text), false);
    }

    @Test
    void theRpcSignatureCoversQueryAndFormTogether() {
        String sorted =
                "AccessKeyId=AK&Action=AssumeRole&SecurityToken=t&SignatureMethod=HMAC-SHA256"
                        + "&Timestamp=2026-06-01T12%3A00%3A00Z";
        String signed = rpc(sorted, "POST", "HmacSHA256");
        String action = "Action=AssumeRole&";
        byte[] rest = utf8(signed.replace(action, ""));
        for (SignedRequest request :
                List.of(
                        request("POST", "/", "Action=AssumeRole", FORM),
                        request("POST", "/", "Action=AssumeRole", FORM + "; charset=UTF-8"))) {
            Claim claim = claim(request, rest);
            verified(claim, NOON);
            assertEquals("t", claim.securityToken());
            assertEquals("", claim.nonce());
        }
        verified(claim(request("POST", "/", "", FORM), utf8(signed)), NOON);
        verified(claim(request("POST", "/", signed), utf8("not a form")), NOON);
        assertInstanceOf(
                VerifyOutcome.Mismatch.class,
                claim(request("POST", "/", signed, FORM), utf8("x=1")).verify(SECRET, NOON));
        VerifyOutcome.Mismatch told =
                assertInstanceOf(
                        VerifyOutcome.Mismatch.class,
                        claim(request("GET", "/", signed), NOTHING).verify(SECRET, NOON));
        assertEquals(sorted, told.canonicalRequest());
        assertEquals("GET&%2F&" + Uri.encode(sorted, false), told.stringToSign());
    }

    @Test
    void theRpcSignatureIsVersion1WithOneOfTwoDigests() {
        String front = "AccessKeyId=AK&Signature=x&Timestamp=2026-06-01T12%3A00%3A00Z";
        for (String bad :
                List.of(
                        "&SignatureVersion=2.0",
                        "&SignatureMethod=NONE",
                        "&SignatureVersion=&SignatureMethod=HMAC-SHA1")) {
            refused(
                    Problem.UNSUPPORTED,
                    Credentials.parseRpc(request("GET", "/", front + bad), NOTHING));
        }
        claim(request("GET", "/", front + "&SignatureMethod=HMAC-SHA256"), NOTHING);
        claim(request("GET", "/", front), NOTHING);
        refused(
                Problem.AMBIGUOUS,
                Credentials.parseRpc(request("POST", "/", front, FORM), utf8("a=1&a=1")));
        refused(
                Problem.AMBIGUOUS,
                Credentials.parseRpc(request("POST", "/", front + "&a=1", FORM), utf8("a=1")));
        refused(
                Problem.MALFORMED,
                Credentials.parseRpc(request("POST", "/", front, FORM), utf8("a=%zz")));
        for (String none : List.of("", "Signature=x", "AccessKeyId=AK")) {
            assertInstanceOf(
                    Credential.Anonymous.class,
                    Credentials.parseRpc(request("GET", "/", none), NOTHING));
        }
    }

    @Test
    void anRpcSignaturesTimeIsNear() {
        Claim claim =
                claim(
                        request(
                                "GET",
                                "/",
                                rpc(
                                        "AccessKeyId=AK&Timestamp=2026-06-01T12%3A00%3A00Z",
                                        "GET", "HmacSHA1")),
                        NOTHING);
        verified(claim, NOON.plusSeconds(900));
        assertInstanceOf(VerifyOutcome.Skewed.class, claim.verify(SECRET, NOON.plusSeconds(901)));
        refused(
                Problem.BAD_DATE,
                claim(request("GET", "/", "AccessKeyId=AK&Signature=x"), NOTHING)
                        .verify(SECRET, NOON));
    }

    private static final String ACS3_NONCE = "3156853299f313e23d1673dc12e1703d";
    private static final SignedRequest RUN_INSTANCES =
            request(
                    "POST",
                    "/",
                    "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
                            + "&RegionId=cn-shanghai",
                    "host: ecs.cn-shanghai.aliyuncs.com",
                    "x-acs-action: RunInstances",
                    "x-acs-content-sha256: " + ByHand.sha256(""),
                    "x-acs-date: 2023-10-26T10:22:32Z",
                    "x-acs-signature-nonce: " + ACS3_NONCE,
                    "x-acs-version: 2014-05-26");

    private static String acs3(String signed, String signature) {
        return "Authorization: ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders="
                + signed
                + ",Signature="
                + signature;
    }

    private static final String ACS3_SIGNED =
            "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
    private static final String ACS3_SIGNATURE =
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
    private static final Instant THEN = Instant.parse("2023-10-26T10:22:32Z");

    @Test
    void theVendorsExampleOfAcs3Holds() {
        Claim claim = claim(with(RUN_INSTANCES, acs3(ACS3_SIGNED, ACS3_SIGNATURE)), NOTHING);
        VerifyOutcome outcome = claim.verify("YourAccessKeySecret", THEN);
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, outcome::toString);
        assertEquals(ACS3_NONCE, claim.nonce());
        assertEquals("YourAccessKeyId", claim.accessKeyId());
        assertEquals(Claim.Form.ACS3, claim.form());
        assertEquals("ACS3[YourAccessKeyId]", claim.toString());
        assertInstanceOf(
                VerifyOutcome.Skewed.class,
                claim.verify("YourAccessKeySecret", THEN.plusSeconds(901)));
        VerifyOutcome.Mismatch told =
                assertInstanceOf(VerifyOutcome.Mismatch.class, claim.verify("x", THEN));
        assertEquals(
                "ACS3-HMAC-SHA256\n" + ByHand.sha256(told.canonicalRequest()), told.stringToSign());
    }

    @Test
    void acs3CoversTheBodyAndEveryHeaderOfTheVendor() {
        SignedRequest good = with(RUN_INSTANCES, acs3(ACS3_SIGNED, ACS3_SIGNATURE));
        refused(Problem.BAD_CONTENT_SHA256, Credentials.parseRpc(good, utf8("x")));
        refused(
                Problem.UNSIGNED_HEADERS,
                claim(with(good, "X-Acs-Security-Token: t"), NOTHING)
                        .verify("YourAccessKeySecret", THEN));
        SignedRequest plain = with(good, "User-Agent: any");
        assertInstanceOf(
                VerifyOutcome.Verified.class,
                claim(plain, NOTHING).verify("YourAccessKeySecret", THEN));
        assertEquals("t", claim(with(good, "x-acs-security-token: t"), NOTHING).securityToken());
    }

    @Test
    void acs3NeedsItsThreeFieldsAndADate() {
        for (String bad :
                List.of(
                        "Credential=AK,SignedHeaders=host",
                        "Credential=AK,Signature=x",
                        "SignedHeaders=host,Signature=x",
                        "")) {
            refused(
                    Problem.MALFORMED,
                    Credentials.parseRpc(
                            request("GET", "/", "", "Authorization: ACS3-HMAC-SHA256 " + bad),
                            NOTHING));
        }
        Claim undated = claim(request("GET", "/", "", acs3("host", "x")), NOTHING);
        assertEquals("", undated.nonce());
        refused(Problem.BAD_DATE, undated.verify(SECRET, NOON));
    }

    @Test
    void anRpcRequestMayBeSignedOnceAndInAKnownWay() {
        String authorization = acs3("host", "x");
        refused(
                Problem.AMBIGUOUS,
                Credentials.parseRpc(
                        request("GET", "/", "", authorization, authorization), NOTHING));
        refused(
                Problem.AMBIGUOUS,
                Credentials.parseRpc(
                        request("GET", "/", "", authorization, "Date: a", "date: b"), NOTHING));
        refused(
                Problem.UNSUPPORTED,
                Credentials.parseRpc(request("GET", "/", "", "Authorization: Basic x"), NOTHING));
        SigV4Signer signer = new SigV4Signer(new AccessKey("AK", SECRET), "local", "sts");
        SignedRequest bare = request("POST", "/", "", "Host: h");
        byte[] body = utf8("Action=AssumeRole");
        SignedRequest signed = bare.with(signer.sign(bare, SigV4Signer.payloadHash(body), NOON));
        Claim claim = claim(signed, body);
        verified(claim, NOON);
        assertEquals("sts", claim.service());
        refused(Problem.BAD_CONTENT_SHA256, Credentials.parseRpc(signed, utf8("Action=Other")));
        String canonical =
                "POST\n/\n\nhost:h\nx-amz-date:"
                        + ByHand.BASIC
                        + "\n\nhost;x-amz-date\n"
                        + ByHand.sha256("Action=AssumeRole");
        String scope = "20260601/local/sts/aws4_request";
        String text =
                "AWS4-HMAC-SHA256\n"
                        + ByHand.BASIC
                        + "\n"
                        + scope
                        + "\n"
                        + ByHand.sha256(canonical);
        byte[] key = ByHand.chain("AWS4", scope.split("/"));
        SignedRequest unhashed =
                with(
                        bare,
                        "x-amz-date: " + ByHand.BASIC,
                        "Authorization: AWS4-HMAC-SHA256 Credential=AK/"
                                + scope
                                + ", SignedHeaders=host;x-amz-date, Signature="
                                + ByHand.hex(key, text));
        verified(claim(unhashed, body), NOON);
        assertInstanceOf(
                VerifyOutcome.Mismatch.class,
                claim(unhashed, utf8("Action=Other")).verify(SECRET, NOON));
    }

    /** A URL that says nothing of the body would let anybody write one. */
    @Test
    void aUrlsSignatureCoversTheBody() {
        SigV4Signer signer = new SigV4Signer(new AccessKey("AK", SECRET), "local", "sts");
        SignedRequest bare = request("POST", "/", "", "Host: h");
        String open = signer.presign(bare, java.time.Duration.ofMinutes(1), NOON);
        assertInstanceOf(
                VerifyOutcome.Mismatch.class,
                claim(request("POST", "/", open, "Host: h"), NOTHING).verify(SECRET, NOON));
        String scope = "20260601/local/sts/aws4_request";
        String query =
                "Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                        + ("AK/" + scope).replace("/", "%2F")
                        + "&X-Amz-Date="
                        + ByHand.BASIC
                        + "&X-Amz-Expires=60&X-Amz-SignedHeaders=host";
        String canonical = "GET\n/\n" + query + "\nhost:h\n\nhost\n" + ByHand.sha256("");
        String text =
                "AWS4-HMAC-SHA256\n"
                        + ByHand.BASIC
                        + "\n"
                        + scope
                        + "\n"
                        + ByHand.sha256(canonical);
        byte[] key = ByHand.chain("AWS4", scope.split("/"));
        String signed = query + "&X-Amz-Signature=" + ByHand.hex(key, text);
        SignedRequest request = request("GET", "/", signed, "Host: h");
        verified(claim(request, NOTHING), NOON);
        assertInstanceOf(
                VerifyOutcome.Mismatch.class,
                claim(request, utf8("RoleArn=x")).verify(SECRET, NOON));
    }
}
