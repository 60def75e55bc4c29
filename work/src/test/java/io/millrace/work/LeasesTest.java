package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.WorkException.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A lease has one living owner. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeasesTest {
    private static final Leases.Options QUICK =
            new Leases.Options(Duration.ofMillis(50), Duration.ofMillis(400));
    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;
    private KeySpace keySpace;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    @Test
    void oneNodeHoldsALeaseUntilItGivesItBack() {
        try (Leases a = Leases.open(keySpace, "a", SILENT, MonotonicClock.system());
                Leases b = Leases.open(keySpace, "b", SILENT, MonotonicClock.system())) {
            Tenure held = a.acquire("stream/x").orElseThrow();
            assertEquals(1, held.lease().epoch());
            assertEquals(Optional.of(held), a.acquire("stream/x"));
            assertEquals(Optional.empty(), b.acquire("stream/x"));
            assertEquals(Optional.of(held.lease()), b.holder("stream/x"));
            held.close();
            held.close();
            assertFalse(held.holds());
            assertEquals(Optional.empty(), b.holder("stream/x"));
            assertEquals(2, b.acquire("stream/x").orElseThrow().lease().epoch());
        }
    }

    @Test
    void aHeartbeatKeepsTheLease() throws Exception {
        try (Leases a = Leases.open(keySpace, "a", QUICK, MonotonicClock.system());
                Leases b = Leases.open(keySpace, "b", QUICK, MonotonicClock.system())) {
            Tenure held = a.acquire("x").orElseThrow();
            Thread.sleep(900);
            assertTrue(a.alive());
            assertEquals(Optional.empty(), b.acquire("x"));
            assertEquals(Optional.of(held), a.acquire("x"));
        }
    }

    @Test
    void aNodeThatSleptFindsItsLeaseTakenAndItsCommitsFencedOff() {
        SleepingKeySpace sleepers = new SleepingKeySpace(keySpace);
        try (Leases sleeper = Leases.open(sleepers, "sleeper", QUICK, MonotonicClock.system());
                Leases next = Leases.open(keySpace, "next", QUICK, MonotonicClock.system())) {
            Tenure old = sleeper.acquire("x").orElseThrow();
            assertTrue(old.keySpace().commit(write("by sleeper")).committed());
            Tenure taken;
            try (SleepingKeySpace.Nap nap = sleepers.sleep()) {
                await(() -> next.acquire("x").isPresent());
                taken = next.acquire("x").orElseThrow();
                assertEquals(2, taken.lease().epoch());
                assertFalse(old.holds(), "it stops by itself before anybody may take the lease");
            }
            await(sleeper::alive);
            assertEquals(Code.LOST, refused(old).code());
            assertFalse(old.holds(), "its session lives again, the lease is gone");
            assertEquals(Optional.empty(), sleeper.acquire("x"));
            assertTrue(taken.keySpace().commit(write("by next")).committed());
        }
    }

    @Test
    void anOwnerThatCommitsNothingLearnsOfALossFromAHeartbeat() {
        try (Leases owner = Leases.open(keySpace, "owner", QUICK, MonotonicClock.system())) {
            Tenure kept = owner.acquire("kept").orElseThrow();
            Tenure held = owner.acquire("x").orElseThrow();
            Lease others = new Lease("x", "another", 99, 2);
            keySpace.commit(Batch.builder().put(Lease.key("x"), others.encode()).build());
            await(() -> !held.goesOn());
            assertFalse(held.holds(), "for good");
            await(owner::alive);
            assertTrue(kept.holds(), "the others are still its own");
        }
    }

    @Test
    void aHeartbeatThatFailsOfWhateverIsFollowedByTheNext() {
        SleepingKeySpace failing = new SleepingKeySpace(keySpace);
        AtomicBoolean failed = new AtomicBoolean();
        AtomicBoolean next = new AtomicBoolean();
        try (Leases owner = Leases.open(failing, "owner", QUICK, MonotonicClock.system())) {
            failing.beforeCommit(
                    () -> {
                        failed.set(true);
                        throw new OutOfMemoryError("no memory for the test");
                    });
            await(failed::get);
            failing.beforeCommit(() -> next.set(true));
            await(next::get);
            await(owner::alive);
        }
    }

    @Test
    void aNodeThatIsBackBeforeItsLeaseIsTakenKeepsIt() {
        Leases.Options patient = new Leases.Options(Duration.ofMillis(50), Duration.ofSeconds(2));
        SleepingKeySpace sleepers = new SleepingKeySpace(keySpace);
        SleepingKeySpace slow = new SleepingKeySpace(keySpace);
        try (Leases sleeper = Leases.open(sleepers, "sleeper", patient, MonotonicClock.system());
                Leases next = Leases.open(slow, "next", SILENT, MonotonicClock.system())) {
            Tenure held = sleeper.acquire("x").orElseThrow();
            try (SleepingKeySpace.Nap nap = sleepers.sleep()) {
                await(() -> next.orphans("x").equals(List.of("x")));
                slow.beforeCommit(
                        () -> {
                            nap.close();
                            await(sleeper::alive);
                        });
                assertEquals(Optional.empty(), next.acquire("x"), "it was dead a moment ago");
            }
            assertTrue(held.keySpace().commit(write("k")).committed());
        }
    }

    @Test
    void whatAFormerRunOfALivingNodeHeldIsFree() {
        try (Leases first = Leases.open(keySpace, "a", SILENT, MonotonicClock.system());
                Leases second = Leases.open(keySpace, "a", SILENT, MonotonicClock.system());
                Leases other = Leases.open(keySpace, "b", SILENT, MonotonicClock.system())) {
            first.acquire("x").orElseThrow();
            assertTrue(second.alive());
            assertEquals(Optional.empty(), other.holder("x"));
            assertEquals(List.of("x"), other.orphans("x"));
            assertEquals(2, other.acquire("x").orElseThrow().lease().epoch());
            assertEquals(Optional.empty(), second.acquire("x"));
        }
    }

    @Test
    void aSecondStartUnderTheSameNameTakesOver() {
        try (Leases first = Leases.open(keySpace, "a", SILENT, MonotonicClock.system());
                Leases second = Leases.open(keySpace, "a", SILENT, MonotonicClock.system())) {
            assertTrue(first.alive(), "no heartbeat has told it");
            Tenure held = first.acquire("x").orElseThrow();
            Tenure taken = second.acquire("x").orElseThrow();
            assertEquals(held.lease().epoch() + 1, taken.lease().epoch());
            assertTrue(held.holds(), "it can't know yet");
            assertEquals(Code.LOST, refused(held).code());
            assertFalse(held.holds());
            assertTrue(taken.keySpace().commit(write("k")).committed());
        }
    }

    @Test
    void aCursorOfAFormerHolderIsNotSaved() {
        try (Leases first = Leases.open(keySpace, "a", SILENT, MonotonicClock.system());
                Leases second = Leases.open(keySpace, "a", SILENT, MonotonicClock.system())) {
            Cursors late = new Cursors(first.acquire("follower/x").orElseThrow().keySpace());
            Cursors now = new Cursors(second.acquire("follower/x").orElseThrow().keySpace());
            now.save("x", 0, 9);
            WorkException refused = assertThrows(WorkException.class, () -> late.save("x", 0, 5));
            assertEquals(Code.LOST, refused.code());
            assertEquals(9, now.load("x", 0));
        }
    }

    @Test
    void aHeartbeatTellsTheFirstOfTwoStartsThatItIsOver() {
        try (Leases first = Leases.open(keySpace, "a", QUICK, MonotonicClock.system());
                Leases second = Leases.open(keySpace, "a", QUICK, MonotonicClock.system())) {
            await(() -> !first.alive());
            assertTrue(second.alive());
        }
    }

    @Test
    void aConflictThatIsTheWorksOwnIsNoLoss() {
        try (Leases a = Leases.open(keySpace, "a", SILENT, MonotonicClock.system())) {
            Tenure held = a.acquire("x").orElseThrow();
            assertTrue(held.keySpace().commit(write("k")).committed());
            Batch again = Batch.builder().absent(KEY).put(KEY, new byte[1]).build();
            assertEquals(new CommitOutcome.Conflict(0), held.keySpace().commit(again));
            assertTrue(held.holds());
        }
    }

    @Test
    void theLeasesOfADeadNodeAreOrphans() {
        try (Leases a = Leases.open(keySpace, "a", SILENT, MonotonicClock.system())) {
            a.acquire("stream/kept").orElseThrow();
            a.acquire("stream/given back").orElseThrow().close();
            Leases dead = Leases.open(keySpace, "dead", SILENT, MonotonicClock.system());
            dead.acquire("stream/left").orElseThrow();
            dead.acquire("other").orElseThrow();
            assertEquals(List.of(), a.orphans("stream/"));
            dead.close();
            assertEquals(List.of("stream/left"), a.orphans("stream/"));
        }
    }

    private static final byte[] KEY = Keys.family('T').text("k").done();

    private static Batch write(String text) {
        return Batch.builder().put(KEY, text.getBytes(StandardCharsets.UTF_8)).build();
    }

    private WorkException refused(Tenure tenure) {
        byte[] before = keySpace.get(KEY);
        WorkException refused =
                assertThrows(
                        WorkException.class, () -> tenure.keySpace().commit(write("too late")));
        assertArrayEquals(before, keySpace.get(KEY));
        return refused;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "in vain");
            LockSupport.parkNanos(5_000_000);
        }
    }
}
