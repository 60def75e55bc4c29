package io.millrace.access;

import io.millrace.access.policy.StatementRef;
import org.jspecify.annotations.Nullable;

/** Whether a caller may do it, and which statement said so. */
public sealed interface Decision {
    record Allowed(StatementRef statement) implements Decision {}

    /**
     * @param message public text
     * @param statement the Deny that matched; null when nothing allowed it
     */
    record Denied(Reason reason, String message, @Nullable StatementRef statement)
            implements Decision {}

    /** Why not. */
    enum Reason {
        /** Nothing allows it. */
        NOT_ALLOWED,
        /** A Deny matched. */
        EXPLICIT_DENY,
        /** The role may, but the session policy does not say so. */
        SESSION_POLICY,
        /** Outside of a device's own prefix, or another action than writing. */
        DEVICE_SCOPE,
        /** Outside of what issued credentials are for. */
        ISSUED_SCOPE,
        /** Nobody signed, and the bucket is not public. */
        ANONYMOUS,
        /** The role, device or user is gone or was disabled meanwhile. */
        REVOKED
    }

    default boolean allowed() {
        return this instanceof Allowed;
    }
}
