package io.millrace.keyspace.files;

import io.millrace.kit.Damage;
import java.io.IOException;
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
 * <p>And no change may be left out on the way, see {@link LogChain}: a log that is gone, or ends at
 * the end of a record, leaves nothing that doesn't check. Logs that the manifest knows as read are
 * not looked at; RocksDB doesn't either, and deletes them.
 *
 * <p>In the manifest every record must check, the last one too, and it must be as long as the
 * watermark knows it: else RocksDB would take tables for superfluous and delete them.
 */
public final class LogCheck {
    private static final Pattern LOG = Pattern.compile("\\d+\\.log");
    private static final Pattern GROWING = Pattern.compile("\\d+\\.log|MANIFEST-\\d+");
    private static final Pattern DATA = Pattern.compile("\\d+\\.(log|sst|blob)|MANIFEST-\\d+");

    private final Path directory;
    private final List<Damage> damages = new ArrayList<>();
    private final List<Damage> missing = new ArrayList<>();
    private final List<byte[]> hit = new ArrayList<>();
    private Watermark.State synced = new Watermark.State.Absent();
    private @Nullable Manifest manifest;
    private @Nullable LogChain chain;
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
     * @param missing those of them that stand for changes that are nowhere: no byte can be mended
     * @param hit keys that the damaged records of the log seem to have changed; for names
     */
    public record Result(
            long lastSequence, List<Damage> damages, List<Damage> missing, List<byte[]> hit) {
        public Result {
            damages = List.copyOf(damages);
            missing = List.copyOf(missing);
            hit = List.copyOf(hit);
        }
    }

    /** Reads manifest and logs; changes nothing. An absent or empty directory is whole. */
    public static Result of(Path directory) throws IOException {
        LogCheck check = new LogCheck(directory);
        check.synced = Watermark.read(directory);
        check.manifest();
        check.readLogs();
        check.watermark();
        return new Result(check.lastSequence, check.damages, check.missing, check.hit);
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
        long number = Watermark.manifestNumber(Files.readAllBytes(current));
        Path file = directory.resolve(String.format("MANIFEST-%06d", number));
        if (number < 0 || !Files.exists(file)) {
            damage(Damage.Kind.MANIFEST, current, 0, "it names no manifest that is there");
            return;
        }
        readManifest(file, new Manifest(number));
        setBack(current, file, number);
    }

    private void readManifest(Path file, Manifest into) throws IOException {
        LogFile.read(
                file,
                part -> {
                    switch (part) {
                        case LogFile.Entry entry -> into.add(entry.payload());
                        case LogFile.Bad bad ->
                                damage(Damage.Kind.MANIFEST, file, bad.offset(), bad.why());
                    }
                });
        lastSequence = into.lastSequence();
        // What a damaged manifest says of the logs is not all that it said.
        manifest = damages.isEmpty() && into.understood() ? into : null;
    }

    /** Whether the manifest is an older one, or shorter, than was synced. */
    private void setBack(Path current, Path file, long number) throws IOException {
        if (!(synced instanceof Watermark.State.Synced known)) {
            return;
        }
        if (number < known.manifest()) {
            String text = "it names " + file.getFileName() + ", MANIFEST-%06d was in use";
            damage(Damage.Kind.MANIFEST, current, 0, String.format(text, known.manifest()));
        } else if (number == known.manifest() && Files.size(file) < known.manifestBytes()) {
            String text = "it ends here, and was synced up to " + known.manifestBytes();
            damage(Damage.Kind.MANIFEST, file, Files.size(file), text);
        }
    }

    private void readLogs() throws IOException {
        Manifest known = manifest;
        if (known != null && !(synced instanceof Watermark.State.Accepted)) {
            chain = new LogChain(directory, known);
        }
        for (Path log : logs(directory)) {
            if (known == null || number(log) >= known.neededFrom()) {
                readLog(log);
            }
        }
        if (chain != null) {
            missing.addAll(chain.gaps());
            damages.addAll(chain.gaps());
        }
    }

    private void readLog(Path log) throws IOException {
        if (chain != null) {
            chain.begins(log, number(log));
        }
        LogFile.read(
                log,
                part -> {
                    if (!(part instanceof LogFile.Entry entry && isEmpty(entry))) {
                        tailIsDamage();
                    }
                    switch (part) {
                        case LogFile.Entry entry -> {
                            long last = LoggedBatch.lastSequence(entry.payload());
                            lastSequence = Math.max(lastSequence, last);
                            if (chain != null) {
                                chain.record(log, entry);
                            }
                        }
                        case LogFile.Bad bad -> {
                            tail = bad;
                            tailFile = log;
                        }
                    }
                });
    }

    /** Behind a torn tail the engine begins the next log with a batch that changes nothing. */
    private static boolean isEmpty(LogFile.Entry entry) {
        return LoggedBatch.lastSequence(entry.payload())
                < LoggedBatch.firstSequence(entry.payload());
    }

    /** Something whole, or damaged once more, lies behind what might have been a torn tail. */
    private void tailIsDamage() {
        LogFile.Bad bad = tail;
        Path file = tailFile;
        if (bad != null && file != null) {
            damage(Damage.Kind.LOG, file, bad.offset(), bad.why() + ", and records follow");
            hit.addAll(LoggedBatch.read(bad.payload()).keys());
            tail = null;
            if (chain != null) {
                chain.damaged();
            }
        }
    }

    private void watermark() throws IOException {
        Path file = directory.resolve(Watermark.FILE);
        switch (synced) {
            case Watermark.State.Absent absent -> {}
            case Watermark.State.Accepted accepted -> {}
            case Watermark.State.Broken broken ->
                    damage(Damage.Kind.WATERMARK, file, 0, broken.why());
            case Watermark.State.Synced known -> {
                if (lastSequence < known.sequence()) {
                    missing(known.sequence());
                }
            }
        }
    }

    private void missing(long known) throws IOException {
        String text =
                "changes " + (lastSequence + 1) + " to " + known + " were synced and are missing";
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
        missing.add(damages.getLast());
    }

    private void damage(Damage.Kind kind, Path file, long offset, String text) {
        damages.add(new Damage(kind, file.toString(), offset, text));
    }
}
