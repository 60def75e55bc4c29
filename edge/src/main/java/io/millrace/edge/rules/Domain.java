package io.millrace.edge.rules;

import io.millrace.edge.http.MalformedRequest;
import io.millrace.edge.http.Target;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A name that viewers use, what it shows and who may see it.
 *
 * @param host lower case; {@link #DEFAULT} for every name that no other domain has
 * @param mount what of the origin it shows
 * @param auth null: public
 * @param ttlSeconds freshness instead of the origin's word for good answers; -1: the origin's
 * @param certificate for TLS; null: the default one
 * @param website whether stored pages run here: the origin's Content-Security-Policy is left out
 * @param headers request fields (lower case) that also go to the origin of an edge that does not
 *     sign, and select among what is kept
 */
public record Domain(
        String host,
        Mount mount,
        @Nullable Auth auth,
        long ttlSeconds,
        @Nullable Certificate certificate,
        boolean website,
        Set<String> headers) {

    public Domain {
        headers = Set.copyOf(headers);
    }

    /** A domain that is no website and whose origin sees none of a viewer's fields. */
    public Domain(
            String host,
            Mount mount,
            @Nullable Auth auth,
            long ttlSeconds,
            @Nullable Certificate certificate) {
        this(host, mount, auth, ttlSeconds, certificate, false, Set.of());
    }

    /** The host of the default domain in settings and statistics. */
    public static final String DEFAULT = "*";

    /** A part of the origin. */
    public sealed interface Mount {
        /** Paths as they come. */
        record Whole() implements Mount {}

        /** A bucket, or the keys in it that begin with a prefix. */
        record Bucket(String bucket, String prefix) implements Mount {}

        record Stream(String stream) implements Mount {}

        record Camera(String device) implements Mount {}
    }

    /** URL authentication type A: {@code auth_key=ts-rand-uid-md5}. */
    public record Auth(String key, @Nullable String backupKey, long validitySeconds) {
        @Override
        public String toString() {
            return "Auth[A, " + validitySeconds + " s]";
        }
    }

    /** A certificate chain and its private key, both PEM. */
    public record Certificate(String chainPem, String keyPem) {
        @Override
        public String toString() {
            return "Certificate[…]";
        }
    }

    /** The path at the origin for a viewer's normalised path; it always begins with a slash. */
    public String originPath(String path) {
        return root() + path;
    }

    /** What stands before the viewer's path at the origin, without a slash at the end. */
    public String root() {
        return switch (mount) {
            case Mount.Whole _ -> "";
            case Mount.Bucket(String bucket, String prefix) ->
                    "/" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
            case Mount.Stream(String stream) -> "/_live/" + stream;
            case Mount.Camera(String device) -> "/_camera/" + device;
        };
    }

    /** A mount whose names cannot climb out of it. */
    static Mount checked(Mount mount) {
        String path = new Domain("probe", mount, null, -1, null).originPath("/");
        boolean plain;
        try {
            plain = Target.normalise(path).equals(path);
        } catch (MalformedRequest e) {
            plain = false;
        }
        if (!plain) {
            throw new IllegalArgumentException("not a plain name: " + mount);
        }
        return mount;
    }
}
