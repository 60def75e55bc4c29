package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of signatures when somebody sets the clock of the node that verifies them. */
class SetClockTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    private static final AccessKey KEY = new AccessKey("AK", "SECRET");
    private static final SigV4Signer SIGNER = new SigV4Signer(KEY, "local", "s3");

    private final TestClock clock = new TestClock(NOON);

    private static SignedRequest get(String query) {
        return new SignedRequest("GET", "/b/k", query, List.of(Map.entry("Host", "h:9000")));
    }

    private VerifyOutcome verify(SignedRequest request) {
        return assertInstanceOf(Claim.class, Credentials.parse(request))
                .verify("SECRET", clock.clocks());
    }

    @Test
    void aSignedUrlThatHasEndedStaysEnded() {
        SignedRequest url = get(SIGNER.presign(get(""), Duration.ofMinutes(5), NOON));
        assertInstanceOf(VerifyOutcome.Verified.class, verify(url));
        clock.advance(Duration.ofMinutes(6));
        assertInstanceOf(VerifyOutcome.Expired.class, verify(url));
        clock.stepWall(Duration.ofMinutes(-10));
        assertInstanceOf(VerifyOutcome.Expired.class, verify(url));
    }

    @Test
    void aClockThatWasAheadAndIsCorrectedTakesFreshRequests() {
        clock.stepWall(Duration.ofHours(1));
        clock.clocks().forward().instant();
        clock.stepWall(Duration.ofHours(-1));
        SignedRequest request =
                get("").with(SIGNER.sign(get(""), SigV4Signer.UNSIGNED_PAYLOAD, clock.instant()));
        assertInstanceOf(VerifyOutcome.Verified.class, verify(request));
    }
}
