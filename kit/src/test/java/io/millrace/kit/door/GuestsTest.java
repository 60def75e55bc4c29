package io.millrace.kit.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuestsTest {
    private static final int KIB = 1 << 10;

    private long nanos = Long.MAX_VALUE - Duration.ofSeconds(90).toNanos();
    private final List<String> gone = new ArrayList<>();
    private Guests guests = of(4);

    private Guests of(int connections) {
        return new Guests(new DoorBounds(connections, 1 << 20, 3, 1 << 19, 2), () -> nanos);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private Guest guest(String name) {
        Guest guest = entering(name, null);
        assertNotNull(guest);
        return guest;
    }

    private @Nullable Guest entering(String name, @Nullable String address) {
        InetAddress from = address == null ? null : InetAddress.ofLiteral(address);
        return guests.enter(from, () -> gone.add(name));
    }

    @Test
    void aFullDoorShedsTheStrangerWhoKeepsItWaitingLongest() {
        guest("idle");
        pass(Duration.ofSeconds(1));
        Guest slow = guest("slow");
        slow.awaited();
        pass(Duration.ofSeconds(1));
        Guest served = guest("served");
        served.served();
        Guest known = guest("known");
        known.proven();
        pass(Duration.ofSeconds(2));
        guest("e");
        assertEquals(List.of("slow"), gone, "one who is awaited before one at rest");
        pass(Duration.ofSeconds(2));
        guest("f");
        assertEquals(List.of("slow", "idle"), gone);
        pass(Duration.ofSeconds(2));
        guest("g");
        guest("h");
        assertEquals(List.of("slow", "idle", "e", "f"), gone, "strangers before who is known");
        pass(Duration.ofSeconds(2));
        guest("i").served();
        guest("j").served();
        assertEquals(List.of("slow", "idle", "e", "f", "g", "h"), gone);
        guest("k");
        assertEquals(List.of("slow", "idle", "e", "f", "g", "h", "known"), gone);
        assertEquals(7, guests.shedForRoom());
        assertEquals(4, guests.connections());
    }

    @Test
    void whoHasJustBegunIsNotShedForOnesAtRestForLong() {
        guest("old");
        pass(Duration.ofSeconds(30));
        guest("b").awaited();
        guest("c").awaited();
        guest("d").awaited();
        guest("e");
        assertEquals(List.of("old"), gone);
    }

    @Test
    void whoMovesIsYoung() {
        Guest fast = guest("fast");
        fast.awaited();
        Guest slow = guest("slow");
        slow.awaited();
        guest("c").served();
        guest("d").served();
        for (int second = 0; second < 60; second++) {
            pass(Duration.ofSeconds(1));
            fast.moved(Guests.STEP_BYTES / 2);
            slow.moved(KIB);
        }
        guest("e").served();
        assertEquals(List.of("slow"), gone);
    }

    @Test
    void whenBytesAreShortTheSlowestAndGreediestGoAndOnlyThey() {
        Guest little = guest("little");
        little.hold(KIB);
        little.awaited();
        Guest empty = guest("empty");
        empty.awaited();
        Guest much = guest("much");
        much.hold(600 * KIB);
        much.awaited();
        pass(Duration.ofSeconds(5));
        Guest asking = guest("asking");
        asking.hold(500 * KIB);
        assertEquals(List.of("much"), gone);
        assertEquals(501 * KIB, guests.heldBytes());
        assertEquals(1, guests.shedForBytes());
        much.release(600 * KIB);
        much.leaves();
        assertEquals(501 * KIB, guests.heldBytes(), "its bytes count once");
        assertEquals(3, guests.connections());
    }

    @Test
    void whoAsksForMoreThanTheWholeDoorHasGoesItself() {
        Guest other = guest("other");
        other.hold(KIB);
        other.served();
        Guest asking = guest("asking");
        asking.served();
        asking.holding(2 << 20);
        assertEquals(List.of("asking"), gone);
        assertEquals(KIB, guests.heldBytes());
        asking.holding(5 << 20);
        assertEquals(KIB, guests.heldBytes());
    }

    @Test
    void anAddressHasItsOwnLimits() {
        guests = of(10);
        Guest first = entering("a", "192.0.2.1");
        assertNotNull(first);
        assertNotNull(entering("b", "192.0.2.1"));
        Guest third = entering("c", "192.0.2.1");
        assertNotNull(third);
        assertNull(entering("d", "192.0.2.1"));
        assertEquals(1, guests.refused());
        assertNotNull(entering("e", "192.0.2.2"));
        assertTrue(first.beginsUnproven());
        assertTrue(third.beginsUnproven());
        Guest other = entering("f", "192.0.2.2");
        assertNotNull(other);
        assertTrue(other.beginsUnproven(), "another address");
        third.leaves();
        Guest fourth = entering("g", "192.0.2.1");
        assertNotNull(fourth);
        assertTrue(fourth.beginsUnproven(), "who left counts no more");
        first.hold(300 * KIB);
        fourth.hold(300 * KIB);
        assertEquals(List.of("a"), gone, "an address may have half of the bytes");
        fourth.served();
        fourth.hold(300 * KIB);
        assertEquals(List.of("a", "g"), gone, "who asks, if nobody else of it holds any");
    }

    @Test
    void tooManyUnprovenRequestsOfOneAddressAreRefusedUntilOneIsProven() {
        Guest first = entering("a", "192.0.2.1");
        Guest second = entering("b", "192.0.2.1");
        Guest third = entering("c", "192.0.2.1");
        assertNotNull(first);
        assertNotNull(second);
        assertNotNull(third);
        assertTrue(first.beginsUnproven());
        assertTrue(second.beginsUnproven());
        assertFalse(third.beginsUnproven());
        second.proven();
        second.endsUnproven();
        assertTrue(third.beginsUnproven());
        assertFalse(second.beginsUnproven());
    }

    @Test
    void eachRequestOfAConnectionCountsByItself() {
        Guest one = entering("a", "192.0.2.1");
        Guest other = entering("b", "192.0.2.1");
        assertNotNull(one);
        assertNotNull(other);
        assertTrue(one.beginsUnproven());
        assertTrue(one.beginsUnproven(), "the next of a pipeline");
        assertFalse(other.beginsUnproven());
        one.endsUnproven();
        assertTrue(other.beginsUnproven());
        assertFalse(other.beginsUnproven(), "the pipeline's second is still there");
        one.leaves();
        assertTrue(other.beginsUnproven());
    }

    @Test
    void anAddressAtItsLimitGivesUpItsOwnLongestWaiting() {
        guests = of(10);
        Guest served = entering("served", "192.0.2.1");
        assertNotNull(served);
        served.served();
        assertNotNull(entering("idle", "192.0.2.1"));
        assertNotNull(entering("other's", "192.0.2.2"));
        pass(Duration.ofMillis(500));
        Guest slow = entering("slow", "192.0.2.1");
        assertNotNull(slow);
        slow.awaited();
        assertNull(entering("too early", "192.0.2.1"));
        pass(Duration.ofMillis(500));
        assertNotNull(entering("d", "192.0.2.1"));
        assertEquals(List.of("idle"), gone, "the only one of its own that waited for a second");
        pass(Duration.ofSeconds(1));
        assertNotNull(entering("e", "192.0.2.1"));
        assertEquals(List.of("idle", "slow"), gone, "one who is awaited before one at rest");
        assertEquals(1, guests.refused());
        assertEquals(2, guests.shedForRoom());
        assertEquals(4, guests.connections());
    }

    @Test
    void anAddressAtItsLimitTakesNobodyElsesPlace() {
        guests = of(10);
        assertNotNull(entering("other's", "192.0.2.2"));
        Guest awaited = entering("another's", "192.0.2.3");
        assertNotNull(awaited);
        awaited.awaited();
        for (int i = 0; i < 3; i++) {
            Guest own = entering("own", "192.0.2.1");
            assertNotNull(own);
            own.served();
        }
        pass(Duration.ofSeconds(30));
        assertNull(entering("fourth", "192.0.2.1"));
        assertEquals(List.of(), gone);
        assertEquals(5, guests.connections());
        assertEquals(1, guests.refused());
    }

    @Test
    void anIpv6NetworkIsOneAddress() {
        assertNotNull(entering("a", "2001:db8:0:1::1"));
        assertNotNull(entering("b", "2001:db8:0:1::2"));
        assertNotNull(entering("c", "2001:db8:0:1:ffff::3"));
        assertNull(entering("d", "2001:db8:0:1:5::4"));
        assertNotNull(entering("e", "2001:db8:0:2::1"));
        assertEquals(2, guests.addresses());
    }

    @Test
    void aStrangerWhoTakesTooLongGoesAndNobodyElse() {
        guest("slow").awaited();
        guest("idle");
        Guest known = guest("known");
        known.proven();
        known.awaited();
        pass(Duration.ofSeconds(9));
        guest("young").awaited();
        assertEquals(0, guests.shedOlderThan(Duration.ofSeconds(10)));
        pass(Duration.ofSeconds(1));
        assertEquals(1, guests.shedOlderThan(Duration.ofSeconds(10)));
        assertEquals(List.of("slow"), gone);
        assertEquals(1, guests.shedForTime());
    }

    @Test
    void theCountsHoldWhateverHappens() {
        Random random = new Random(5);
        DoorBounds bounds = new DoorBounds(40, 2 << 20, 12, 1 << 20, 5);
        Guests door = new Guests(bounds, () -> nanos);
        List<Guest> all = new ArrayList<>();
        List<Guest> shed = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            pass(Duration.ofMillis(random.nextInt(300)));
            if (all.isEmpty() || random.nextInt(6) == 0) {
                Guest[] made = {null};
                InetAddress from = InetAddress.ofLiteral("10.0.0." + random.nextInt(5));
                made[0] = door.enter(from, () -> shed.add(made[0]));
                if (made[0] != null) {
                    all.add(made[0]);
                }
            } else {
                Guest one = all.get(random.nextInt(all.size()));
                switch (random.nextInt(9)) {
                    case 0 -> one.awaited();
                    case 1 -> one.served();
                    case 2 -> one.rests();
                    case 3 -> one.holding(random.nextInt(300_000));
                    case 4 -> one.moved(random.nextInt(100_000));
                    case 5 -> one.proven();
                    case 6 -> one.beginsUnproven();
                    case 7 -> one.endsUnproven();
                    default -> {
                        one.leaves();
                        all.remove(one);
                    }
                }
            }
            all.removeAll(shed);
            shed.clear();
            assertEquals(all.size(), door.connections());
            assertEquals(all.stream().mapToLong(g -> g.heldBytes).sum(), door.heldBytes());
            assertTrue(door.heldBytes() <= bounds.bytes());
        }
        all.forEach(Guest::leaves);
        assertEquals(0, door.connections());
        assertEquals(0, door.heldBytes());
        assertEquals(0, door.addresses());
    }
}
