package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What names may look like, to their last characters. */
class NamesTest {
    @Test
    void aNameHasLettersDigitsAndFourOthersAndBeginsWithALetterOrDigit() {
        for (String good : List.of("a", "z", "A", "Z", "0", "9", "a._@-", "x".repeat(64))) {
            assertTrue(Names.valid(good), good);
        }
        for (String bad :
                List.of(
                        "",
                        "x".repeat(65),
                        ".a",
                        "_a",
                        "@a",
                        "-a",
                        "a=",
                        "a/b",
                        "a:b",
                        "a`b",
                        "a{b",
                        "a[b",
                        "a b",
                        "ä",
                        "a\u0000")) {
            assertFalse(Names.valid(bad), bad);
        }
    }

    @Test
    void aDevicesIdHasNoAtSign() {
        assertTrue(Names.validDevice("cam-1_a.b"));
        assertFalse(Names.validDevice("@a"));
        assertFalse(Names.validDevice("cam@1"));
        assertFalse(Names.validDevice(""));
    }

    @Test
    void aSessionsNameHasTwoCharactersAtLeastAndMayHoldAnEqualsSign() {
        assertTrue(Names.validSession("a="));
        assertTrue(Names.validSession("_.@=-"));
        assertTrue(Names.validSession("x".repeat(64)));
        for (String bad : List.of("", "a", "x".repeat(65), "a b", "a+", "a/b")) {
            assertFalse(Names.validSession(bad), bad);
        }
    }
}
