package io.millrace.edge.cache;

import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges by generation: a purge is one number that goes up, whatever it covers, and an entry is
 * void when a purge that covers it has a higher number than stood when its origin request left.
 *
 * <p>So a purge costs the same for one object and for all, covers answers that are still on their
 * way, and holds over a restart by its journal. An entry asks once after each purge and remembers.
 * Thread-safe.
 */
public final class Purges implements AutoCloseable {
    /** What a purge covers. */
    public enum Kind {
        URL,
        PREFIX,
        ALL
    }

    private record Prefix(String path, long sequence) {}

    private static final Logger LOG = LoggerFactory.getLogger(Purges.class);
    private static final int MOST_URLS = 100_000;
    private static final int MOST_PREFIXES = 1_000;
    private static final int MOST_LINES = 200_000;

    private final Path path;
    private final int mostLines;
    private @Nullable FileChannel journal;
    private final Map<String, Long> urls = new ConcurrentHashMap<>();
    private volatile List<Prefix> prefixes = List.of();
    private volatile long all;
    private volatile long sequence;
    private volatile long consoleId;
    private int lines;

    private Purges(Path path, int mostLines) throws IOException {
        this.path = path;
        this.mostLines = mostLines;
        if (Files.exists(path)) {
            for (String line : Files.readString(path, StandardCharsets.UTF_8).split("\n")) {
                read(line);
            }
        }
        this.journal = append(path);
    }

    static Purges open(Path path) throws IOException {
        return open(path, MOST_LINES);
    }

    /** Opens the journal; it is rewritten to what still counts when it has more lines than this. */
    static Purges open(Path path, int mostLines) throws IOException {
        return new Purges(path, mostLines);
    }

    /** The number of the newest purge; note it before asking the origin. */
    public long sequence() {
        return sequence;
    }

    /** The id of the newest purge that came from the console. */
    public long consoleId() {
        return consoleId;
    }

    /** Whether a purge covers this entry. */
    public boolean voids(Entry entry) {
        long now = sequence;
        if (entry.purgesChecked() == now) {
            return false;
        }
        if (covers(entry.path(), entry.purgeSequence())) {
            return true;
        }
        entry.purgesChecked(now);
        return false;
    }

    /** Whether a purge of this path came after the one with the number {@code since}. */
    public boolean covers(String path, long since) {
        if (sequence == since) {
            return false;
        }
        String covered = PlainPath.of(path);
        if (all > since || urls.getOrDefault(covered, 0L) > since) {
            return true;
        }
        for (Prefix prefix : prefixes) {
            if (prefix.sequence > since && covered.startsWith(prefix.path)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Purges; in force, and in the journal, when it returns.
     *
     * @param console the console's id of the purge, 0 for others
     */
    public synchronized void purge(Kind kind, String target, long console) {
        if (target.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a path has no line end");
        }
        record(kind, List.of(target), Math.max(console, consoleId));
    }

    /** Purges single addresses, with one write for all; in force and in the journal at its end. */
    public synchronized void purge(List<String> paths) {
        if (!paths.isEmpty()) {
            record(Kind.URL, paths, consoleId);
        }
    }

    /**
     * Another console, or one that no longer tells all that was purged: purges all, goes on from
     * its id.
     */
    public synchronized void startOver(long console) {
        record(Kind.ALL, List.of("*"), console);
    }

    private void record(Kind kind, List<String> targets, long console) {
        long next = sequence + 1;
        StringBuilder text = new StringBuilder();
        targets.forEach(target -> text.append(line(next, console, kind, target)));
        write(text.toString());
        targets.forEach(target -> apply(kind, target, next));
        consoleId = console;
        sequence = next;
        lines += targets.size();
        if (lines > mostLines) {
            shorten();
        }
    }

    private void apply(Kind kind, String written, long number) {
        String target = PlainPath.of(written);
        switch (kind) {
            case ALL -> all = number;
            case URL -> {
                if (urls.size() >= MOST_URLS) {
                    // More was purged than is worth telling apart.
                    all = number;
                    urls.clear();
                }
                urls.put(target, number);
            }
            case PREFIX -> {
                List<Prefix> next = new ArrayList<>(prefixes);
                next.removeIf(p -> p.path.equals(target));
                if (next.size() >= MOST_PREFIXES) {
                    all = number;
                    next.clear();
                }
                next.add(new Prefix(target, number));
                prefixes = List.copyOf(next);
            }
        }
        if (kind == Kind.ALL) {
            urls.clear();
            prefixes = List.of();
        }
    }

    private void read(String line) {
        String[] parts = line.split(" ", 5);
        if (parts.length != 5 || !parts[0].equals("1")) {
            return;
        }
        try {
            long number = Long.parseLong(parts[1]);
            long console = Long.parseLong(parts[2]);
            apply(Kind.valueOf(parts[3]), parts[4], number);
            sequence = Math.max(sequence, number);
            consoleId = console;
            lines++;
        } catch (IllegalArgumentException e) {
            // A torn line: the purge was never answered; later lines stand.
            LOG.warn("a line of {} is damaged and was skipped", path);
        }
    }

    /**
     * Replaces the journal by the purges that still count. When that fails the long journal goes
     * on, and shortening is tried again after as many purges.
     */
    private void shorten() {
        try {
            DurableFile.replace(path, StandardCharsets.UTF_8.encode(lasting()));
            lines = urls.size() + prefixes.size() + 1;
        } catch (IOException e) {
            lines = 0;
            LOG.warn("{} cannot be shortened and goes on as it is: {}", path, e.toString());
        }
        reopen();
    }

    private String lasting() {
        StringBuilder text = new StringBuilder(line(all, consoleId, Kind.ALL, "*"));
        prefixes.forEach(
                p ->
                        text.append(
                                line(
                                        p.sequence,
                                        consoleId,
                                        Kind.PREFIX,
                                        PlainPath.escaped(p.path))));
        urls.forEach((url, n) -> text.append(line(n, consoleId, Kind.URL, PlainPath.escaped(url))));
        return text.toString();
    }

    private static String line(long number, long console, Kind kind, String target) {
        return "1 " + number + " " + console + " " + kind + " " + target + "\n";
    }

    private void write(String line) {
        try {
            FileChannel open = journal;
            if (open == null) {
                open = append(path);
                journal = open;
            }
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
            open.force(false);
        } catch (IOException e) {
            reopen();
            throw new UncheckedIOException("cannot write " + path, e);
        }
    }

    /** The next purge opens whatever then stands at the journal's path. */
    private void reopen() {
        FileChannel open = journal;
        journal = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.warn("{} does not close: {}", path, e.toString());
            }
        }
    }

    /** Opens the journal and ends a line that a crash or a full disk tore. */
    private static FileChannel append(Path path) throws IOException {
        FileChannel journal =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND);
        try {
            journal.write(ByteBuffer.wrap(new byte[] {'\n'}));
            DurableFile.syncName(path);
            return journal;
        } catch (IOException e) {
            journal.close();
            throw e;
        }
    }

    @Override
    public synchronized void close() {
        reopen();
    }
}
