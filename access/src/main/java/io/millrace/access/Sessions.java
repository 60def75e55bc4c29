package io.millrace.access;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Signed-in people at the console. Thread-safe. */
public interface Sessions {
    /** What came of signing in. */
    sealed interface SignIn {
        /**
         * @param cookie the value of an HttpOnly, SameSite=Strict cookie; kept hashed here
         * @param csrf to be sent back in a header by every changing request
         */
        record SignedIn(String cookie, String csrf, Instant expires, Caller caller)
                implements SignIn {
            @Override
            public String toString() {
                return "SignedIn[" + caller + "]";
            }
        }

        /** Unknown user, wrong password, disabled user or used-up link: not told apart. */
        record Refused() implements SignIn {}

        /** Too many tries for this user or address. */
        record TooMany(Duration retryAfter) implements SignIn {}
    }

    /** A live session. */
    record ConsoleSession(Caller caller, String csrf, Instant expires) {}

    SignIn signIn(String user, String password, String sourceAddress);

    /** A single-use sign-in link's secret for a user, valid for at most a day. */
    Change<String> createLink(String user, Duration validity);

    /** Signs in by a link's secret; it works once. */
    SignIn redeem(String linkSecret, String sourceAddress);

    /** The session of a cookie; empty when it ended or the user is gone, disabled or changed. */
    Optional<ConsoleSession> find(String cookie);

    /** True when the given token is the session's, compared in constant time. */
    boolean csrfMatches(ConsoleSession session, String given);

    void signOut(String cookie);

    /** Ends every session of a user. */
    void signOutEverywhere(String user);
}
