package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that appends with SIGKILL, again and again on the same volumes: every extent that
 * it had acknowledged is there unchanged, and no place is given out twice.
 */
@Timeout(120)
class KillTortureTest {
    private static final int KILLS = 12;

    @TempDir Path directory;
    private final Map<ExtentRef, Long> acknowledged = new HashMap<>();

    @Test
    void acknowledgedExtentsSurviveKills() throws Exception {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        for (int kill = 0; kill < KILLS; kill++) {
            List<ExtentRef> fresh = live(random.nextInt(250), random.nextLong());
            try (LocalExtents extents = open(directory)) {
                for (ExtentRef ref : fresh) {
                    verify(extents, ref, seed);
                }
            }
        }
        try (LocalExtents extents = open(directory)) {
            acknowledged.keySet().forEach(ref -> verify(extents, ref, seed));
        }
        assertTrue(acknowledged.size() > KILLS, seed.toString());
    }

    private static LocalExtents open(Path directory) {
        return LocalExtents.open(
                List.of(directory),
                ExtentsOptions.standard().withVolumeBytes(4 << 20).withReserveBytes(0));
    }

    private void verify(Extents extents, ExtentRef ref, Seed seed) {
        assertArrayEquals(
                Payload.of(acknowledged.getOrDefault(ref, 0L), (int) ref.length()),
                Payload.read(extents, ref),
                seed.toString());
    }

    private List<ExtentRef> live(int millis, long childSeed) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Child.class.getName(), directory.toString(), "" + childSeed));
        Process child =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<ExtentRef> fresh = new ArrayList<>();
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
                fresh.add(note(line));
                line = out.readLine();
            }
            killer.join();
        } catch (IOException e) {
            // The pipe ended with the process.
        }
        assertTrue(child.waitFor(30, TimeUnit.SECONDS));
        return fresh;
    }

    private ExtentRef note(String line) {
        String[] parts = line.substring(0, line.length() - 1).split(" ");
        ExtentRef ref = ExtentRef.decode(HexFormat.of().parseHex(parts[0]));
        assertNull(acknowledged.put(ref, Long.parseLong(parts[1])), "a place came twice");
        return ref;
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The process that is killed. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
            Random random = new Random(Long.parseLong(arguments[1]));
            LocalExtents extents = open(Path.of(arguments[0]));
            for (int i = 0; i < 6; i++) {
                Random own = new Random(random.nextLong());
                Thread.ofVirtual().start(() -> write(extents, own, out));
            }
            sleep(60_000);
            Runtime.getRuntime().halt(1);
        }

        private static void write(LocalExtents extents, Random own, PrintStream out) {
            while (true) {
                long content = own.nextLong();
                int size = 1 + own.nextInt(own.nextInt(10) == 0 ? 1_500_000 : 60_000);
                byte[] bytes = Payload.of(content, size);
                ExtentRef ref;
                if (own.nextInt(3) == 0) {
                    try (ExtentWriter writer = extents.open(own.nextBoolean() ? size : -1)) {
                        writer.write(bytes, 0, size);
                        ref = writer.finish();
                    }
                } else {
                    ref = extents.append(bytes, 0, size);
                }
                synchronized (out) {
                    out.print(HexFormat.of().formatHex(ref.encode()) + " " + content + ".\n");
                    out.flush();
                }
            }
        }
    }
}
