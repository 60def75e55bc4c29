package io.millrace.access;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is on disk: a byte with the format's version, then JSON. Times are milliseconds since 1970.
 * docs/formats/access.md describes each record; a change of meaning is a new version with the old
 * decoder kept.
 */
final class Records {
    private static final byte VERSION = 1;
    private static final byte ISSUED = 2;
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private Records() {}

    record User(
            String id,
            String name,
            boolean enabled,
            @Nullable String password,
            List<String> policies,
            long epoch,
            long created) {
        User with(boolean nowEnabled, @Nullable String nowPassword, List<String> now, long next) {
            return new User(id, name, nowEnabled, nowPassword, now, next, created);
        }
    }

    record Key(String id, String user, boolean enabled, byte[] secret, long created) {}

    record Root(String id, byte[] secret, long created) {}

    record Role(
            String id,
            String name,
            String trust,
            long maxSeconds,
            List<String> policies,
            long epoch,
            long created) {
        Role with(String nowTrust, List<String> nowPolicies, long next) {
            return new Role(id, name, nowTrust, maxSeconds, nowPolicies, next, created);
        }
    }

    record NamedPolicy(String name, String document, long changed) {}

    /** Who may stand behind a device or other credentials. */
    enum IssuerKind {
        ROOT,
        USER,
        ROLE
    }

    /**
     * Who stands behind a device or other credentials.
     *
     * @param name the user's or the role's; empty for root
     * @param id the user's or the role's, which is never used again; empty for root
     * @param epoch the role's when the session began; else 0
     * @param session the role session's name; else empty
     * @param policy the session policy's document; empty when there is none
     */
    record Issuer(
            IssuerKind kind, String name, String id, long epoch, String session, String policy) {
        /** The reverse of {@link #principal}; null for anything else. */
        static @Nullable Issuer of(
                String principal, String id, long epoch, String session, String policy) {
            if (principal.equals("root")) {
                return new Issuer(IssuerKind.ROOT, "", id, epoch, session, policy);
            }
            String name = principal.substring(principal.indexOf('/') + 1);
            return switch (principal.substring(0, principal.length() - name.length())) {
                case "user/" -> new Issuer(IssuerKind.USER, name, id, epoch, session, policy);
                case "role/" -> new Issuer(IssuerKind.ROLE, name, id, epoch, session, policy);
                default -> null;
            };
        }

        /** {@code root}, {@code user/name} or {@code role/name}. */
        String principal() {
            return switch (kind) {
                case ROOT -> "root";
                case USER -> "user/" + name;
                case ROLE -> "role/" + name;
            };
        }
    }

    /**
     * A row that somebody stands behind: version 2. Version 1 knew no issuer; such a row keeps its
     * version until somebody is known.
     */
    sealed interface Issued {
        @Nullable Issuer issuer();
    }

    record Device(
            String uid,
            String id,
            String bucket,
            String prefix,
            boolean enabled,
            byte @Nullable [] secret,
            long epoch,
            long created,
            long lastToken,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Issuer issuer)
            implements Issued {
        Device with(boolean nowEnabled, byte @Nullable [] nowSecret, long next, long token) {
            return new Device(
                    uid, id, bucket, prefix, nowEnabled, nowSecret, next, created, token, issuer);
        }

        Device by(@Nullable Issuer now) {
            return new Device(
                    uid, id, bucket, prefix, enabled, secret, epoch, created, lastToken, now);
        }
    }

    /** An enrolment code, stored under its hash; who uses it gets the issuer's rights. */
    record Code(
            String device,
            String uid,
            long expires,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Issuer issuer)
            implements Issued {}

    /** A nonce that a device used. */
    record Nonce(long expires) {}

    /** A console session, stored under the hash of its cookie. */
    record Session(String user, String userId, long epoch, long expires) {}

    /** A sign-in link, stored under the hash of its secret. */
    record Link(String user, String userId, long epoch, long expires) {}

    record AuditHead(long newest, long oldest, String hash) {}

    record AuditRow(
            long time,
            String actor,
            String action,
            String resource,
            String decision,
            String detail,
            String requestId,
            String sourceAddress,
            String before,
            String hash) {}

    /**
     * The address asked before devices get in.
     *
     * @param url as earlier versions kept it; now null
     * @param sealed the address under the master key
     */
    record Hook(@Nullable String url, byte @Nullable [] sealed) {}

    static byte[] encode(Object record) {
        try {
            byte[] json = JSON.writeValueAsBytes(record);
            byte[] out = new byte[json.length + 1];
            out[0] = record instanceof Issued row && row.issuer() != null ? ISSUED : VERSION;
            System.arraycopy(json, 0, out, 1, json.length);
            return out;
        } catch (JsonProcessingException e) {
            throw new AccessException(AccessException.Code.STORAGE, "A record does not encode.", e);
        }
    }

    static <T> T decode(byte[] value, Class<T> type) {
        boolean issued =
                Issued.class.isAssignableFrom(type) && value.length > 0 && value[0] == ISSUED;
        if (value.length < 2 || (value[0] != VERSION && !issued)) {
            throw new AccessException(
                    AccessException.Code.STORAGE,
                    "A record has a format that this version does not know. Was it written by a"
                            + " newer one?");
        }
        try {
            T record = JSON.readValue(value, 1, value.length - 1, type);
            if (record instanceof Issued row && (row.issuer() != null) != issued) {
                throw new AccessException(
                        AccessException.Code.STORAGE,
                        "A record does not say, in the way of its version, who stands behind it.");
            }
            return record;
        } catch (IOException e) {
            throw new AccessException(AccessException.Code.STORAGE, "A record does not decode.", e);
        }
    }
}
