package io.millrace.keyspace.files;

import io.millrace.kit.Damage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells damage of the log from a torn tail, before RocksDB opens the directory.
 *
 * <p>RocksDB ends its replay at the first record that doesn't check and takes what follows for
 * never written; then it deletes the log. That is right for a tail that a power cut tore, and loses
 * every later commit when a bit was flipped. Torn is only what was never synced. So a place that
 * doesn't check is damage when
 *
 * <ul>
 *   <li>a whole record lies behind it, in its file or a later one: the engine writes a record only
 *       after the one before was synced (batches that asked for no sync aside, which is why a power
 *       cut may make a torn tail of such batches look like damage, never the other way round);
 *   <li>or the log and the tables together end before the {@link Watermark}.
 * </ul>
 *
 * <p>In the manifest every record must check, the last one too: without it RocksDB would take
 * tables for superfluous and delete them, and no sequence number tells.
 */
public final class LogCheck {
    private static final Pattern LOG = Pattern.compile("\\d+\\.log");
    private static final Pattern GROWING = Pattern.compile("\\d+\\.log|MANIFEST-\\d+");
    private static final Pattern DATA = Pattern.compile("\\d+\\.(log|sst|blob)|MANIFEST-\\d+");

    private final Path directory;
    private final List<Damage> damages = new ArrayList<>();
    private final List<byte[]> hit = new ArrayList<>();
    private long lastSequence;
    private LogFile.@Nullable Bad tail;
    private @Nullable Path tailFile;

    private LogCheck(Path directory) {
        this.directory = directory;
    }

    /**
     * What was found.
     *
     * @param lastSequence of the last change that log and tables hold, 0 when the directory is new
     * @param damages in the order of the files; empty when all is well
     * @param hit keys that the damaged records of the log seem to have changed; for names
     */
    public record Result(long lastSequence, List<Damage> damages, List<byte[]> hit) {
        public Result {
            damages = List.copyOf(damages);
            hit = List.copyOf(hit);
        }
    }

    /** Reads manifest and logs; changes nothing. An absent or empty directory is whole. */
    public static Result of(Path directory) throws IOException {
        LogCheck check = new LogCheck(directory);
        check.manifest();
        for (Path log : logs(directory)) {
            check.readLog(log);
        }
        check.watermark();
        return new Result(check.lastSequence, check.damages, check.hit);
    }

    /** The files that {@link #of} reads. */
    public static List<Path> growing(Path directory) throws IOException {
        return files(directory, GROWING);
    }

    /** The logs, oldest first. */
    static List<Path> logs(Path directory) throws IOException {
        return files(directory, LOG).stream()
                .sorted(Comparator.comparingLong(LogCheck::number))
                .toList();
    }

    private static long number(Path file) {
        String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    static List<Path> files(Path directory, Pattern pattern) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> pattern.matcher(f.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    private void manifest() throws IOException {
        Path current = directory.resolve("CURRENT");
        if (!Files.exists(current)) {
            List<Path> left = files(directory, DATA);
            if (!left.isEmpty()) {
                damage(
                        Damage.Kind.MANIFEST,
                        current,
                        0,
                        "it is gone, though the directory has " + left.getFirst().getFileName());
            }
            return;
        }
        String name = new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1);
        Path manifest = named(name);
        if (manifest == null) {
            damage(Damage.Kind.MANIFEST, current, 0, "it names no manifest that is there");
            return;
        }
        readManifest(manifest);
    }

    private @Nullable Path named(String current) {
        if (!current.matches("MANIFEST-\\d+\n")) {
            return null;
        }
        Path manifest = directory.resolve(current.strip());
        return Files.exists(manifest) ? manifest : null;
    }

    private void readManifest(Path manifest) throws IOException {
        LogFile.read(
                manifest,
                part -> {
                    switch (part) {
                        case LogFile.Entry entry ->
                                lastSequence =
                                        Math.max(
                                                lastSequence,
                                                Manifest.lastSequence(entry.payload()));
                        case LogFile.Bad bad ->
                                damage(Damage.Kind.MANIFEST, manifest, bad.offset(), bad.why());
                    }
                });
    }

    private void readLog(Path log) throws IOException {
        LogFile.read(
                log,
                part -> {
                    tailIsDamage();
                    switch (part) {
                        case LogFile.Entry entry ->
                                lastSequence =
                                        Math.max(
                                                lastSequence,
                                                LoggedBatch.lastSequence(entry.payload()));
                        case LogFile.Bad bad -> {
                            tail = bad;
                            tailFile = log;
                        }
                    }
                });
    }

    /** Something whole, or damaged once more, lies behind what might have been a torn tail. */
    private void tailIsDamage() {
        LogFile.Bad bad = tail;
        Path file = tailFile;
        if (bad != null && file != null) {
            damage(Damage.Kind.LOG, file, bad.offset(), bad.why() + ", and records follow");
            hit.addAll(LoggedBatch.read(bad.payload()).keys());
            tail = null;
        }
    }

    private void watermark() throws IOException {
        Path file = directory.resolve(Watermark.FILE);
        switch (Watermark.read(directory)) {
            case Watermark.State.Absent absent -> {}
            case Watermark.State.Broken broken ->
                    damage(Damage.Kind.WATERMARK, file, 0, broken.why());
            case Watermark.State.Synced synced -> {
                if (lastSequence < synced.sequence()) {
                    missing(synced.sequence());
                }
            }
        }
    }

    private void missing(long synced) throws IOException {
        String text =
                "changes " + (lastSequence + 1) + " to " + synced + " were synced and are missing";
        LogFile.Bad bad = tail;
        Path file = tailFile;
        if (bad != null && file != null) {
            damage(Damage.Kind.LOG, file, bad.offset(), bad.why() + "; " + text);
            hit.addAll(LoggedBatch.read(bad.payload()).keys());
            return;
        }
        List<Path> logs = logs(directory);
        Path last = logs.isEmpty() ? directory : logs.getLast();
        damage(Damage.Kind.LOG, last, logs.isEmpty() ? 0 : Files.size(last), text);
    }

    private void damage(Damage.Kind kind, Path file, long offset, String text) {
        damages.add(new Damage(kind, file.toString(), offset, text));
    }
}
