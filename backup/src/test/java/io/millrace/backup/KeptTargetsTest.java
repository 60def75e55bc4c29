package io.millrace.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What earlier versions wrote into a target, today's restores byte for byte and goes on from. The
 * folders below {@code kept/} are the versions of the form; {@link MakeKeptTargets} made the first.
 */
class KeptTargetsTest {
    @TempDir Path directory;

    /** A target and the sums of what its backups must restore to, a line for each file. */
    record Kept(String version, String name) {
        static Stream<Kept> all() {
            return Stream.of("plain", "encrypted", "disks").map(name -> new Kept("1", name));
        }

        private InputStream open(String ending) {
            return Objects.requireNonNull(
                    KeptTargetsTest.class.getResourceAsStream(
                            "/kept/" + version + "/" + name + ending));
        }

        Path unpack(Path into) throws IOException {
            try (ZipInputStream zip = new ZipInputStream(open(".zip"))) {
                for (ZipEntry entry = zip.getNextEntry();
                        entry != null;
                        entry = zip.getNextEntry()) {
                    Path file = into.resolve(entry.getName());
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file);
                }
            }
            return into;
        }

        /** By backup. */
        Map<String, List<String>> sums() throws IOException {
            Map<String, List<String>> sums = new TreeMap<>();
            try (InputStream in = open(".sums")) {
                for (String line :
                        new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                    sums.computeIfAbsent(line.split(" ")[0], id -> new java.util.ArrayList<>())
                            .add(line);
                }
            }
            return sums;
        }
    }

    static Stream<Kept> kept() {
        return Kept.all();
    }

    private @Nullable Path key(Kept kept) throws IOException {
        return kept.name().equals("encrypted")
                ? Files.writeString(directory.resolve("key"), MakeKeptTargets.PASSPHRASE)
                : null;
    }

    private void assertRestores(Kept kept, Target target) throws IOException {
        Repository repository = Repository.open(target, key(kept));
        Map<String, List<String>> sums = kept.sums();
        assertEquals(2, sums.size());
        assertTrue(repository.backups().containsAll(sums.keySet()));
        for (String id : sums.keySet()) {
            Path data = directory.resolve("data-" + target.list("").size() + id);
            assertEquals(List.of(), Check.run(repository, List.of(id), Progress.NONE).wrong());
            Restore.run(repository, repository.manifest(id), data, Progress.NONE);
            List<String> found =
                    Source.read(data).entrySet().stream()
                            .map(f -> MakeKeptTargets.line(id, f.getKey(), f.getValue()).strip())
                            .sorted()
                            .toList();
            assertEquals(sums.get(id).stream().sorted().toList(), found);
            Lineage line = Lineage.of(data, Source.KEY_SPACE);
            assertEquals(id, line.from());
        }
    }

    @ParameterizedTest
    @MethodSource("kept")
    void everyBackupRestoresByteForByte(Kept kept) throws Exception {
        assertRestores(kept, new DirectoryTarget(kept.unpack(directory.resolve("target"))));
    }

    @ParameterizedTest
    @MethodSource("kept")
    void theNextBackupGoesOnInItAndTakesNothingAway(Kept kept) throws Exception {
        Target target = new DirectoryTarget(kept.unpack(directory.resolve("target")));
        Map<String, Long> before = target.list("");
        Source source = new Source(directory.resolve("source"));
        source.clock(java.time.Instant.parse("2026-12-01T00:00:00Z"));
        String id = source.backup(target, key(kept)).manifest().id();
        assertTrue(target.list("").entrySet().containsAll(before.entrySet()));
        assertEquals(id, Repository.open(target, key(kept)).backups().getLast());
        assertRestores(kept, target);
    }

    /** So that two versions that share a target find each other's pieces. */
    @Test
    void aPieceIsNamedAndSealedAsItWasKept() throws Exception {
        Path place = new Kept("1", "plain").unpack(directory.resolve("target"));
        Target fresh = new DirectoryTarget(directory.resolve("fresh"));
        Repository repository = Repository.openOrMake(fresh, Source.KEY_SPACE, null);
        byte[] table = Source.bytes(1_500, 2);
        repository.put(repository.id(table, table.length), table, table.length);
        for (String name : fresh.list("").keySet()) {
            assertArrayEquals(
                    Files.readAllBytes(place.resolve(name)), fresh.get(name).orElseThrow(), name);
        }
        assertEquals(3, fresh.list("").size());
    }

    /** A lineage as a restore of the first version wrote it. */
    @Test
    void aRestoredServersLineageIsRead() throws Exception {
        String line = "0123456789abcdef0123456789abcdef";
        Files.writeString(
                directory.resolve("lineage"),
                "{\"version\":1,\"line\":\"%s\",\"from\":\"20261129T100000Z-00112233\"}"
                        .formatted(line));
        assertEquals(
                new Lineage(1, line, "20261129T100000Z-00112233"),
                Lineage.of(directory, Source.KEY_SPACE));
    }
}
