package io.millrace.access;

import io.millrace.access.policy.Policy;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Who sent a request, once proved. */
public sealed interface Caller {
    /** Stable and unique; what records keep as the owner. */
    String id();

    String name();

    /** {@code acs:ram::account:…}. */
    String arn();

    /** The account's root: may do everything. */
    record Root(String id, String name, String arn) implements Caller {}

    /** A person or a program with its own policies. */
    record User(String id, String name, String arn) implements Caller {}

    /**
     * Temporary credentials of an assumed role.
     *
     * @param name {@code role/session}
     * @param sessionPolicy narrows the role's own policies; null when none was given
     * @param epoch the role's when the session began; an older one than the present is revoked
     */
    record RoleSession(
            String id,
            String name,
            String arn,
            String role,
            String session,
            @Nullable Policy sessionPolicy,
            long epoch,
            Instant expires)
            implements Caller {}

    /**
     * Temporary credentials of a device: may write below its own prefix and look at what it wrote,
     * as far as whoever registered it may.
     */
    record DeviceSession(
            String id,
            String name,
            String arn,
            String bucket,
            String prefix,
            long epoch,
            Instant expires)
            implements Caller {}

    /**
     * Temporary credentials that somebody issued: a browser's upload, a signed address.
     *
     * @param issuer root, a user or a role's session; what it may not do at the moment of a
     *     request, neither may this
     */
    record IssuedSession(
            String id, String name, String arn, Caller issuer, Scope scope, Instant expires)
            implements Caller {}

    /** One of the system's own parts on another door, such as the edge. */
    record Service(String id, String name, String arn) implements Caller {}

    /** Nobody in particular. */
    record Anonymous() implements Caller {
        @Override
        public String id() {
            return "anonymous";
        }

        @Override
        public String name() {
            return "anonymous";
        }

        @Override
        public String arn() {
            return "acs:ram::*:anonymous";
        }
    }
}
