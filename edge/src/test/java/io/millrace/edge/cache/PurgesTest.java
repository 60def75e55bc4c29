package io.millrace.edge.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PurgesTest {
    private static final int MOST_LINES = 3;

    @TempDir Path directory;

    private Path journal() {
        return directory.resolve("purges.log");
    }

    private Purges open() throws IOException {
        return Purges.open(journal(), MOST_LINES);
    }

    private static void purge(Purges purges, int from, int to) {
        for (int i = from; i <= to; i++) {
            purges.purge(Purges.Kind.URL, "/k" + i, i);
        }
    }

    private void assertKept(int newest) throws IOException {
        try (Purges again = open()) {
            assertEquals(newest, again.consoleId(), "the newest purge after a restart");
        }
    }

    @Test
    void purgesOutliveARestartOfAShortenedJournal() throws IOException {
        try (Purges purges = open()) {
            purge(purges, 1, 20);
        }
        assertKept(20);
        try (Purges again = open()) {
            assertEquals(20, again.sequence(), "numbers go on");
        }
        assertTrue(Files.readString(journal()).contains("/k1\n"), "none was forgotten");
    }

    @Test
    void aJournalThatCannotBeShortenedGoesOn() throws IOException {
        Path obstacle = directory.resolve("purges.log.writing");
        try (Purges purges = open()) {
            Files.createDirectories(obstacle.resolve("full"));
            purge(purges, 1, 8);
            assertEquals(8, purges.consoleId());
            Files.delete(obstacle.resolve("full"));
            purge(purges, 9, 16);
        }
        assertKept(16);
    }

    @Test
    void aJournalWhoseReplacementFailedIsOpenedAgain() throws IOException {
        try (Purges purges = open()) {
            purge(purges, 1, MOST_LINES);
            Files.delete(journal());
            Files.createDirectories(journal().resolve("full"));
            purge(purges, MOST_LINES + 1, MOST_LINES + 1);
            assertThrows(UncheckedIOException.class, () -> purge(purges, 5, 5));
            Files.delete(journal().resolve("full"));
            Files.delete(journal());
            purge(purges, 6, 6);
        }
        assertKept(6);
    }

    @Test
    void aTornLineHidesNoLaterPurge() throws IOException {
        try (Purges purges = open()) {
            purge(purges, 1, 1);
        }
        Files.writeString(journal(), "1 2 2 UR", StandardOpenOption.APPEND);
        try (Purges purges = open()) {
            purge(purges, 3, 3);
        }
        assertKept(3);
    }
}
