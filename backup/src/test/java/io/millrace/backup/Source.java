package io.millrace.backup;

import io.millrace.extents.StoreIdentity;
import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A hold as a server makes it, over files that a test writes: a key space, two volumes, a spool.
 */
final class Source {
    static final String KEY_SPACE = "5c0a7f3e-8c1d-4b7e-9a55-2f6f0c9d1b3a";

    private final Path root;
    private Lineage lineage = new Lineage(1, KEY_SPACE, null);
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");

    /** Of the open volume: room was promised for more than is written. */
    private long tail = 90_000_000;

    /** Makes the files in a directory. */
    Source(Path root) throws IOException {
        this.root = root;
        write("hold/keyspace/CURRENT", "MANIFEST-000001\n".getBytes());
        write("hold/keyspace/MANIFEST-000001", bytes(900, 1));
        write("hold/keyspace/000007.sst", bytes(70_000, 2));
        write("hold/extents-0/store.identity", bytes(52, 3));
        write("hold/spool/6c-1.segment", bytes(3_000, 4));
        write("extents/hold-x/000000000001.volume", bytes(5_000_000, 5));
        write("extents/hold-x/000000000002.volume", bytes(40_000, 6));
        write("master.key", bytes(60, 7));
    }

    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new java.util.Random(seed).nextBytes(bytes);
        return bytes;
    }

    void write(String name, byte[] bytes) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    Path masterKey() {
        return root.resolve("master.key");
    }

    /** From now on the source is another server, restored from a backup. */
    void restoredFrom(String backup) {
        lineage = new Lineage(1, HexFormat.of().formatHex(Ids.randomBytes(16)), backup);
    }

    /** Up to where the open volume counts. */
    void tail(long bytes) {
        tail = bytes;
    }

    void clock(Instant instant) {
        now = instant;
    }

    Held held() {
        Held.Extents extents =
                new Held.Extents(
                        root.resolve("extents/hold-x").toString(),
                        List.of(
                                new Held.Volume("000000000001.volume", 5_000_000, true),
                                new Held.Volume("000000000002.volume", tail, false)));
        return new Held(
                1,
                KEY_SPACE,
                lineage,
                new Manifest.Moment(now, now.plusMillis(20)),
                "test",
                root.resolve("hold").toString(),
                List.of(),
                List.of(extents));
    }

    /** A backup as the command makes it. */
    Backup.Done backup(Target target, @Nullable Path keyFile) {
        return backup(target, keyFile, new Backup.Plan(null, false, false));
    }

    Backup.Done backup(Target target, @Nullable Path keyFile, Backup.Plan plan) {
        Repository repository = Repository.openOrMake(target, KEY_SPACE, keyFile);
        return Backup.run(repository, held(), plan, Progress.NONE, () -> true);
    }

    /** What a restored directory holds, without what the restore itself says there. */
    static Map<String, byte[]> read(Path data) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (var all = Files.walk(data)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(data.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        files.remove("lineage");
        files.keySet().removeIf(name -> name.endsWith("/" + StoreIdentity.ADOPT));
        return files;
    }

    /** What it must hold. */
    Map<String, byte[]> expected() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (Map.Entry<String, byte[]> file : read(root).entrySet()) {
            String name = file.getKey();
            if (!name.equals("master.key")) {
                files.put(
                        name.replace("hold/extents-0/", "extents/")
                                .replace("extents/hold-x/", "extents/")
                                .replace("hold/", ""),
                        file.getValue());
            }
        }
        return files;
    }
}
