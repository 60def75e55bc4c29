package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.policy.Policy;
import io.millrace.work.outgoing.Target;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The values that the module hands out and takes. */
class ValuesTest {
    @Test
    void nothingThatHoldsASecretShowsIt() {
        Caller nobody = new Caller.Anonymous();
        Devices.DeviceInfo device =
                new Devices.DeviceInfo(
                        "cam1", "b", "p/", true, true, 1, Parts.NOON, null, "root", true);
        Map<Object, String> shown =
                Map.of(
                        new RootKey("ID", "SECRET"), "RootKey[ID]",
                        new Resolution.Resolved("SECRET", nobody), "Resolved[Anonymous[]]",
                        new Sessions.SignIn.SignedIn("SECRET", "CSRF", Parts.NOON, nobody),
                                "SignedIn[Anonymous[]]",
                        new Devices.Enrolment(device, "SECRET", Parts.NOON), "Enrolment[cam1]",
                        new Devices.EnrolOutcome.Enrolled(device, "SECRET"), "Enrolled[cam1]");
        shown.forEach((value, text) -> assertEquals(text, value.toString()));
        assertFalse(
                new TemporaryCredentials("ID", "SECRET", "TOKEN", Parts.NOON)
                        .toString()
                        .contains("SECRET"));
    }

    @Test
    void aRootKeyIsAnIdAndASecretWithAColonBetween() {
        assertEquals(new RootKey("ID", "SECRET"), RootKey.parse("ID:SECRET"));
        assertEquals(new RootKey("I", "S:T"), RootKey.parse("I:S:T"));
        for (String wrong : List.of("", "ID", ":SECRET", "ID:")) {
            assertEquals(
                    "write the root key as ID:SECRET",
                    assertThrows(IllegalArgumentException.class, () -> RootKey.parse(wrong))
                            .getMessage());
        }
        for (String wrong : List.of(" : ", "ID: ", " :S")) {
            assertThrows(IllegalArgumentException.class, () -> RootKey.parse(wrong), wrong);
        }
    }

    @Test
    void anAccountHasTwelveDigitsAndTheTrailAThousandRecords() {
        AccessOptions usual = AccessOptions.defaults();
        assertEquals(
                new AccessOptions(
                        "100000000000",
                        Duration.ofSeconds(1),
                        null,
                        Duration.ofSeconds(3),
                        Duration.ofHours(1),
                        Duration.ofHours(12),
                        200_000),
                usual);
        assertEquals(Duration.ofSeconds(1), usual.cacheFor());
        assertEquals(Duration.ofHours(1), usual.deviceTokenValidity());
        assertEquals(Duration.ofHours(12), usual.sessionValidity());
        Target hook = Target.of("device-hook", "http://h/");
        AccessOptions with = usual.withDeviceHook(hook, Duration.ofSeconds(9));
        assertEquals(hook, with.deviceHook());
        assertEquals(Duration.ofSeconds(9), with.deviceHookTimeout());
        assertEquals(usual.auditKeep(), with.auditKeep());
        options("012345678999", 1_000);
        for (String wrong :
                List.of(
                        "",
                        "01234567890",
                        "0123456789012",
                        "01234567890a",
                        "/12345678901",
                        ":12345678901")) {
            assertThrows(IllegalArgumentException.class, () -> options(wrong, 1_000), wrong);
        }
        assertThrows(IllegalArgumentException.class, () -> options("012345678999", 999));
    }

    private static AccessOptions options(String account, int keep) {
        Duration any = Duration.ofMinutes(15);
        return new AccessOptions(account, any, null, any, any, any, keep);
    }

    @Test
    void aChangeIsItsValueOrItsReason() {
        assertEquals(Optional.of(7), new Change.Done<>(7).done());
        assertEquals(7, new Change.Done<>(7).orThrow());
        for (Change<Integer> not :
                List.<Change<Integer>>of(
                        new Change.Taken<>("why"),
                        new Change.NotFound<>("why"),
                        new Change.Invalid<>("why"),
                        new Change.InUse<>("why"),
                        new Change.Limit<>("why"))) {
            assertEquals(Optional.empty(), not.done());
            assertEquals(
                    "why", assertThrows(IllegalStateException.class, not::orThrow).getMessage());
        }
    }

    @Test
    void whatARequestBringsIsKeptWhenOnePartIsReplaced() {
        RequestContext plain = RequestContext.of("R", "::1", true);
        assertEquals(RequestContext.BucketAcl.PRIVATE, plain.bucketAcl());
        assertEquals(Map.of(), plain.values());
        RequestContext all =
                plain.withValues(Map.of("prefix", "p"))
                        .withAcl(RequestContext.BucketAcl.PUBLIC_READ)
                        .withBucketPolicy(null);
        assertEquals(
                new RequestContext(
                        "R",
                        "::1",
                        true,
                        RequestContext.BucketAcl.PUBLIC_READ,
                        null,
                        Map.of("prefix", "p")),
                all);
        assertEquals("R", all.requestId());
        assertEquals("::1", all.sourceAddress());
        assertTrue(all.secure());
        assertFalse(RequestContext.of("R", "::1", false).secure());
        Policy bucket = Policy.identity("p", Desk.policy(Desk.allow("oss:*", "*")), Desk.ACCOUNT);
        assertEquals(bucket, plain.withBucketPolicy(bucket).bucketPolicy());
        Map<String, String> values = new HashMap<>(Map.of("prefix", "p"));
        RequestContext copied = plain.withValues(values);
        values.clear();
        assertEquals(Map.of("prefix", "p"), copied.values());
        assertThrows(UnsupportedOperationException.class, () -> all.values().clear());
    }

    @Test
    void nobodyHasANameToo() {
        Caller nobody = new Caller.Anonymous();
        assertEquals("anonymous", nobody.id());
        assertEquals("anonymous", nobody.name());
        assertEquals("acs:ram::*:anonymous", nobody.arn());
        assertTrue(new Decision.Allowed(null).allowed());
    }
}
