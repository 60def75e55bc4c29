package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.kit.Ids;
import io.millrace.signing.UrlAuth;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Proofs for the edge's default domain: URL authentication type A with the playback key. The edge
 * accepts a proof until its timestamp plus {@link #VALIDITY}, so an expiry is chosen by the
 * timestamp.
 */
final class Proofs {
    /** How long after its timestamp the default domain accepts a proof; part of its settings. */
    static final Duration VALIDITY = Duration.ofMinutes(30);

    /** The longest that a link may work. */
    static final Duration LONGEST = Duration.ofDays(30);

    private final Access access;
    private final InstantSource clock;

    Proofs(Access access, InstantSource clock) {
        this.access = access;
        this.clock = clock;
    }

    /** A proof and when it ends. */
    record Proof(String authKey, Instant expires) {}

    /** A proof for a path, percent-encoded as it stands in the URL. */
    Proof of(String rawPath, Duration lasting) {
        Instant expires = Instant.ofEpochSecond(clock.instant().plus(lasting).getEpochSecond());
        long timestamp = expires.minus(VALIDITY).getEpochSecond();
        String authKey =
                UrlAuth.A.sign(rawPath, timestamp, Ids.secret(12), "0", access.playbackKey());
        return new Proof(authKey, expires);
    }

    UrlAuth.Outcome check(String rawPath, String authKey) {
        return UrlAuth.A.verify(
                rawPath, "auth_key=" + authKey, VALIDITY, clock.instant(), access.playbackKey());
    }

    /** The path of an object at the edge's default domain, percent-encoded (RFC 3986). */
    static String objectPath(String bucket, String key) {
        return "/" + bucket + "/" + encode(key, true);
    }

    static String encode(String text, boolean keepSlash) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain =
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || "-._~".indexOf(c) >= 0
                            || (keepSlash && c == '/');
            if (plain) {
                out.append(c);
            } else {
                out.append('%').append(String.format("%02X", (int) c));
            }
        }
        return out.toString();
    }
}
