package io.millrace.work.outgoing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The header that says who a call is from and when it was made: {@code t=1764500000,v1=<hex>},
 * HMAC-SHA256 over the seconds, a full stop and the body; one {@code v1} for each secret, so that a
 * receiver may change over from one to the next.
 */
final class Signature {
    static final String HEADER = "Millrace-Signature";

    private Signature() {}

    static String of(List<String> secrets, Instant now, byte[] body) {
        String seconds = Long.toString(now.getEpochSecond());
        StringBuilder header = new StringBuilder("t=").append(seconds);
        for (String secret : secrets) {
            header.append(",v1=").append(hmac(secret, seconds, body));
        }
        return header.toString();
    }

    private static String hmac(String secret, String seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA256", e);
        }
    }
}
