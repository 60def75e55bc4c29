package io.millrace.access;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Roles: permissions that trusted callers take on for a while. Thread-safe. */
public interface Roles {
    /**
     * A role.
     *
     * @param trustPolicy who may assume it, as written
     * @param maxSession 15 minutes to 12 hours
     * @param policies names of attached policies
     * @param epoch tokens of an earlier epoch are refused
     */
    record RoleInfo(
            String id,
            String name,
            String arn,
            String trustPolicy,
            Duration maxSession,
            List<String> policies,
            long epoch,
            Instant created) {}

    Change<RoleInfo> create(
            String name, String trustPolicy, Duration maxSession, List<String> policies);

    Optional<RoleInfo> get(String name);

    List<RoleInfo> list(String after, int limit);

    Change<RoleInfo> setTrustPolicy(String name, String trustPolicy);

    Change<RoleInfo> setPolicies(String name, List<String> policies);

    /** Ends every session of the role that was begun until now. */
    Change<RoleInfo> revokeSessions(String name);

    Change<RoleInfo> delete(String name);
}
