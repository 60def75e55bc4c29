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
    void aWrongPasswordAnUnknownUserAndADisabledOneAreNotToldApart() {
        assertEquals(new SignIn.Refused(), sessions.signIn("alice", "wrong horse", "10.0.0.1"));
        assertEquals(new SignIn.Refused(), sessions.signIn("nobody", "wrong horse", "10.0.0.1"));
        desk.access.users().setEnabled("alice", false).orThrow();
        assertEquals(new SignIn.Refused(), sessions.signIn("alice", "correct horse", "10.0.0.1"));
        assertInstanceOf(
                Change.Invalid.class, desk.access.users().create("bob", "short", List.of()));
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

    @Test
    void whoCameInAndWhoTriedStandsInTheAuditTrail() {
        sessions.signIn("alice", "wrong horse", "10.0.0.1");
        sessions.signIn("alice", "correct horse", "10.0.0.2");
        desk.access.audit().write(new Audit.Event("test", "flush", "", "done", "", "", ""));
        List<Audit.Entry> newest = desk.access.audit().list(Long.MAX_VALUE, 3);
        assertEquals("done", newest.get(1).event().decision());
        assertEquals("acs:ram::100000000000:user/alice", newest.get(1).event().actor());
        assertEquals("denied", newest.get(2).event().decision());
        assertEquals("10.0.0.1", newest.get(2).event().sourceAddress());
    }

    @Test
    void aSignInLinkWorksOnceAndNotTooLate() {
        String link = sessions.createLink("alice", Duration.ofMinutes(10)).orThrow();
        signedIn(sessions.redeem(link, "10.0.0.1"));
        assertEquals(new SignIn.Refused(), sessions.redeem(link, "10.0.0.1"));
        String late = sessions.createLink("alice", Duration.ofMinutes(10)).orThrow();
        desk.clock.advance(Duration.ofMinutes(10));
        assertEquals(new SignIn.Refused(), sessions.redeem(late, "10.0.0.1"));
        assertInstanceOf(Change.Invalid.class, sessions.createLink("alice", Duration.ofDays(2)));
        assertEquals(new SignIn.Refused(), sessions.redeem("guess", "10.0.0.1"));
    }

    @Test
    void aClockThatIsSetBackRevivesNoSessionAndNoLink() {
        SignIn.SignedIn in = signedIn(sessions.signIn("alice", "correct horse", "10.0.0.1"));
        String link = sessions.createLink("alice", Duration.ofMinutes(10)).orThrow();
        desk.clock.advance(Duration.ofHours(12));
        desk.clock.stepWall(Duration.ofHours(-13));
        assertEquals(Optional.empty(), sessions.find(in.cookie()));
        assertEquals(new SignIn.Refused(), sessions.redeem(link, "10.0.0.1"));
        SignIn.SignedIn again = signedIn(sessions.signIn("alice", "correct horse", "10.0.0.1"));
        assertTrue(sessions.find(again.cookie()).isPresent(), "a fresh session begins");
    }

    @Test
    void aClockThatIsSetForgivesNoGuesses() {
        for (int i = 0; i < 11; i++) {
            sessions.signIn("alice", "wrong horse", "10.0.0." + i);
        }
        desk.clock.stepWall(Duration.ofMinutes(10));
        assertInstanceOf(
                SignIn.TooMany.class, sessions.signIn("alice", "correct horse", "10.0.1.1"));
        desk.clock.stepWall(Duration.ofMinutes(-20));
        desk.clock.advance(Duration.ofMinutes(5));
        signedIn(sessions.signIn("alice", "correct horse", "10.0.1.1"));
    }

    @Test
    void guessingIsSlowedDownAndForgivenLater() {
        SignIn last = new SignIn.Refused();
        for (int i = 0; i < 11; i++) {
            last = sessions.signIn("alice", "wrong horse", "10.0.0." + i);
        }
        assertInstanceOf(SignIn.TooMany.class, last);
        assertInstanceOf(
                SignIn.TooMany.class, sessions.signIn("alice", "correct horse", "10.0.1.1"));
        desk.clock.advance(Duration.ofMinutes(5));
        signedIn(sessions.signIn("alice", "correct horse", "10.0.1.1"));
    }
}
