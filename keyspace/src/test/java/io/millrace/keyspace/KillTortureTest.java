package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that commits with SIGKILL, again and again on the same data: every commit that it
 * had acknowledged is there, every batch is whole, and stamps stay dense.
 */
@Timeout(120)
class KillTortureTest {
    private static final int KILLS = 12;
    private static final int WRITERS = 8;
    private static final byte[] COUNTER = Keys.family('N').u8(1).done();
    private static final byte[] LOG = Keys.family('L').u8(1).done();

    @TempDir Path directory;
    private final Map<Integer, Long> acknowledged = new HashMap<>();
    private final Map<Long, byte[]> stamps = new HashMap<>();

    @Test
    void acknowledgedCommitsSurviveKills() throws Exception {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        for (int kill = 0; kill < KILLS; kill++) {
            live(random.nextInt(250));
            verify(seed);
        }
        assertTrue(stamps.size() > KILLS, "only " + stamps.size() + " commits; " + seed);
    }

    /** Starts a child, lets it commit for a while, and kills it. */
    private void live(int millis) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx128m"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Child.class.getName());
        command.add(directory.toString());
        Process child =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            String line = out.readLine();
            Thread killer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        sleep(millis);
                                        child.destroyForcibly();
                                    });
            while (line != null && line.endsWith(".")) {
                note(line);
                line = out.readLine();
            }
            killer.join();
        } catch (IOException e) {
            // The pipe ended with the process.
        }
        assertTrue(child.waitFor(30, TimeUnit.SECONDS));
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void note(String line) {
        String[] parts = line.substring(0, line.length() - 1).split(" ");
        int writer = Integer.parseInt(parts[0]);
        long n = Long.parseLong(parts[1]);
        acknowledged.merge(writer, n, Math::max);
        stamps.put(Long.parseLong(parts[2]), key(writer, n));
    }

    private void verify(Seed seed) {
        try (KeySpace keySpace = RocksKeySpace.open(directory)) {
            acknowledged.forEach(
                    (writer, last) -> {
                        for (long n = 1; n <= last; n++) {
                            assertArrayEquals(
                                    value(writer, n),
                                    keySpace.get(key(writer, n)),
                                    seed.toString());
                        }
                    });
            stamps.forEach(
                    (stamp, key) ->
                            assertArrayEquals(
                                    key,
                                    keySpace.get(Keys.under(LOG).u64(stamp).done()),
                                    seed.toString()));
            long count = Keys.counter(keySpace.get(COUNTER));
            assertEquals(count, count(keySpace, LOG), seed.toString());
            assertEquals(count, count(keySpace, Keys.family('T').done()), seed.toString());
        }
    }

    private static long count(KeySpace keySpace, byte[] prefix) {
        long count = 0;
        byte[] after = prefix;
        while (true) {
            List<Entry> page = keySpace.scan(Scan.prefixAfter(prefix, after, 10_000).onlyKeys());
            count += page.size();
            if (page.size() < 10_000) {
                return count;
            }
            after = page.getLast().key();
        }
    }

    static byte[] key(int writer, long n) {
        return Keys.family('T').u32(writer).u64(n).done();
    }

    static byte[] value(int writer, long n) {
        byte[] value = new byte[(int) (n % 3_000)];
        new Random(writer * 31L + n).nextBytes(value);
        return value;
    }

    /** The process that is killed. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
            KeySpace keySpace = RocksKeySpace.open(Path.of(arguments[0]));
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                Thread.ofVirtual().start(() -> write(keySpace, writer, out));
            }
            sleep(60_000);
            Runtime.getRuntime().halt(1);
        }

        private static void write(KeySpace keySpace, int writer, PrintStream out) {
            long n = 1 + last(keySpace, writer);
            while (true) {
                Batch batch =
                        Batch.builder()
                                .absent(key(writer, n))
                                .put(key(writer, n), value(writer, n))
                                .appendStamped(COUNTER, LOG, key(writer, n))
                                .build();
                CommitOutcome.Committed done = (CommitOutcome.Committed) keySpace.commit(batch);
                synchronized (out) {
                    out.print(writer + " " + n + " " + done.stamps().get(0) + ".\n");
                    out.flush();
                }
                n++;
            }
        }

        private static long last(KeySpace keySpace, int writer) {
            byte[] prefix = Keys.family('T').u32(writer).done();
            List<Entry> top = keySpace.scan(Scan.prefix(prefix, 1).reversed().onlyKeys());
            return top.isEmpty() ? 0 : Keys.read(top.get(0).key(), prefix.length).u64();
        }
    }
}
