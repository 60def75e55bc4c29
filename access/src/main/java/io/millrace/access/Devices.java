package io.millrace.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Cameras and other devices that write below a prefix of their own. Thread-safe. */
public interface Devices {
    /**
     * A device.
     *
     * @param id 1 to 64 of letters, digits and {@code . _ -}, not beginning with a dot
     * @param prefix ends with a slash: {@code cam1/} never matches {@code cam10/x}
     * @param issuer who stands behind it: {@code root}, {@code user/name} or {@code role/name}; the
     *     device may write what they may. Null when a version registered it that kept no issuers
     * @param vouched false when the issuer is gone, disabled or its sessions revoked: the device
     *     gets nothing until somebody takes it over
     */
    record DeviceInfo(
            String id,
            String bucket,
            String prefix,
            boolean enabled,
            boolean enrolled,
            long epoch,
            Instant created,
            @Nullable Instant lastToken,
            @Nullable String issuer,
            boolean vouched) {}

    /** A device and its one-time enrolment code, which is shown here only. */
    record Enrolment(DeviceInfo device, String code, Instant expires) {
        @Override
        public String toString() {
            return "Enrolment[" + device.id() + "]";
        }
    }

    /** What came of presenting an enrolment code. */
    sealed interface EnrolOutcome {
        /** The secret is shown here only. */
        record Enrolled(DeviceInfo device, String secret) implements EnrolOutcome {
            @Override
            public String toString() {
                return "Enrolled[" + device.id() + "]";
            }
        }

        record Refused(Refusal reason, String message) implements EnrolOutcome {}
    }

    /** What came of asking for a token. */
    sealed interface TokenOutcome {
        record Issued(DeviceInfo device, TemporaryCredentials credentials)
                implements TokenOutcome {}

        record Refused(Refusal reason, String message) implements TokenOutcome {}
    }

    /** Why a device was turned away. */
    enum Refusal {
        /** Unknown device, wrong code or wrong signature: not told apart. HTTP 403. */
        NOT_RECOGNISED,
        /**
         * The timestamp is more than 15 minutes off: HTTP 403, the answer says the server's time.
         */
        CLOCK,
        /** The nonce was used before: HTTP 403. */
        REPLAYED,
        DISABLED,
        /** Whoever stands behind the device or the code is gone or disabled: HTTP 403. */
        ISSUER,
        /** The operator's hook said no, or did not answer in time: HTTP 403. */
        HOOK,
        /** Too many tries: HTTP 429. */
        TOO_MANY
    }

    /**
     * Registers a device; the code has 80 bits, is kept hashed, works once and for 15 minutes.
     * {@code Taken} when the id exists, or when the prefix equals, contains or lies within another
     * device's in that bucket; the message names it.
     *
     * @param issuer whose rights at each request bound the device's; {@code Invalid} for a caller
     *     who may hand nothing on. That the issuer may write there at all is asked before
     */
    Change<Enrolment> register(String id, String bucket, String prefix, Caller issuer);

    /**
     * A fresh code for a device; the old secret works until the code is used, on behalf of whoever
     * stood behind it. From then on {@code issuer} does. A disabled device is enabled and loses its
     * secret at once.
     */
    Change<Enrolment> newCode(String id, Caller issuer);

    EnrolOutcome enrol(String code, String sourceAddress);

    /**
     * Temporary credentials for the device's own prefix.
     *
     * @param timestamp seconds since 1970, as sent in Millrace-Timestamp
     * @param nonce 8 to 64 characters, never used before by the device
     * @param signature HMAC-SHA256 over {@code id\ntimestamp\nnonce} with the device's secret, in
     *     hexadecimal
     */
    TokenOutcome token(
            String id, String timestamp, String nonce, String signature, String sourceAddress);

    Optional<DeviceInfo> get(String id);

    /**
     * The device below whose prefix a key lies, from the moment when its registration was answered.
     */
    Optional<DeviceInfo> owner(String bucket, String key);

    List<DeviceInfo> list(String after, int limit);

    /** How often devices were registered and deleted, on any node: tells when to look again. */
    long registrations();

    /** Cuts the device off at once: its tokens are refused from the next request on. */
    Change<DeviceInfo> disable(String id);

    /** Lets a device in again, or takes it over: from now on {@code issuer} stands behind it. */
    Change<DeviceInfo> enable(String id, Caller issuer);

    Change<DeviceInfo> delete(String id);
}
