package io.millrace.e2e.kept;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A data directory that an earlier version left, and what that version itself read from it; see
 * {@code kept/VERSION/README.md} among the test's resources.
 */
record KeptDirectory(Path archive, Path description) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PACKED = ".zip.gz";

    /** Every kept directory of every version. */
    static List<KeptDirectory> all() {
        URL root = Objects.requireNonNull(KeptDirectory.class.getResource("/kept"));
        try (Stream<Path> files = Files.walk(Path.of(root.toURI()), 2)) {
            return files.filter(f -> f.toString().endsWith(PACKED))
                    .sorted()
                    .map(f -> new KeptDirectory(f, f.resolveSibling(name(f) + ".json.gz")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(Path archive) {
        String file = archive.getFileName().toString();
        return file.substring(0, file.length() - PACKED.length());
    }

    /** What must read back. */
    JsonNode expected() {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(description))) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lays the directory out; zeros at the end of a file are not in the archive. */
    Path unpack(Path into) {
        try (ZipInputStream zip =
                new ZipInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = into.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(zip, file);
            }
            Path sizes = into.resolve("sizes");
            for (String line : Files.readAllLines(sizes, StandardCharsets.UTF_8)) {
                int space = line.indexOf(' ');
                extend(
                        into.resolve(line.substring(space + 1)),
                        Long.parseLong(line.substring(0, space)));
            }
            Files.delete(sizes);
            Files.setPosixFilePermissions(
                    into.resolve("master.key"), PosixFilePermissions.fromString("rw-------"));
            return into;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void extend(Path file, long size) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(size);
        }
    }

    @Override
    public String toString() {
        return archive.getParent().getFileName() + "/" + name(archive);
    }
}
