package io.millrace.access;

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

    record Device(
            String uid,
            String id,
            String bucket,
            String prefix,
            boolean enabled,
            byte @Nullable [] secret,
            long epoch,
            long created,
            long lastToken) {
        Device with(boolean nowEnabled, byte @Nullable [] nowSecret, long next, long token) {
            return new Device(uid, id, bucket, prefix, nowEnabled, nowSecret, next, created, token);
        }
    }

    /** An enrolment code, stored under its hash. */
    record Code(String device, String uid, long expires) {}

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

    /** The address asked before devices get in. */
    record Hook(String url) {}

    static byte[] encode(Object record) {
        try {
            byte[] json = JSON.writeValueAsBytes(record);
            byte[] out = new byte[json.length + 1];
            out[0] = VERSION;
            System.arraycopy(json, 0, out, 1, json.length);
            return out;
        } catch (JsonProcessingException e) {
            throw new AccessException(AccessException.Code.STORAGE, "A record does not encode.", e);
        }
    }

    static <T> T decode(byte[] value, Class<T> type) {
        if (value.length < 2 || value[0] != VERSION) {
            throw new AccessException(
                    AccessException.Code.STORAGE,
                    "A record has a format that this version does not know. Was it written by a"
                            + " newer one?");
        }
        try {
            return JSON.readValue(value, 1, value.length - 1, type);
        } catch (IOException e) {
            throw new AccessException(AccessException.Code.STORAGE, "A record does not decode.", e);
        }
    }
}
