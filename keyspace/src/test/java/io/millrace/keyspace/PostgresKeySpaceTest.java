package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresKeySpaceTest extends KeySpaceConformance {
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
