package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HeapForAnswersTest {
    private static final int LITTLE = HeapForAnswers.LITTLE_BYTES;

    @Test
    void answersOfACrowdGetLittlePiecesUntilOthersGiveTheirsBack() {
        HeapForAnswers heap = new HeapForAnswers(10L * LITTLE);
        assertEquals(4 * LITTLE, heap.take(4 * LITTLE));
        assertEquals(4 * LITTLE, heap.take(4 * LITTLE));
        assertFalse(heap.isUsedUp());
        assertEquals(LITTLE, heap.take(4 * LITTLE));
        assertEquals(LITTLE, heap.take(LITTLE));
        assertEquals(9, heap.take(9), "an answer always goes on");
        assertTrue(heap.isUsedUp());
        heap.giveBack(9);
        heap.giveBack(4 * LITTLE);
        assertFalse(heap.isUsedUp());
        assertEquals(4 * LITTLE, heap.take(4 * LITTLE));
    }
}
