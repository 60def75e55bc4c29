package io.millrace.keyspace.files;

import io.millrace.kit.Damage;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Mends the files of a key space that nobody has open, and never invents: a byte is changed only
 * where a checksum proves what stood there.
 *
 * <ul>
 *   <li>One flipped bit is found by its checksum and flipped back; nothing is lost.
 *   <li>From a log with more damage every whole record is kept and the damaged ones are left out;
 *       the rows that they seem to have changed are named.
 *   <li>Changes that are nowhere are named, and the watermark is told to ask for them no more, so
 *       that what is there can be used again.
 *   <li>{@code CURRENT} is written again when there is exactly one manifest and it is whole. The
 *       watermark is made anew by the next start.
 *   <li>Anything else is left as it is and said.
 * </ul>
 *
 * Every file is copied to the evidence before it is changed.
 */
public final class FileRepair {
    private static final Pattern MANIFEST = Pattern.compile("MANIFEST-\\d+");
    private static final Pattern TABLE = Pattern.compile("\\d+\\.sst");
    private static final Pattern BLOB = Pattern.compile("\\d+\\.blob");
    private static final Pattern ENGINE_DELETES = Pattern.compile("\\d+\\.(log|sst|blob)");
    private static final int MOST_ROUNDS = 1_000;

    /** What is wrong where a watermark was and is none. */
    public static final String LOST = "it is gone: nobody knows how far log and manifest went";

    private final Path directory;
    private final Path evidence;
    private final TableCheck tables;
    private final Set<Path> kept = new HashSet<>();
    private final List<String> done = new ArrayList<>();
    private final List<Damage> left = new ArrayList<>();
    private final List<byte[]> mendedRows = new ArrayList<>();
    private final List<byte[]> lostRows = new ArrayList<>();

    /**
     * What became of the damage.
     *
     * @param done what was done, a line each
     * @param left what could not be mended
     * @param mendedRows keys of rows that were in a record or block that reads again
     * @param lostRows keys of rows whose latest change is lost, as far as they can be told
     */
    public record Report(
            List<String> done, List<Damage> left, List<byte[]> mendedRows, List<byte[]> lostRows) {
        public Report {
            done = List.copyOf(done);
            left = List.copyOf(left);
            mendedRows = List.copyOf(mendedRows);
            lostRows = List.copyOf(lostRows);
        }
    }

    /** The engine's own reader of tables. */
    public interface TableCheck {
        /** Whether the manifest names a table or blob file; true when nobody can say. */
        boolean inUse(Path file);

        /** Whether a row says that there was a watermark, and there is none. */
        boolean watermarkIsLost();

        /** A table's first damage, or null when it is whole. */
        @Nullable TableDamage first(Path table);

        /** Keys in the table between two keys, both excluded; null stands for its end. */
        List<byte[]> between(Path table, byte @Nullable [] after, byte @Nullable [] before);

        /** The last key before the first damage and the first one behind the last. */
        byte @Nullable [][] around(Path table);
    }

    /**
     * A table's first damage.
     *
     * @param size of the block, -1 when the engine did not say
     */
    public record TableDamage(long offset, int size, String why) {}

    private FileRepair(Path directory, Path evidence, TableCheck tables) {
        this.directory = directory;
        this.evidence = evidence;
        this.tables = tables;
    }

    /**
     * Mends what can be mended.
     *
     * @param evidence a directory for the files as they were; made when it is needed
     */
    public static Report run(Path directory, Path evidence, TableCheck tables) throws IOException {
        FileRepair repair = new FileRepair(directory, evidence, tables);
        repair.current();
        repair.logs();
        repair.watermark();
        for (Path table : LogCheck.files(directory, TABLE)) {
            if (tables.inUse(table)) {
                repair.table(table);
            }
        }
        for (Path blob : LogCheck.files(directory, BLOB)) {
            repair.blob(blob);
        }
        return new Report(repair.done, repair.left, repair.mendedRows, repair.lostRows);
    }

    /** The damaged places of tables and blob files; changes nothing. */
    public static List<Damage> check(Path directory, TableCheck tables) throws IOException {
        List<Damage> damages = new ArrayList<>();
        for (Path table : LogCheck.files(directory, TABLE)) {
            if (tables.inUse(table)) {
                damages.addAll(checkFile(table, tables));
            }
        }
        for (Path blob : LogCheck.files(directory, BLOB)) {
            damages.addAll(checkFile(blob, tables));
        }
        return damages;
    }

