package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.log.Change;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.ObjectInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a writing process at random moments; what it acknowledged must be there. */
@Tag("slow")
class CrashTest {
    private static final int ROUNDS = 4;

    @TempDir Path directory;

    /** The highest acknowledged number of each key. */
    private final Map<String, Long> acknowledged = new HashMap<>();

    @Test
    void noAcknowledgedByteIsLostWhenTheProcessIsKilled() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            stormAndKill(round * 1_000_000L + 1);
            try (Fixture fixture = Fixture.open(directory)) {
                check(fixture, round);
                for (int pass = 0; pass < 4; pass++) {
                    fixture.clock.advance(Duration.ofMinutes(30 + round * 60L));
                    fixture.store.maintain();
                }
                check(fixture, round);
            }
        }
        assertTrue(acknowledged.size() > 20, "the storms wrote");
    }

    private void stormAndKill(long first) throws IOException, InterruptedException {
        Path said = directory.resolve("acknowledged");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CrashWriter.class.getName(),
                                directory.toString(),
                                Long.toString(first))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(said.toFile())
                        .start();
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (Files.size(said) == 0 && process.isAlive() && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        Thread.sleep(ThreadLocalRandom.current().nextInt(100, 1200));
        assertTrue(process.isAlive(), "the storm went on until it was cut off");
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        String all = Files.readString(said);
        // The last line may be cut off in its middle.
        for (String line : all.substring(0, all.lastIndexOf('\n') + 1).lines().toList()) {
            String[] words = line.split(" ");
            // The log writes there too.
            if (words.length == 2) {
                acknowledged.merge(words[0], Long.parseLong(words[1]), Math::max);
            }
        }
    }

    private void check(Fixture fixture, int round) {
        long objects = 0;
        long bytes = 0;
        List<ObjectInfo> entries =
                fixture.objects().list(new ListObjects(Fixture.BUCKET, "", "", "", 1000)).entries();
        Map<String, ObjectInfo> found = new HashMap<>();
        for (ObjectInfo info : entries) {
            found.put(info.key(), info);
            objects++;
            bytes += info.sizeBytes();
            byte[] content = fixture.get(info.key());
            if (info.key().startsWith("grown-")) {
                assertArrayEquals(CrashWriter.growth(0, content.length), content, info.key());
            } else {
                long number = Long.parseLong(info.userMetadata().getOrDefault("number", "missing"));
                assertArrayEquals(CrashWriter.contents(number), content, info.key());
            }
        }
        fixture.assertStatistics(objects, bytes);
        acknowledged.forEach(
                (key, number) -> {
                    ObjectInfo info = found.get(key);
                    assertTrue(info != null, () -> key + " is gone in round " + round);
                    long there =
                            key.startsWith("grown-")
                                    ? info.sizeBytes()
                                    : Long.parseLong(
                                            info.userMetadata().getOrDefault("number", "0"));
                    assertTrue(there >= number, () -> key + ": " + there + " < " + number);
                });
        Map<String, Change> last = new HashMap<>();
        for (Change change : ChangeLogTest.all(fixture.store.changes())) {
            last.put(change.key(), change);
        }
        found.forEach(
                (key, info) -> {
                    Change change = last.get(key);
                    if (change != null) {
                        assertEquals(info.versionId(), change.versionId(), key);
                    }
                });
    }
}
