package io.millrace.edge.rules;

import io.millrace.signing.UrlAuth;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A proof of URL authentication type A that held: who may see until when, so that the same right
 * can be written on the URIs of a playlist.
 *
 * @param timestamp seconds since 1970
 * @param key the key that it was made with
 */
public record Proof(long timestamp, String rand, String uid, String key) {
    /** The query parameter that carries it. */
    public static final String PARAMETER = "auth_key";

    /** What came of looking for a proof. */
    public sealed interface Outcome {
        record Held(Proof proof, String queryWithout) implements Outcome {}

        /** {@code reason} is one word for a header, {@code text} tells a person what to do. */
        record Refused(String reason, String text) implements Outcome {}
    }

    /** Checks the proof in a query for a normalised path. */
    public static Outcome check(Domain.Auth auth, String path, String query, Instant now) {
        Outcome first = check(auth.key(), auth.validitySeconds(), path, query, now);
        String backup = auth.backupKey();
        if (backup == null
                || !(first instanceof Outcome.Refused(String reason, _))
                || !reason.equals("wrong")) {
            return first;
        }
        return check(backup, auth.validitySeconds(), path, query, now);
    }

    private static Outcome check(
            String key, long validity, String path, String query, Instant now) {
        Duration lasts = Duration.ofSeconds(validity);
        UrlAuth.Outcome outcome = UrlAuth.A.verify(path, query, lasts, now, key);
        if (outcome instanceof UrlAuth.Outcome.Wrong) {
            String decoded = decoded(path);
            if (decoded != null) {
                // Signers differ in whether they sign the escaped path; both name one object.
                outcome = UrlAuth.A.verify(decoded, query, lasts, now, key);
            }
        }
        return switch (outcome) {
            case UrlAuth.Outcome.Valid valid -> held(valid, query, key);
            case UrlAuth.Outcome.Missing _ ->
                    refused("missing", "add auth_key=timestamp-rand-uid-md5 for this path");
            case UrlAuth.Outcome.Malformed(String message) -> refused("malformed", message);
            case UrlAuth.Outcome.Wrong _ ->
                    refused("wrong", "auth_key was made for another path or with another key");
            case UrlAuth.Outcome.Expired(Instant at) ->
                    refused("expired", "auth_key expired at " + at + "; ask for a new one");
        };
    }

    private static Outcome held(UrlAuth.Outcome.Valid valid, String query, String key) {
        String value = parameter(query);
        String[] parts = value == null ? new String[0] : value.split("-", 4);
        if (parts.length != 4) {
            return refused("malformed", "auth_key is timestamp-rand-uid-md5");
        }
        return new Outcome.Held(
                new Proof(Long.parseLong(parts[0]), parts[1], parts[2], key), valid.query());
    }

    private static Outcome refused(String reason, String text) {
        return new Outcome.Refused(reason, text);
    }

    /** The same right for another path: the value of the parameter. */
    public String sign(String path) {
        return UrlAuth.A.sign(path, timestamp, rand, uid, key);
    }

    private static @Nullable String parameter(String query) {
        for (String pair : query.split("&")) {
            if (pair.startsWith(PARAMETER + "=")) {
                return pair.substring(PARAMETER.length() + 1);
            }
        }
        return null;
    }

    private static @Nullable String decoded(String path) {
        if (path.indexOf('%') < 0 || path.contains("%2F")) {
            return null;
        }
        return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