    /** The damaged places of one table (the first one) or blob file (all). */
    public static List<Damage> checkFile(Path file, TableCheck tables) throws IOException {
        if (TABLE.matcher(file.getFileName().toString()).matches()) {
            TableDamage damage = tables.first(file);
            return damage == null ? List.of() : List.of(place(file, damage));
        }
        return BlobFile.check(file).stream()
                .filter(bad -> !bad.unfinished())
                .map(bad -> place(file, bad))
                .toList();
    }

    private static Damage place(Path table, TableDamage damage) {
        return new Damage(Damage.Kind.TABLE, table.toString(), damage.offset(), damage.why());
    }

    private static Damage place(Path blob, BlobFile.Bad bad) {
        return new Damage(Damage.Kind.BLOB, blob.toString(), bad.offset(), bad.why());
    }

    private void current() throws IOException {
        Path current = directory.resolve("CURRENT");
        List<Path> manifests = LogCheck.files(directory, MANIFEST);
        boolean named =
                Files.exists(current)
                        && manifests.stream()
                                .anyMatch(m -> text(current).equals(m.getFileName() + "\n"));
        if (named || manifests.size() != 1) {
            return;
        }
        if (Files.exists(current)) {
            keep(current);
        }
        Path next = directory.resolve("CURRENT.next");
        Files.writeString(next, manifests.getFirst().getFileName() + "\n");
        DurableFile.rename(next, current);
        done.add(current + " names the only manifest again");
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Mends manifest and logs, one damage after the other, until nothing changes any more. */
    private void logs() throws IOException {
        for (int round = 0; round < MOST_ROUNDS; round++) {
            LogCheck.Result found = LogCheck.of(directory);
            if (found.damages().isEmpty()) {
                return;
            }
            List<Damage> toAccept = new ArrayList<>(found.missing());
            found.damages().stream()
                    .filter(d -> d.kind() == Damage.Kind.WATERMARK)
                    .forEach(toAccept::add);
            if (toAccept.containsAll(found.damages())) {
                accept(toAccept);
            } else if (!mendFirst(found.damages(), toAccept)) {
                left.addAll(found.damages());
                return;
            }
        }
    }

    private boolean mendFirst(List<Damage> damages, List<Damage> except) throws IOException {
        for (Damage damage : damages) {
            if (!except.contains(damage) && log(damage)) {
                return true;
            }
        }
        return false;
    }

    private boolean log(Damage damage) throws IOException {
        Path file = Path.of(damage.file());
        return switch (damage.kind()) {
            case LOG -> logBit(damage) || salvage(file);
            case MANIFEST -> !file.endsWith("CURRENT") && logBit(damage);
            default -> false;
        };
    }

    private boolean logBit(Damage damage) throws IOException {
        Path file = Path.of(damage.file());
        return Files.isRegularFile(file) && bit(damage, LogFile.flippedBit(file, damage.offset()));
    }

    private boolean bit(Damage damage, OptionalLong bit) throws IOException {
        if (bit.isEmpty()) {
            return false;
        }
        Path file = Path.of(damage.file());
        keep(file);
        flip(file, bit.getAsLong());
        done.add(
                file
                        + " at offset "
                        + damage.offset()
                        + ": one flipped bit put right, proven by the checksum (byte "
                        + bit.getAsLong() / 8
                        + ", bit "
                        + bit.getAsLong() % 8
                        + ")");
        if (damage.kind() == Damage.Kind.LOG) {
            mendedRows.addAll(LoggedBatch.read(holding(file, damage.offset())).keys());
        }
        return true;
    }

    /** The record in which an offset lies. */
    private static byte[] holding(Path log, long offset) throws IOException {
        byte[][] found = {{}};
        LogFile.read(
                log,
                part -> {
                    if (part instanceof LogFile.Entry entry && entry.offset() <= offset) {
                        found[0] = entry.payload();
                    }
                });
        return found[0];
    }

    /** Writes a log again from its whole records. */
    private boolean salvage(Path log) throws IOException {
        List<LogFile.Bad> bad = new ArrayList<>();
        Path next = log.resolveSibling(log.getFileName() + ".next");
        Files.deleteIfExists(next);
        List<IOException> failures = new ArrayList<>();
        if (Files.isRegularFile(log)) {
            keep(log);
            try (LogWriter writer = new LogWriter(next)) {
                LogFile.read(
                        log,
                        part -> {
                            switch (part) {
                                case LogFile.Entry entry -> {
                                    try {
                                        writer.add(entry.payload());
                                    } catch (IOException e) {
                                        failures.add(e);
                                    }
                                }
                                case LogFile.Bad place -> bad.add(place);
                            }
                        });
            }
            if (!failures.isEmpty()) {
                throw failures.getFirst();
            }
            if (!bad.isEmpty()) {
                DurableFile.rename(next, log);
            }
        }
        Files.deleteIfExists(next);
        for (LogFile.Bad place : bad) {
            done.add(
                    log
                            + " at offset "
                            + place.offset()
                            + ": a record is lost ("
                            + place.why()
                            + "); every whole record is kept");
            lostRows.addAll(LoggedBatch.read(place.payload()).keys());
        }
        return !bad.isEmpty();
    }

    /** What is missing stays missing, and must not hold back the engine. */
    private void accept(List<Damage> missing) throws IOException {
        Path watermark = directory.resolve(Watermark.FILE);
        if (Files.exists(watermark)) {
            keep(watermark);
        }
        // The engine deletes logs when it has read them, and what the manifest does not name.
        for (Path file : LogCheck.files(directory, ENGINE_DELETES)) {
            if (file.toString().endsWith(".log") || !tables.inUse(file)) {
                keepLink(file);
            }
        }
        Watermark.accept(directory);
        for (Damage damage : missing) {
            done.add(damage + ": nothing can bring that back; the next start goes on without it");
        }
    }

    private void watermark() throws IOException {
        if (left.isEmpty() && tables.watermarkIsLost()) {
            Path file = directory.resolve(Watermark.FILE);
            accept(List.of(new Damage(Damage.Kind.WATERMARK, file.toString(), 0, LOST)));
        }
    }

    private void table(Path table) throws IOException {
        byte @Nullable [][] around = null;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            TableDamage damage = tables.first(table);
            if (damage == null) {
                if (around != null) {
                    mendedRows.addAll(tables.between(table, around[0], around[1]));
                }
                return;
            }
            around = around == null ? tables.around(table) : around;
            OptionalLong bit = flippedBit(table, damage);
            Damage place =
                    new Damage(Damage.Kind.TABLE, table.toString(), damage.offset(), damage.why());
            if (!bit(place, bit)) {
                left.add(place);
                return;
            }
        }
    }

