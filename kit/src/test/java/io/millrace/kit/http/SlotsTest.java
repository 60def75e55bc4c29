package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private final Slots slots = new Slots(2);

    private List<Slots.Slot> allReserved() {
        List<Slots.Slot> all = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Slots.Slot slot = slots.reserved();
            assertTrue(slot.take());
            all.add(slot);
        }
        return all;
    }

    @Test
    void aSlotGoesBackToThoseItWasOneOf() {
        List<Slots.Slot> own = allReserved();
        for (int i = 0; i < 10; i++) {
            Slots.Slot more = slots.reserved();
            assertTrue(more.take(), "the other slots are free");
            assertTrue(more.take(), "twice is once");
            Slots.Slot usual = slots.slot();
            assertTrue(usual.take());
            assertFalse(slots.slot().take());
            assertFalse(slots.reserved().take());
            more.waitsForClient();
            Slots.Slot meanwhile = slots.slot();
            assertTrue(meanwhile.take());
            more.goesOn();
            assertEquals(64 + 3, slots.taken());
            meanwhile.giveBack();
            more.giveBack();
            more.giveBack();
            usual.giveBack();
            assertEquals(64, slots.taken());
        }
        own.forEach(Slots.Slot::giveBack);
        assertEquals(0, slots.taken());
        assertEquals(20, slots.refused());
        assertEquals(64, allReserved().size());
    }

    @Test
    void aDoorThatClosesGivesNoMore() {
        slots.closing();
        assertFalse(slots.slot().take());
        assertFalse(slots.reserved().take());
        assertEquals(0, slots.taken());
    }
}
