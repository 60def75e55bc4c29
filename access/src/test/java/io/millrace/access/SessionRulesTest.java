package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Sessions.ConsoleSession;
import io.millrace.access.Sessions.SignIn;
import io.millrace.keyspace.CommitOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let into the console, for how long, and what stands in the trail of it. */
class SessionRulesTest {
    private static final SignIn REFUSED = new SignIn.Refused();
    private static final String ADDRESS = "10.0.0.1";

    /** A quick hash of "correct horse": 8 KiB, one pass. */
    private static final String QUICK = PasswordsTest.QUICK;

    @TempDir Path directory;
    private Parts parts;
    private StoredSessions sessions;
    private Records.User alice;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        sessions =
                new StoredSessions(
                        parts.rows,
                        parts.directory,
                        new Passwords(),
                        parts.users,
                        parts.master,
                        AccessOptions.defaults(),
                        parts.audit,
                        parts.clock.clocks());
        alice = new Records.User("u1", "alice", true, QUICK, List.of(), 1, 0);
        parts.elsewhere(Directory.userKey("alice"), alice);
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private static SignIn.SignedIn in(SignIn outcome) {
        return assertInstanceOf(SignIn.SignedIn.class, outcome, outcome.toString());
    }

    private SignIn.SignedIn signedIn() {
        return in(sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
    }

    private String link() {
        return sessions.createLink("alice", Duration.ofMinutes(10)).orThrow();
    }

    private static Audit.Event event(String actor, String action, String decision) {
        return new Audit.Event(actor, action, "", decision, "", "", ADDRESS);
    }

    @Test
    void aSessionIsTheUsersForTwelveHours() {
        SignIn.SignedIn in = signedIn();
        Instant end = Parts.NOON.plus(Duration.ofHours(12));
        assertEquals(end, in.expires());
        assertEquals(parts.directory.caller(alice), in.caller());
        assertEquals(43, in.cookie().length());
        assertEquals(
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(
                                MasterKey.hmac(parts.master.derive("csrf tokens"), in.cookie())),
                in.csrf());
        assertEquals(
                Optional.of(new ConsoleSession(in.caller(), in.csrf(), end)),
                sessions.find(in.cookie()));
        assertNotEquals(in.cookie(), signedIn().cookie());
        parts.clock.advance(Duration.ofHours(12).minusMillis(1));
        assertTrue(sessions.find(in.cookie()).isPresent());
        parts.clock.advance(Duration.ofMillis(1));
        assertEquals(Optional.empty(), sessions.find(in.cookie()));
        assertEquals(Optional.empty(), sessions.find(""));
        assertEquals(Optional.empty(), sessions.find("x".repeat(101)));
    }

    @Test
    void aCookieOfAHundredCharactersIsLookedUp() {
        String cookie = "x".repeat(100);
        parts.elsewhere(
                Rows.key("session", StoredSessions.hash(cookie)),
                new Records.Session("alice", "u1", 1, Long.MAX_VALUE / 2));
        assertTrue(sessions.find(cookie).isPresent());
        String longer = "x".repeat(101);
        parts.elsewhere(
                Rows.key("session", StoredSessions.hash(longer)),
                new Records.Session("alice", "u1", 1, Long.MAX_VALUE / 2));
        assertEquals(Optional.empty(), sessions.find(longer));
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                StoredSessions.hash("abc"),
                "SHA-256");
    }

    @Test
    void aSessionOfAnotherOrFormerSelfIsNone() {
        String cookie = signedIn().cookie();
        for (Records.User other :
                List.of(
                        alice.with(false, QUICK, List.of(), 1),
                        alice.with(true, QUICK, List.of(), 2),
                        new Records.User("u2", "alice", true, QUICK, List.of(), 1, 0))) {
            parts.elsewhere(Directory.userKey("alice"), other);
            parts.clock.advance(Duration.ofSeconds(1));
            assertEquals(Optional.empty(), sessions.find(cookie));
        }
        parts.elsewhere(Directory.userKey("alice"), alice);
        parts.clock.advance(Duration.ofSeconds(1));
        assertTrue(sessions.find(cookie).isPresent());
        sessions.signOut(cookie);
        assertEquals(Optional.empty(), sessions.find(cookie));
        String next = signedIn().cookie();
        sessions.signOutEverywhere("alice");
        assertEquals(Optional.empty(), sessions.find(next));
    }

    @Test
    void aTokenAgainstForgedRequestsIsItsSessionsOwn() {
        SignIn.SignedIn in = signedIn();
        ConsoleSession session = sessions.find(in.cookie()).orElseThrow();
        assertTrue(sessions.csrfMatches(session, in.csrf()));
        assertTrue(!sessions.csrfMatches(session, signedIn().csrf()));
        assertTrue(!sessions.csrfMatches(session, ""));
    }

