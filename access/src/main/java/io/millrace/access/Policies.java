package io.millrace.access;

import io.millrace.access.policy.StatementRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Named policies to attach to users and roles. Built in: AdministratorAccess, ReadOnlyAccess,
 * PlaybackAccess, UploadAccess. Thread-safe.
 */
public interface Policies {
    record PolicyInfo(String name, String document, boolean builtIn, Instant changed) {}

    /**
     * Writes a policy, RAM or AWS form, at most 6,144 characters; Invalid says where it is wrong.
     */
    Change<PolicyInfo> put(String name, String document);

    Optional<PolicyInfo> get(String name);

    /** The built-in ones first, then in the order of names. */
    List<PolicyInfo> list(String after, int limit);

    /** Deletes a policy that nobody has attached. */
    Change<PolicyInfo> delete(String name);

    /** A decision with its deciding statement, and every statement that matched on the way. */
    record Explanation(Decision decision, List<StatementRef> matched) {}

    Explanation explain(Caller caller, String action, String resource, RequestContext context);
}
