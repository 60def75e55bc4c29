package io.millrace.keyspace.files;

import io.millrace.kit.Damage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells of logs that are gone or end early although later ones go on: a change takes the number
 * after the one before, within a log and from log to log, so that a number that is left out is a
 * change that is left out.
 *
 * <p>Where the first needed log begins, the manifest tells. A log's number behind the manifest's
 * own is of a log that was begun while this manifest was written; it must be there as soon as a
 * later one is, for the engine begins none before the last has a record. A number before the
 * manifest's is no log's name but stands for "behind all that was read at the opening"; then the
 * tables held every change up to a known one.
 */
final class LogChain {
    private static final int UNKNOWN = -1;

    private final Path directory;
    private final Manifest manifest;
    private final List<Damage> gaps = new ArrayList<>();

    /** The number that the next change must have. */
    private long next;

    private boolean first = true;

    LogChain(Path directory, Manifest manifest) {
        this.directory = directory;
        this.manifest = manifest;
        this.next = byName() ? UNKNOWN : manifest.sequenceAtOpening() + 1;
    }

    private boolean byName() {
        return manifest.neededFrom() > manifest.number();
    }

    /** The next of the logs that are needed begins. */
    void begins(Path log, long number) {
        if (first && byName() && number > manifest.neededFrom()) {
            String gone = String.format("%06d.log", manifest.neededFrom());
            String text = "it is gone, and its changes are missing before " + log.getFileName();
            gap(directory.resolve(gone), 0, text);
        }
        first = false;
    }

    void record(Path log, LogFile.Entry entry) {
        long sequence = LoggedBatch.firstSequence(entry.payload());
        if (next != UNKNOWN && sequence > next) {
            String text = "changes " + next + " to " + (sequence - 1) + " are missing before it";
            gap(log, entry.offset(), text);
        } else if (next != UNKNOWN && sequence < next) {
            String text = "it begins with change " + sequence + " instead of " + next;
            gap(log, entry.offset(), text);
        }
        next = LoggedBatch.lastSequence(entry.payload()) + 1;
    }

    /** Behind a damaged record nobody knows the next number. */
    void damaged() {
        next = UNKNOWN;
    }

    private void gap(Path log, long offset, String text) {
        gaps.add(new Damage(Damage.Kind.LOG, log.toString(), offset, text));
    }

    List<Damage> gaps() {
        return gaps;
    }
}
