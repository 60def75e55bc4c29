package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs with the JDK's HMAC what a test writes out: nothing of what is under test. */
final class ByHand {
    static final String SECRET = "secret";
    static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    static final String BASIC = "20260601T120000Z";
    static final String HTTP = "Mon, 01 Jun 2026 12:00:00 GMT";

    private ByHand() {}

    static byte[] hmac(String algorithm, byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return mac.doFinal(utf8(text));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String base64(String algorithm, String key, String text) {
        return Base64.getEncoder().encodeToString(hmac(algorithm, utf8(key), text));
    }

    static String digest(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String sha256(String text) {
        return digest("SHA-256", utf8(text));
    }

    /** The key chain of the V4 forms. */
    static byte[] chain(String first, String... links) {
        byte[] key = utf8(first + SECRET);
        for (String link : links) {
            key = hmac("HmacSHA256", key, link);
        }
        return key;
    }

    static String hex(byte[] key, String text) {
        return HexFormat.of().formatHex(hmac("HmacSHA256", key, text));
    }

    /** Headers as {@code "Name: value"}. */
    static List<Map.Entry<String, String>> headers(String... lines) {
        return Arrays.stream(lines)
                .map(line -> line.split(": ", 2))
                .map(pair -> Map.entry(pair[0], pair[1]))
                .toList();
    }

    static SignedRequest request(String method, String path, String query, String... headers) {
        return new SignedRequest(method, path, query, headers(headers));
    }

    static SignedRequest with(SignedRequest request, String... headers) {
        return request.with(headers(headers));
    }

    static Claim claim(SignedRequest request) {
        Credential credential = Credentials.parse(request);
        return assertInstanceOf(Claim.class, credential, credential::toString);
    }

    static void verified(Claim claim, Instant now) {
        VerifyOutcome outcome = claim.verify(SECRET, now);
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, outcome::toString);
    }

    static void refused(Problem problem, Credential credential) {
        assertEquals(problem, assertInstanceOf(Credential.Malformed.class, credential).problem());
    }

    static void refused(Problem problem, VerifyOutcome outcome) {
        assertEquals(problem, assertInstanceOf(VerifyOutcome.Refused.class, outcome).problem());
    }
}