    @Test
    void whoMayNotSignInIsNotTold() {
        assertEquals(REFUSED, sessions.signIn("alice", "wrong horse", ADDRESS));
        assertEquals(REFUSED, sessions.signIn("alice", "x".repeat(257), ADDRESS));
        assertEquals(REFUSED, sessions.signIn("a/b", PasswordsTest.PASSWORD, ADDRESS));
        parts.elsewhere(Directory.userKey("alice"), alice.with(false, QUICK, List.of(), 1));
        assertEquals(REFUSED, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        parts.elsewhere(Directory.userKey("alice"), alice.with(true, null, List.of(), 1));
        assertEquals(REFUSED, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        parts.elsewhere(Directory.userKey("alice"), alice);
        parts.commits.answer(1, new CommitOutcome.Conflict(0));
        assertEquals(REFUSED, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        parts.clock.advance(Duration.ofMinutes(1));
        signedIn();
    }

    @Test
    void fiveWrongPasswordsFromAnAddressAreFollowedByGrowingPausesThereAlone() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 4; i++) {
                assertEquals(REFUSED, sessions.signIn("alice", "x".repeat(257), ADDRESS));
            }
            signedIn();
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(REFUSED, sessions.signIn("alice", "x".repeat(257), ADDRESS));
        }
        parts.noted.clear();
        for (int seconds = 1; seconds < 300; seconds *= 2) {
            SignIn.TooMany wait = new SignIn.TooMany(Duration.ofSeconds(seconds));
            assertEquals(wait, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
            parts.clock.advance(Duration.ofSeconds(seconds));
            parts.noted.clear();
            assertEquals(REFUSED, sessions.signIn("alice", "x".repeat(257), ADDRESS));
        }
        SignIn.TooMany longest = new SignIn.TooMany(Duration.ofMinutes(5));
        parts.noted.clear();
        assertEquals(longest, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        assertEquals(List.of(), parts.noted, "a flood leaves no line");
        assertInstanceOf(
                SignIn.SignedIn.class,
                sessions.signIn("alice", PasswordsTest.PASSWORD, "10.0.0.2"),
                "elsewhere nobody is kept waiting");
        parts.clock.advance(Duration.ofMinutes(5));
        signedIn();
    }

    @Test
    void whatIsNoNameCountsAsOne() {
        for (int i = 0; i < 5; i++) {
            assertEquals(REFUSED, sessions.signIn("n".repeat(65 + i), "x", ADDRESS));
        }
        assertInstanceOf(SignIn.TooMany.class, sessions.signIn("m".repeat(65), "x", ADDRESS));
        assertEquals(REFUSED, sessions.signIn("n".repeat(64), "x", ADDRESS));
    }

    @Test
    void aClockThatIsSetBackRevivesNoSessionAndNoLink() {
        SignIn.SignedIn in = signedIn();
        String secret = link();
        parts.clock.advance(Duration.ofHours(12));
        parts.clock.stepWall(Duration.ofHours(-13));
        assertEquals(Optional.empty(), sessions.find(in.cookie()));
        assertEquals(REFUSED, sessions.redeem(secret, ADDRESS));
        assertTrue(sessions.find(signedIn().cookie()).isPresent(), "a fresh session begins");
    }

    @Test
    void aClockThatIsSetForgivesNoGuesses() {
        for (int i = 0; i < 5; i++) {
            sessions.signIn("alice", "wrong horse", ADDRESS);
        }
        parts.clock.stepWall(Duration.ofMinutes(10));
        assertInstanceOf(
                SignIn.TooMany.class, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        parts.clock.stepWall(Duration.ofMinutes(-20));
        parts.clock.advance(Duration.ofSeconds(1));
        signedIn();
    }

    @Test
    void fiftyFailuresOfAnAddressAreFollowedByPausesForWhateverName() {
        for (int i = 0; i < 50; i++) {
            assertEquals(REFUSED, sessions.signIn("n" + i, "x".repeat(257), ADDRESS));
        }
        assertEquals(new SignIn.TooMany(Duration.ofSeconds(1)), sessions.redeem(link(), ADDRESS));
        assertInstanceOf(
                SignIn.TooMany.class, sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        assertEquals(REFUSED, sessions.redeem("wrong", "10.0.0.2"));
        parts.clock.advance(Duration.ofSeconds(1));
        signedIn();
        for (int i = 0; i < 8; i++) {
            assertEquals(REFUSED, sessions.signIn("m" + i, "x".repeat(257), ADDRESS));
            parts.clock.advance(Duration.ofSeconds(10));
        }
        signedIn();
    }

    @Test
    void wrongLinksAreFollowedByPausesOfTheAddressAlone() {
        for (int i = 0; i < 49; i++) {
            assertEquals(REFUSED, sessions.redeem("wrong" + i, ADDRESS));
            in(sessions.redeem(link(), ADDRESS));
        }
        assertEquals(REFUSED, sessions.redeem("wrong", ADDRESS));
        assertInstanceOf(SignIn.TooMany.class, sessions.redeem(link(), ADDRESS));
        in(sessions.redeem(link(), "10.0.0.2"));
    }

    /** Nothing is held against somebody whose answer the server could not give. */
    @Test
    void aFailureOfTheServerIsNoWrongPassword() {
        for (int i = 0; i < 20; i++) {
            parts.commits.answer(1, new CommitOutcome.Unknown("the database is away"));
            assertThrows(
                    AccessException.class,
                    () -> sessions.signIn("alice", PasswordsTest.PASSWORD, ADDRESS));
        }
        signedIn();
    }

    @Test
    void aLinkWorksOnceBeforeItsEnd() {
        String secret = link();
        assertEquals(43, secret.length());
        assertEquals("alice", in(sessions.redeem(secret, ADDRESS)).caller().name());
        assertEquals(REFUSED, sessions.redeem(secret, ADDRESS));
        String late = link();
        String latest = link();
        parts.clock.advance(Duration.ofMinutes(10).minusMillis(1));
        in(sessions.redeem(late, ADDRESS));
        parts.clock.advance(Duration.ofMillis(1));
        assertEquals(REFUSED, sessions.redeem(latest, ADDRESS));
        String raced = link();
        parts.commits.before(() -> in(sessions.redeem(raced, ADDRESS)));
        assertEquals(REFUSED, sessions.redeem(raced, ADDRESS), "of two at once one gets in");
    }

    @Test
    void aLinkIsForAnEnabledUserAndForADayAtMost() {
        Change<String> bounds = new Change.Invalid<>("A sign-in link is valid for at most a day.");
        assertEquals(bounds, sessions.createLink("alice", Duration.ZERO));
        assertEquals(bounds, sessions.createLink("alice", Duration.ofSeconds(-1)));
        assertEquals(bounds, sessions.createLink("alice", Duration.ofDays(1).plusNanos(1)));
        sessions.createLink("alice", Duration.ofDays(1)).orThrow();
        Change<String> nobody = new Change.NotFound<>("There is no enabled user bob.");
        assertEquals(nobody, sessions.createLink("bob", Duration.ofDays(1)));
        parts.elsewhere(
                Directory.userKey("bob"),
                new Records.User("u2", "bob", false, null, List.of(), 1, 0));
        assertEquals(nobody, sessions.createLink("bob", Duration.ofDays(1)));
        parts.commits.answer(1, new CommitOutcome.Conflict(0));
        assertThrows(AccessException.class, this::link);
    }

    @Test
    void aLinkOfAnotherOrFormerSelfIsNone() {
        for (Records.User other :
                List.of(
                        alice.with(false, QUICK, List.of(), 1),
                        alice.with(true, QUICK, List.of(), 2),
                        new Records.User("u2", "alice", true, QUICK, List.of(), 1, 0))) {
            parts.elsewhere(Directory.userKey("alice"), alice);
            String secret = link();
            parts.elsewhere(Directory.userKey("alice"), other);
            assertEquals(REFUSED, sessions.redeem(secret, ADDRESS));
        }
        parts.elsewhere(Directory.userKey("alice"), alice);
        String secret = link();
        parts.elsewhereGone(Directory.userKey("alice"));
        assertEquals(REFUSED, sessions.redeem(secret, ADDRESS));
    }

    @Test
    void aLinksSecretHasAHundredCharactersAtMost() {
        parts.elsewhere(Directory.userKey("alice"), alice);
        for (int length : new int[] {100, 101}) {
            parts.elsewhere(
                    Rows.key("link", StoredSessions.hash("x".repeat(length))),
                    new Records.Link("alice", "u1", 1, Long.MAX_VALUE / 2));
        }
        in(sessions.redeem("x".repeat(100), ADDRESS));
        assertEquals(REFUSED, sessions.redeem("x".repeat(101), ADDRESS));
    }

    @Test
    void whoCameInAndWhoTriedStandsInTheTrail() {
        sessions.signIn("alice", "x".repeat(257), ADDRESS);
        signedIn();
        sessions.redeem("wrong", ADDRESS);
        sessions.redeem(link(), ADDRESS);
        String arn = "acs:ram::100000000000:user/alice";
        assertEquals(
                List.of(
                        event("alice", "session.sign-in", "denied"),
                        event(arn, "session.sign-in", "done"),
                        event("", "session.link", "denied"),
                        event(arn, "session.link", "done")),
                parts.noted);
    }
}
