package io.millrace.access;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a security token holds, sealed with the master key: everything that a request needs, so that
 * any node opens it without a look-up. Only the epoch of its role or device is compared with the
 * present one.
 *
 * @param kind {@code R} for a role's session, {@code D} for a device's; for what somebody issued,
 *     {@code U} (uploads) or {@code G} (getting objects)
 * @param principal the role's name or the device's id; the issuer as {@code root}, {@code
 *     user/name} or {@code role/name}
 * @param principalId the id that is never used again, so that a new role of the same name is
 *     another; empty for root
 * @param session the role session's name; empty for others
 * @param bucket and {@code prefix}: the device's own, or the scope of what was issued; empty for
 *     roles
 * @param policy the session policy's document; empty when there is none
 */
record Token(
        char kind,
        String accessKeyId,
        String secret,
        String principal,
        String principalId,
        long epoch,
        Instant expires,
        String session,
        String bucket,
        String prefix,
        String policy) {

    /** A session policy has 2,048 characters of up to three bytes, and sealing adds a third. */
    private static final int MAX_TEXT = 12 * 1024;

    /** On an issuer's behalf, within a scope. */
    static Token issued(
            Records.Issuer issuer,
            Scope scope,
            Instant expires,
            String accessKeyId,
            String secret) {
        char kind =
                switch (scope.purpose()) {
                    case UPLOAD -> 'U';
                    case READ -> 'G';
                    case DEVICE -> throw new IllegalArgumentException("a device has its own token");
                };
        return new Token(
                kind,
                accessKeyId,
                secret,
                issuer.principal(),
                issuer.id(),
                issuer.epoch(),
                expires,
                issuer.session(),
                scope.bucket(),
                scope.prefix(),
                issuer.policy());
    }

    /** The scope of what was issued; null for the tokens of roles and devices. */
    @Nullable Scope scope() {
        return switch (kind) {
            case 'U' -> Scope.upload(bucket, prefix);
            case 'G' -> new Scope(Scope.Purpose.READ, bucket, prefix);
            default -> null;
        };
    }

    /** Who issued a token that has a scope; null when that is not understood. */
    Records.@Nullable Issuer issuer() {
        return Records.Issuer.of(principal, principalId, epoch, session, policy);
    }

    String seal(MasterKey master) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(1);
            out.writeByte(kind);
            out.writeUTF(accessKeyId);
            out.writeUTF(secret);
            out.writeUTF(principal);
            out.writeUTF(principalId);
            out.writeLong(epoch);
            out.writeLong(expires.toEpochMilli());
            out.writeUTF(session);
            out.writeUTF(bucket);
            out.writeUTF(prefix);
            out.writeUTF(policy);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(master.sealToken(bytes.toByteArray()));
    }

    /** Null when it was not sealed with this key, was changed, or is no token at all. */
    static @Nullable Token open(String text, MasterKey master) {
        if (text.length() > MAX_TEXT) {
            return null;
        }
        byte[] plain;
        try {
            plain = master.openToken(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (plain == null) {
            return null;
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain))) {
            if (in.readByte() != 1) {
                return null;
            }
            return new Token(
                    (char) in.readByte(),
                    in.readUTF(),
                    in.readUTF(),
                    in.readUTF(),
                    in.readUTF(),
                    in.readLong(),
                    Instant.ofEpochMilli(in.readLong()),
                    in.readUTF(),
                    in.readUTF(),
                    in.readUTF(),
                    in.readUTF());
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "Token[" + accessKeyId + "]";
    }
}
