package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private final Turns<String> turns = new Turns<>();

    @Test
    void whoAsksForOneIsServedBeforeTheManyOfAnother() {
        add("flood", "f1", "f2", "f3", "f4");
        assertEquals("f1", take(10));
        add("guest", "g1");
        assertEquals("g1", take(10));
        assertEquals("f2", take(10));
    }

    @Test
    void sharesAreOfTimeAndNotOfPictures() {
        add("dear", "d1", "d2", "d3");
        add("cheap", "c1", "c2", "c3", "c4", "c5", "c6");
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            Turns.Next<String> next = Objects.requireNonNull(turns.poll(1));
            order.append(next.asker().charAt(0));
            turns.done(next.asker(), 1, next.asker().equals("dear") ? 100 : 25);
        }
        long cheap = order.chars().filter(c -> c == 'c').count();
        assertTrue(cheap >= 4, order.toString());
    }

    @Test
    void aRestSavesNothingUp() {
        add("early", "e1");
        take(10);
        add("busy", "b1", "b2", "b3");
        take(100);
        take(100);
        add("early", "e2", "e3", "e4");
        add("busy", "b4", "b5");
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            order.append(take(100).charAt(0));
        }
        assertTrue(order.indexOf("b") < 3, "they take turns: " + order);
    }

    @Test
    void thoseWhoComeAnewOvertakeNobodyForEver() {
        add("patient", "p1", "p2");
        take(1000);
        int overtaken = 0;
        String taken = "";
        while (!taken.equals("p2")) {
            add("stranger" + overtaken, "s" + overtaken);
            taken = take(1000);
            overtaken++;
        }
        assertTrue(overtaken < 5, "overtaken by " + overtaken);
    }

    @Test
    void anEntryOfSeveralIsTakenOnce() {
        add("one", "x", "shared");
        add("two", "shared");
        assertEquals("x", take(10));
        assertEquals("shared", take(10));
        assertNull(turns.poll(1));
    }

    @Test
    void whoHasTheMostWaitingGivesWay() {
        add("flood", "f1", "f2", "f3");
        add("guest", "g1");
        assertEquals("f3", turns.giveWay("guest"));
        assertEquals("f3", turns.giveWay("stranger"));
        assertNull(turns.giveWay("flood"));
    }

    @Test
    void whoHasGoneIsForgotten() {
        for (int i = 0; i < 1_000; i++) {
            add("stranger" + i, "s" + i);
            take(1_000);
        }
        assertTrue(turns.askers() <= 1, "askers: " + turns.askers());
        add("one", "x");
        turns.remove("x");
        assertNull(turns.poll(1));
    }

    private void add(String asker, String... jobs) {
        for (String job : jobs) {
            turns.add(asker, job);
        }
    }

    private String take(long used) {
        Turns.Next<String> next = Objects.requireNonNull(turns.poll(1));
        turns.done(next.asker(), 1, used);
        return next.job();
    }
}
