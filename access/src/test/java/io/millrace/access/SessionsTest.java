package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Sessions.SignIn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in to the console. */
class SessionsTest {
    @TempDir Path directory;
    private Desk desk;
    private Sessions sessions;

    @BeforeEach
    void open() {
        desk = new Desk(directory);
        sessions = desk.access.sessions();
        desk.access.users().create("alice", "correct horse", List.of()).orThrow();
    }

    @AfterEach
    void close() {
        desk.close();
    }

    private SignIn.SignedIn signedIn(SignIn outcome) {
        return assertInstanceOf(SignIn.SignedIn.class, outcome);
    }

    @Test
    void aRightPasswordOpensASessionThatEnds() {
        SignIn.SignedIn in = signedIn(sessions.signIn("alice", "correct horse", "10.0.0.1"));
        Sessions.ConsoleSession session = sessions.find(in.cookie()).orElseThrow();
        assertEquals("alice", session.caller().name());
        assertTrue(sessions.csrfMatches(session, in.csrf()));
        assertTrue(!sessions.csrfMatches(session, in.csrf() + "x"));
        assertEquals(Optional.empty(), sessions.find(in.cookie() + "x"));
        desk.clock.advance(Duration.ofHours(12));
        assertEquals(Optional.empty(), sessions.find(in.cookie()));
        desk.access.sweep();
    }

    @Test
    void signingOutChangingThePasswordAndDisablingEndSessionsAtOnce() {
        SignIn.SignedIn one = signedIn(sessions.signIn("alice", "correct horse", "10.0.0.1"));
        SignIn.SignedIn two = signedIn(sessions.signIn("alice", "correct horse", "10.0.0.1"));
        sessions.signOut(one.cookie());
        assertEquals(Optional.empty(), sessions.find(one.cookie()));
        assertTrue(sessions.find(two.cookie()).isPresent());
        desk.access.users().setPassword("alice", "battery staple").orThrow();
        assertEquals(Optional.empty(), sessions.find(two.cookie()));
        SignIn.SignedIn three = signedIn(sessions.signIn("alice", "battery staple", "10.0.0.1"));
        sessions.signOutEverywhere("alice");
        assertEquals(Optional.empty(), sessions.find(three.cookie()));
    }
}
