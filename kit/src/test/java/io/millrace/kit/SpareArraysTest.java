package io.millrace.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class SpareArraysTest {
    private final SpareArrays spares = new SpareArrays(100, 2);

    @Test
    void anArrayHasOneUserAtATime() {
        byte[] first = spares.take();
        assertNotSame(first, spares.take(), "it was not given back");
        spares.giveBack(first);
        assertSame(first, spares.take());
        assertNotSame(first, spares.take());
    }

    @Test
    void noMoreAreKeptThanSaid() {
        byte[][] given = {new byte[100], new byte[100], new byte[100]};
        for (byte[] array : given) {
            spares.giveBack(array);
        }
        assertSame(given[0], spares.take());
        assertSame(given[1], spares.take());
        assertNotSame(given[2], spares.take());
    }

    @Test
    void anArrayOfAnotherLengthIsNeverHandedOn() {
        spares.giveBack(new byte[99]);
        spares.giveBack(new byte[101]);
        assertEquals(100, spares.take().length);
        assertEquals(100, spares.take().length);
    }
}