    private static OptionalLong flippedBit(Path table, TableDamage damage) throws IOException {
        OptionalLong bit =
                damage.size() < 0
                        ? OptionalLong.empty()
                        : TableBlock.flippedBit(table, damage.offset(), damage.size());
        // A damaged foot sends the engine to a place where no block is, and it names that place.
        bit = bit.isPresent() ? bit : TableBlock.flippedInFoot(table);
        return bit.isPresent() ? bit : TableBlock.flippedAbout(table);
    }

    private void blob(Path blob) throws IOException {
        for (BlobFile.Bad bad : BlobFile.check(blob)) {
            Damage damage = place(blob, bad);
            if (bit(damage, bad.mend())) {
                if (bad.key().length > 0) {
                    mendedRows.add(bad.key());
                }
            } else if (!bad.unfinished()) {
                left.add(damage);
            }
        }
    }

    private void keep(Path file) throws IOException {
        if (kept.add(file)) {
            Files.createDirectories(evidence);
            Files.copy(
                    file, evidence.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    /** The same file under another name: nobody writes into it any more. */
    private void keepLink(Path file) throws IOException {
        if (kept.add(file)) {
            Files.createDirectories(evidence);
            Path link = evidence.resolve(file.getFileName());
            try {
                Files.createLink(link, file);
            } catch (IOException | UnsupportedOperationException e) {
                Files.copy(file, link, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void flip(Path file, long bit) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, bit / 8);
            one.put(0, (byte) (one.get(0) ^ (1 << bit % 8))).rewind();
            channel.write(one, bit / 8);
            channel.force(true);
        }
    }
}
