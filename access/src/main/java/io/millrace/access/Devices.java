package io.millrace.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Cameras and other devices that write below a prefix of their own. Thread-safe. */
public interface Devices {
    /**
     * A device.
     *
     * @param id 1 to 64 of letters, digits and {@code . _ -}, not beginning with a dot
     * @param prefix ends with a slash: {@code cam1/} never matches {@code cam10/x}
     */
    record DeviceInfo(
            String id,
            String bucket,
            String prefix,
            boolean enabled,
            boolean enrolled,
            long epoch,
            Instant created,
            @org.jspecify.annotations.Nullable Instant lastToken) {}

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
        /** The operator's hook said no, or did not answer in time: HTTP 403. */
        HOOK,
        /** Too many tries: HTTP 429. */
        TOO_MANY
    }

    /**
     * Registers a device; the code has 80 bits, is kept hashed, works once and for 15 minutes.
     * {@code Taken} when the id exists, or when the prefix equals, contains or lies within another
     * device's in that bucket; the message names it.
     */
    Change<Enrolment> register(String id, String bucket, String prefix);

    /** A fresh code for a device; the old secret works until the code is used. */
    Change<Enrolment> newCode(String id);

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

    Change<DeviceInfo> enable(String id);

    Change<DeviceInfo> delete(String id);
}
