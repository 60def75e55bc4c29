package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.PostgresKeySpace;
import io.millrace.keyspace.PostgresOptions;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.testkit.Seed;
import io.millrace.work.Leases;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A short version of the suite on the PostgreSQL wire. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class PostgresStoreTest {
    private static final String BUCKET = Fixture.BUCKET;

    private EmbeddedPostgres database;

    @BeforeAll
    void start() throws Exception {
        database =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(90))
                        .setServerConfig("max_connections", "60")
                        .start();
    }

    @AfterAll
    void stop() throws Exception {
        database.close();
    }

    private String url(String name) {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return database.getJdbcUrl("postgres", name);
    }

    private static KeySpace open(String url) {
        return PostgresKeySpace.open(url, PostgresOptions.standard());
    }

    @Test
    void theStoreAgreesWithAPlainMap(@TempDir Path directory) {
        String url = url("model");
        try (Fixture fixture = Fixture.open(directory, Fixture.quick(), () -> open(url))) {
            new ModelRun(fixture, Seed.fresh()).run(150);
        }
    }

    @Test
    void ofAppendsOfTwoNodesAtOnePositionExactlyOneHappens(@TempDir Path directory) {
        String url = url("nodes");
        try (Fixture fixture = Fixture.open(directory, Fixture.quick(), () -> open(url));
                KeySpace otherKeys = open(url);
                Leases otherLeases =
                        Leases.open(
                                otherKeys,
                                "other",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Store other =
                        Store.open(
                                otherKeys,
                                otherLeases,
                                fixture.extents,
                                fixture.options,
                                fixture.clock.clocks())) {
            long position = 0;
            for (int round = 0; round < 3; round++) {
                List<Callable<AppendOutcome>> tasks = new ArrayList<>();
                long at = position;
                for (int i = 0; i < 24; i++) {
                    Store node = i % 2 == 0 ? fixture.store : other;
                    byte[] bytes = Fixture.bytes(i, 3000);
                    tasks.add(
                            () ->
                                    node.objects()
                                            .append(AppendObject.of(BUCKET, "a", at, 3000), bytes));
                }
                long appended =
                        Fixture.together(tasks).stream()
                                .filter(o -> o instanceof AppendOutcome.Appended)
                                .count();
                assertEquals(1, appended);
                position += 3000;
                assertEquals(position, other.objects().head(BUCKET, "a").orElseThrow().sizeBytes());
            }
            assertArrayEquals(
                    fixture.get("a"),
                    Fixture.read(other.objects().open(BUCKET, "a").orElseThrow()));
        }
    }

    @Test
    void writersOfManyKeysOnTwoNodesLeaveRightCountersAndADenseLog(@TempDir Path directory) {
        String url = url("counters");
        try (Fixture fixture = Fixture.open(directory, Fixture.quick(), () -> open(url));
                KeySpace otherKeys = open(url);
                Leases otherLeases =
                        Leases.open(
                                otherKeys,
                                "other",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Store other =
                        Store.open(
                                otherKeys,
                                otherLeases,
                                fixture.extents,
                                fixture.options,
                                fixture.clock.clocks())) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Store node = i % 2 == 0 ? fixture.store : other;
                String key = "k" + i % 50;
                tasks.add(
                        () ->
                                node.objects().put(PutObject.of(BUCKET, key, 10), new byte[10])
                                        instanceof PutOutcome.Stored);
            }
            assertTrue(Fixture.together(tasks).stream().allMatch(stored -> stored));
            fixture.assertStatistics(50, 500);
            assertEquals(200, ChangeLogTest.all(other.changes()).size());
        }
    }
}
