package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows, what is remembered of them, and what becomes of a change that somebody else came before.
 */
class RowsTest {
    private static final byte[] KEY = Rows.key("enrol", "a");
    private static final Batch PUT =
            Batch.builder().put(KEY, Records.encode(new Records.Nonce(1))).build();

    @TempDir Path directory;
    private Parts parts;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private static AccessException storage(Runnable action) {
        AccessException e = assertThrows(AccessException.class, action::run);
        assertEquals(AccessException.Code.STORAGE, e.code());
        return e;
    }

    @Test
    void aCommitIsMadeOrNotOrNobodyKnows() {
        assertTrue(parts.rows.commit(PUT));
        assertTrue(parts.rows.commitQuietly(PUT));
        parts.commits.answer(2, new CommitOutcome.Conflict(0));
        assertTrue(!parts.rows.commit(PUT));
        assertTrue(!parts.rows.commitQuietly(PUT));
        parts.commits.answer(2, new CommitOutcome.Unknown("the line broke"));
        assertEquals(
                "It is not known whether the change was made; look, then try again: the line broke",
                storage(() -> parts.rows.commit(PUT)).getMessage());
        assertEquals("the line broke", storage(() -> parts.rows.commitQuietly(PUT)).getMessage());
    }

    @Test
    void whatMayHaveChangedIsReadAgain() {
        List<String> read = new ArrayList<>();
        Cached<Integer> cached =
                new Cached<>(
                        parts.rows,
                        Duration.ofSeconds(10),
                        10,
                        parts.clock.monotonic(),
                        key -> {
                            read.add(key);
                            return read.size();
                        });
        assertEquals(1, cached.get("a"));
        assertEquals(1, cached.get("a"));
        parts.rows.commitQuietly(PUT);
        assertEquals(1, cached.get("a"), "a row that no cache holds");
        parts.commits.answer(1, new CommitOutcome.Conflict(0));
        parts.rows.commit(PUT);
        assertEquals(1, cached.get("a"), "nothing was changed");
        parts.rows.commit(PUT);
        assertEquals(2, cached.get("a"));
        parts.commits.answer(1, new CommitOutcome.Unknown("?"));
        storage(() -> parts.rows.commit(PUT));
        assertEquals(3, cached.get("a"), "it may have been changed");
        assertEquals(4, cached.get("b"));
        assertEquals(3, cached.get("a"));
        parts.clock.advance(Duration.ofSeconds(10).minusNanos(1));
        assertEquals(3, cached.get("a"));
        parts.clock.advance(Duration.ofNanos(1));
        assertEquals(5, cached.get("a"), "another node may have changed it");
        assertEquals(List.of("a", "a", "a", "b", "a"), read);
    }

    @Test
    void aChangeDuringTheReadIsNotMissed() {
        int[] value = {1};
        Cached<Integer> cached =
                new Cached<>(
                        parts.rows,
                        Duration.ofSeconds(10),
                        10,
                        parts.clock.monotonic(),
                        key -> {
                            int seen = value[0];
                            if (seen == 1) {
                                value[0] = 2;
                                parts.rows.commit(PUT);
                            }
                            return seen;
                        });
        assertEquals(1, cached.get("a"));
        assertEquals(2, cached.get("a"));
    }

    @Test
    void anotherNodesChangeIsSeenWithinASecond() {
        parts.users.create("alice", null, List.of()).orThrow();
        Records.User row = parts.directory.user("alice").orElseThrow();
        parts.elsewhere(Directory.userKey("alice"), row.with(false, null, List.of(), 9));
        assertEquals(1, parts.directory.user("alice").orElseThrow().epoch());
        parts.clock.advance(Duration.ofSeconds(1));
        assertEquals(9, parts.directory.user("alice").orElseThrow().epoch());
    }

    @Test
    void aListHasAThousandRowsAtMostAndOneAtLeast() {
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < 1_001; i++) {
            batch.put(Rows.key("nonce", "" + (1_000 + i)), Records.encode(new Records.Nonce(i)));
        }
        parts.rows.commit(batch.build());
        byte[] prefix = Rows.key("nonce");
        assertEquals(1_000, parts.rows.list(prefix, "", 5_000, Records.Nonce.class).size());
        assertEquals(1, parts.rows.list(prefix, "", -1, Records.Nonce.class).size());
        assertEquals(
                List.of(new Records.Nonce(1_000)),
                parts.rows.list(prefix, "1999", 9, Records.Nonce.class));
        assertEquals(
                Optional.of(new Records.Nonce(1_000)),
                parts.rows.first(prefix, Records.Nonce.class, n -> n.expires() == 1_000));
        assertEquals(
                Optional.of(new Records.Nonce(0)),
                parts.rows.first(prefix, Records.Nonce.class, n -> true));
        assertEquals(Optional.empty(), parts.rows.first(prefix, Records.Nonce.class, n -> false));
        List<Records.Nonce> each = new ArrayList<>();
        parts.rows.each(prefix, Records.Nonce.class, each::add);
        assertEquals(1_001, each.size());
        assertEquals(1_000, each.getLast().expires());
        assertNull(parts.rows.get(Rows.key("nonce", "x"), Records.Nonce.class));
    }

    @Test
    void everyKeyBeginsWithTheModulesLetter() {
        assertEquals('A', Rows.key("user", "alice")[0]);
        assertEquals('A', Rows.auditKey(1)[0]);
    }

    @Test
    void aRecordIsAVersionAndJson() {
        assertArrayEquals(
                "\u0001{\"expires\":7}".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                Records.encode(new Records.Nonce(7)));
        for (byte[] wrong : new byte[][] {{}, {1}, {0, '{', '}'}, {2, '{', '}'}}) {
            String message =
                    String.valueOf(
                            storage(() -> Records.decode(wrong, Records.Nonce.class)).getMessage());
            assertTrue(message.startsWith("A record has a format that"), message);
        }
        assertEquals(
                "A record does not decode.",
                storage(() -> Records.decode(new byte[] {1, '{'}, Records.Nonce.class))
                        .getMessage());
        assertEquals(
                "A record does not encode.",
                storage(() -> Records.encode(new Object())).getMessage());
    }
}
