package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresKeySpaceTest extends KeySpaceConformance {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private EmbeddedPostgres database;
    private String url;
    private KeySpace keySpace;

    @BeforeAll
    void start() throws Exception {
        database =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(90))
                        .setServerConfig("max_connections", "60")
                        .start();
        url = database.getJdbcUrl("postgres", "postgres");
        keySpace = PostgresKeySpace.open(url, PostgresOptions.standard());
    }

    @AfterAll
    void stop() throws Exception {
        keySpace.close();
        database.close();
    }

    @Override
    KeySpace keySpace() {
        return keySpace;
    }

    @Test
    void twoNodesShareOneKeySpace() {
        try (KeySpace other = PostgresKeySpace.open(url, PostgresOptions.standard())) {
            assertCommitted(keySpace.commit(Batch.builder().put(k("a"), utf8("1")).build()));
            assertArrayEquals(utf8("1"), other.get(k("a")));
            assertEquals(
                    new CommitOutcome.Conflict(0),
                    other.commit(Batch.builder().absent(k("a")).build()));
        }
    }

    @Test
    void anUnknownSchemaIsRefused() throws Exception {
        sql("insert into millrace_schema values (99)");
        try {
            KeySpaceException e =
                    assertThrows(
                            KeySpaceException.class,
                            () -> PostgresKeySpace.open(url, PostgresOptions.standard()));
            assertEquals(KeySpaceException.Code.FORMAT, e.code());
            assertTrue(e.getMessage().contains("99"), e.getMessage());
        } finally {
            sql("delete from millrace_schema where version = 99");
        }
    }

    @Test
    void aDatabaseThatIsNotThereIsNamed() {
        KeySpaceException e =
                assertThrows(
                        KeySpaceException.class,
                        () ->
                                PostgresKeySpace.open(
                                        "jdbc:postgresql://127.0.0.1:1/none",
                                        PostgresOptions.standard()));
        assertEquals(KeySpaceException.Code.UNAVAILABLE, e.code());
        assertTrue(e.getMessage().contains("keyspace.postgres.url"), e.getMessage());
    }

    @Test
    void aPoolThatRunsDryIsBusyToReadersAndWriters() throws Exception {
        busyWhileTwoCommitsWait(url, new PostgresOptions(null, null, 2, PATIENCE));
    }

    @Test
    void aDatabaseThatGivesNoMoreConnectionsIsBusy() throws Exception {
        sql("create role narrow login connection limit 2");
        sql("grant postgres to narrow");
        String narrow = database.getJdbcUrl("narrow", "postgres");
        busyWhileTwoCommitsWait(narrow, new PostgresOptions(null, null, 9, PATIENCE));
    }

    private void busyWhileTwoCommitsWait(String at, PostgresOptions options) throws Exception {
        byte[] key = k("held");
        assertCommitted(keySpace.commit(Batch.builder().put(key, utf8("held")).build()));
        try (KeySpace small = PostgresKeySpace.open(at, options);
                Connection holder = database.getPostgresDatabase().getConnection()) {
            holder.setAutoCommit(false);
            try (Statement lock = holder.createStatement()) {
                lock.execute("select v from millrace_kv where v = 'held' for update");
            }
            Batch batch = Batch.builder().put(key, utf8("held")).build();
            List<Thread> waiting =
                    List.of(
                            Thread.ofVirtual().start(() -> small.commit(batch)),
                            Thread.ofVirtual().start(() -> small.commit(batch)));
            awaitBlocked(2);
            assertRefused(KeySpaceException.Code.BUSY, () -> small.get(key));
            assertRefused(KeySpaceException.Code.BUSY, () -> small.scan(Scan.prefix(key, 1)));
            assertRefused(KeySpaceException.Code.BUSY, () -> small.commit(batch));
            holder.rollback();
            for (Thread thread : waiting) {
                thread.join();
            }
            assertArrayEquals(utf8("held"), small.get(key));
        }
        assertCommitted(keySpace.commit(Batch.builder().delete(key).build()));
    }

    private void awaitBlocked(int count) throws Exception {
        int blocked;
        do {
            Thread.sleep(20);
            try (Connection connection = database.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery(
                                    "select count(*) from pg_stat_activity where query like"
                                            + " '%millrace_commit_1%' and wait_event_type ="
                                            + " 'Lock'")) {
                rows.next();
                blocked = rows.getInt(1);
            }
        } while (blocked < count);
    }

    private static void assertRefused(KeySpaceException.Code code, Executable call) {
        assertEquals(code, assertThrows(KeySpaceException.class, call).code());
    }

    @Test
    void aDatabaseThatHasGoneIsUnavailable() throws Exception {
        sql("create database going");
        PostgresOptions options = new PostgresOptions(null, null, 2, PATIENCE);
        try (KeySpace gone =
                PostgresKeySpace.open(database.getJdbcUrl("postgres", "going"), options)) {
            Batch batch = Batch.builder().put(k("a"), utf8("1")).build();
            assertCommitted(gone.commit(batch));
            sql("drop database going with (force)");
            assertRefused(KeySpaceException.Code.UNAVAILABLE, () -> gone.get(k("a")));
            // On a connection that broke unseen a commit is in doubt; there are at most two.
            int inDoubt = 0;
            while (inDoubt < 2 && isInDoubt(gone, batch)) {
                inDoubt++;
            }
            assertRefused(KeySpaceException.Code.UNAVAILABLE, () -> gone.commit(batch));
        }
    }

    private static boolean isInDoubt(KeySpace gone, Batch batch) {
        try {
            assertInstanceOf(CommitOutcome.Unknown.class, gone.commit(batch));
            return true;
        } catch (KeySpaceException e) {
            assertEquals(KeySpaceException.Code.UNAVAILABLE, e.code());
            return false;
        }
    }

    @Test
    void aConnectionLostInACommitLeavesTheOutcomeOpen() throws Exception {
        byte[] key = k("locked");
        assertCommitted(keySpace.commit(Batch.builder().put(key, utf8("1")).build()));
        AtomicReference<CommitOutcome> outcome = new AtomicReference<>();
        try (Connection holder = database.getPostgresDatabase().getConnection()) {
            holder.setAutoCommit(false);
            try (Statement lock = holder.createStatement()) {
                lock.execute("select v from millrace_kv where v = '1' for update");
            }
            Thread committer =
                    Thread.ofVirtual()
                            .start(
                                    () ->
                                            outcome.set(
                                                    keySpace.commit(
                                                            Batch.builder()
                                                                    .put(key, utf8("2"))
                                                                    .build())));
            Thread.sleep(300);
            sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where query like '%millrace_commit_1%' and wait_event_type ="
                            + " 'Lock'");
            committer.join();
            holder.rollback();
        }
        assertInstanceOf(CommitOutcome.Unknown.class, outcome.get());
        assertArrayEquals(utf8("1"), keySpace.get(key));
        assertCommitted(keySpace.commit(Batch.builder().delete(key).build()));
        assertNull(keySpace.get(key));
    }

    private void sql(String text) throws Exception {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }
}
