package io.millrace.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes what {@link KeptTargetsTest} reads: {@code main(DIRECTORY)}. Run by the version whose form
 * it keeps and never again: made anew by a later one the targets prove nothing.
 */
final class MakeKeptTargets {
    static final String PASSPHRASE = "a passphrase of the kept target";
    private static final Instant FIRST = Instant.parse("2026-11-29T10:00:00Z");

    private MakeKeptTargets() {}

    public static void main(String[] arguments) throws IOException {
        Path into = Files.createDirectories(Path.of(arguments[0]));
        Path work = Files.createTempDirectory("kept-targets");
        Path key = Files.writeString(work.resolve("key"), PASSPHRASE + "\n");
        make(into, work, "plain", null, 1);
        make(into, work, "encrypted", key, 1);
        make(into, work, "disks", null, 2);
    }

    private static void make(Path into, Path work, String name, @Nullable Path key, int disks)
            throws IOException {
        Path source = work.resolve(name + "-source");
        Path place = work.resolve(name);
        StringBuilder expected = new StringBuilder();
        for (int backup = 0; backup < 2; backup++) {
            write(source, disks, backup, key == null);
            String id = backup(source, place, key, disks, FIRST.plusSeconds(60L * backup));
            expected.append(sums(source, id, key != null, disks));
        }
        Files.writeString(into.resolve(name + ".sums"), expected);
        zip(place, into.resolve(name + ".zip"));
    }

    /** The second time a table and a segment have come and the open volumes have grown. */
    private static void write(Path source, int disks, int backup, boolean large)
            throws IOException {
        put(source, "hold/keyspace/CURRENT", "MANIFEST-000001\n".getBytes(StandardCharsets.UTF_8));
        put(source, "hold/keyspace/MANIFEST-000001", Source.bytes(300, 1));
        put(source, "hold/keyspace/000007.sst", Source.bytes(1_500, 2));
        put(source, "hold/spool/6c-1.segment", Source.bytes(700, 3));
        put(source, "hold/spool/empty.segment", new byte[0]);
        put(source, "master.key", Source.bytes(60, 4));
        for (int disk = 0; disk < disks; disk++) {
            put(source, "hold/extents-" + disk + "/store.identity", Source.bytes(52, 10 + disk));
            // Two pieces; zeros, which the archive keeps small.
            byte[] sealed = new byte[large ? Repository.PIECE_BYTES + 1_000 : 2_000];
            System.arraycopy(Source.bytes(500, 20 + disk), 0, sealed, sealed.length - 700, 500);
            put(source, "extents-" + disk + "/000000000001.volume", sealed);
            byte[] open = Source.bytes(1_000 + 400 * backup, 30 + disk);
            put(source, "extents-" + disk + "/000000000002.volume", open);
        }
        if (backup == 1) {
            put(source, "hold/keyspace/000009.blob", Source.bytes(900, 5));
            put(source, "hold/spool/6c-2.segment", Source.bytes(800, 6));
        }
    }

    private static void put(Path root, String name, byte[] bytes) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private static String backup(
            Path source, Path place, @Nullable Path key, int disks, Instant at) {
        List<Held.Extents> extents =
                java.util.stream.IntStream.range(0, disks)
                        .mapToObj(
                                disk ->
                                        new Held.Extents(
                                                source.resolve("extents-" + disk).toString(),
                                                List.of(
                                                        new Held.Volume(
                                                                "000000000001.volume", 0, true),
                                                        new Held.Volume(
                                                                "000000000002.volume",
                                                                1L << 30,
                                                                false))))
                        .toList();
        Held held =
                new Held(
                        1,
                        Source.KEY_SPACE,
                        new Lineage(1, Source.KEY_SPACE, null),
                        new Manifest.Moment(at, at.plusMillis(20)),
                        "0.1.0",
                        source.resolve("hold").toString(),
                        List.of(),
                        extents);
        Repository repository =
                Repository.openOrMake(new DirectoryTarget(place), Source.KEY_SPACE, key);
        Path masterKey = key == null ? null : source.resolve("master.key");
        Backup.Plan plan = new Backup.Plan(masterKey, false, false);
        return Backup.run(repository, held, plan, Progress.NONE, () -> true).manifest().id();
    }

    /** A line for each file that a restore must make: backup, path, size, SHA-256. */
    private static String sums(Path source, String id, boolean masterKey, int disks)
            throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, byte[]> file : Source.read(source).entrySet()) {
            String path =
                    file.getKey()
                            .replaceFirst("^hold/extents-", "extents-")
                            .replaceFirst("^hold/", "")
                            .replaceFirst("^extents-", disks == 1 ? "" : "extents/")
                            .replaceFirst("^0/", disks == 1 ? "extents/" : "0/");
            if (masterKey || !path.equals("master.key")) {
                lines.append(line(id, path, file.getValue()));
            }
        }
        return lines.toString();
    }

    static String line(String id, String path, byte[] bytes) {
        String sum = HexFormat.of().formatHex(Seals.sha256().digest(bytes));
        return id + " " + path + " " + bytes.length + " " + sum + "\n";
    }

    private static void zip(Path place, Path archive) throws IOException {
        try (OutputStream out = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> file : Source.read(place).entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setTime(FIRST.toEpochMilli());
                zip.putNextEntry(entry);
                zip.write(file.getValue());
            }
        }
        System.out.println(archive + " " + Files.size(archive));
    }
}
