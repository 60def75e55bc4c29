package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.GatewayException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.store.space.StoreException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What passes is no failure of the server: clients are told to come again, in both dialects. */
class FailuresTest {
    @Test
    void aKeySpaceThatHasTooMuchToDoAsksForFewerRequests() {
        RuntimeException ofTheStore = new StoreException(StoreException.Code.BUSY, "busy");
        RuntimeException ofUsers = new KeySpaceException(KeySpaceException.Code.BUSY, "busy");
        assertTold("SlowDown", "1", ofTheStore);
        assertTold("SlowDown", "1", ofUsers);
    }

    @Test
    void aKeySpaceThatIsNotThereAsksForTimeAndIsNoFailureOfTheServer() {
        RuntimeException ofTheStore = new StoreException(StoreException.Code.UNAVAILABLE, "gone");
        RuntimeException ofUsers =
                new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
        assertTold("ServiceUnavailable", "5", ofTheStore);
        assertTold("ServiceUnavailable", "5", ofUsers);
    }

    @Test
    void aChangeThatMayHaveBeenMadeSaysSoAndAsksForTime() {
        RuntimeException doubt = new StoreException(StoreException.Code.COMMIT_UNKNOWN, "doubt");
        assertTold("ServiceUnavailable", "5", doubt);
        String text = Objects.requireNonNull(Failures.refusal(doubt)).getMessage();
        assertTrue(text.contains("can't say whether"), text);
    }

    private static void assertTold(String s3, String retryAfter, RuntimeException failure) {
        GatewayException told = Objects.requireNonNull(Failures.refusal(failure));
        assertEquals(503, told.code().status(Dialect.S3));
        assertEquals(503, told.code().status(Dialect.OSS));
        assertEquals(s3, told.code().code(Dialect.S3));
        assertEquals("ServiceUnavailable", told.code().code(Dialect.OSS));
        assertEquals(retryAfter, told.headers().get("Retry-After"));
    }
}
