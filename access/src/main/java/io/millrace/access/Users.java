package io.millrace.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The people and programs of the account. Thread-safe; every change is durable when it returns. */
public interface Users {
    /**
     * A user.
     *
     * @param id stable, never used again
     * @param name 1 to 64 of letters, digits and {@code . _ @ -}
     * @param policies names of attached policies
     */
    record UserInfo(
            String id,
            String name,
            boolean enabled,
            boolean hasPassword,
            List<String> policies,
            Instant created) {}

    /**
     * Makes a user.
     *
     * @param password 10 to 256 characters; null for a user who cannot sign in to the console
     */
    Change<UserInfo> create(String name, @Nullable String password, List<String> policies);

    Optional<UserInfo> get(String name);

    /** Users after that name in the order of names; at most 1,000. */
    List<UserInfo> list(String after, int limit);

    /** Deletes a user with keys and sessions. The last one with AdministratorAccess stays. */
    Change<UserInfo> delete(String name);

    /** Sets the password and signs the user out everywhere. */
    Change<UserInfo> setPassword(String name, @Nullable String password);

    /** A disabled user's keys and sessions stop at once. */
    Change<UserInfo> setEnabled(String name, boolean enabled);

    /** Attaches policies, built-in or own, in place of the present ones; at most 20. */
    Change<UserInfo> setPolicies(String name, List<String> policies);

    /** The caller that a user is, for decisions made on the user's behalf. */
    Optional<Caller> caller(String name);
}
