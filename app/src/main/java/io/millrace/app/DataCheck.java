package io.millrace.app;

import io.millrace.access.AccessException;
import io.millrace.access.AccessRows;
import io.millrace.access.MasterKey;
import io.millrace.backup.Restore;
import io.millrace.console.ConsoleRows;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceRepair;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.RowFamily;
import io.millrace.keyspace.files.FileRepair;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import io.millrace.live.LiveRows;
import io.millrace.live.camera.CameraRows;
import io.millrace.live.record.Spool;
import io.millrace.media.probe.ProbeRows;
import io.millrace.store.Store;
import io.millrace.store.verify.Hit;
import io.millrace.store.verify.StoreVerify;
import io.millrace.work.WorkRows;
import io.millrace.work.outgoing.OutgoingRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Looks at everything in a data directory that no server has open, and mends what can be mended:
 * the work of {@code millrace verify} and {@code millrace repair}.
 */
final class DataCheck {
    private static final List<RowFamily> OTHERS =
            List.of(
                    AccessRows.FAMILY,
                    LiveRows.FAMILY,
                    ProbeRows.FAMILY,
                    ConsoleRows.FAMILY,
                    WorkRows.FAMILY,
                    OutgoingRows.FAMILY,
                    RowFamily.KEY_SPACE);

    private final Settings settings;
    private final Path keySpace;
    private final Consumer<String> progress;
    private final List<Damage> damages = new ArrayList<>();
    private final List<Hit> hits = new ArrayList<>();
    private final List<Hit> lost = new ArrayList<>();
    private final List<Hit> mended = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private long objects;
    private long bytes;

    /**
     * What was found.
     *
     * @param whole nothing is damaged
     * @param damages damaged places that are still so
     * @param hits what can't be read because of them
     * @param lost what has no bytes or no latest state any more, for good
     * @param mended what was in a damaged place that reads again
     * @param done what a repair changed, a line each
     */
    record Result(
            boolean whole,
            long objects,
            long bytes,
            List<Damage> damages,
            List<Hit> hits,
            List<Hit> lost,
            List<Hit> mended,
            List<String> done) {}

    private DataCheck(Settings settings, Consumer<String> progress) {
        this.settings = settings;
        this.keySpace = settings.data().resolve("keyspace");
        this.progress = progress;
    }

    /** Refuses what these commands don't look at. */
    static void refuseUnusual(Settings settings) {
        if (!settings.keyspaceEngine().equals("rocksdb")) {
            throw new StartException(
                    "The key space is in PostgreSQL: verify and repair look at embedded ones only.");
        }
        if (Restore.isUnfinished(settings.data())) {
            throw new StartException(
                    settings.data() + " holds what an interrupted restore left: restore again.");
        }
        if (!Files.isDirectory(settings.data().resolve("keyspace"))) {
            throw new StartException("There is no data in " + settings.data() + ".");
        }
    }

    /** Refuses data that a server has open, and names its process. */
    static void refuseRunning(Settings settings) throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(settings.data().resolve("keyspace"))) {
            // Nobody else has it.
        } catch (DirectoryLock.Held e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }

    /** Reads everything and changes nothing. */
    static Result verify(Settings settings, Consumer<String> progress) throws IOException {
        DataCheck check = new DataCheck(settings, progress);
        Path scratch = Files.createTempDirectory("millrace-verify");
        // Nobody starts a server meanwhile; who runs one already is told its process.
        try (DirectoryLock lock = DirectoryLock.take(check.keySpace)) {
            check.verify(scratch);
        } catch (DirectoryLock.Held e) {
            throw new StartException(String.valueOf(e.getMessage()));
        } finally {
            delete(scratch);
        }
        return check.result();
    }

    /**
     * Mends what can be mended, then reads everything.
     *
     * @param evidence where the files are kept as they were
     */
    static Result repair(Settings settings, Path evidence, Consumer<String> progress)
            throws IOException {
        DataCheck check = new DataCheck(settings, progress);
        Path scratch = Files.createTempDirectory("millrace-repair");
        try {
            check.repair(scratch, evidence);
        } finally {
            delete(scratch);
        }
        return check.result();
    }

    private Result result() {
        return new Result(
                damages.isEmpty() && hits.isEmpty() && lost.isEmpty(),
                objects,
                bytes,
                List.copyOf(damages),
                List.copyOf(hits),
                List.copyOf(lost),
                List.copyOf(mended),
                List.copyOf(done));
    }

    private void verify(Path scratch) {
        progress.accept("the files of the key space");
        damages.addAll(KeySpaceRepair.check(keySpace, scratch));
        damages.addAll(LocalExtents.check(settings.extentDirectories()));
        Damages met = Damages.reported();
        try (KeySpace rows = RocksKeySpace.openReadOnly(keySpace, scratch, met);
                Extents extents = LocalExtents.openReadOnly(settings.extentDirectories(), met)) {
            masterKey(rows);
            read(rows, extents);
            lost.addAll(
                    StoreVerify.names(
                            rows,
                            KeySpaceRepair.log(keySpace).hit(),
                            "changed by a damaged record of the log"));
        } catch (KeySpaceException e) {
            notReadable(e);
        } catch (ExtentsException e) {
            notReadable(e);
        }
        add(met);
        damages.addAll(Spool.check(settings.data().resolve("spool")));
    }

    private void repair(Path scratch, Path evidence) {
        progress.accept("the files of the key space");
        FileRepair.Report report =
                KeySpaceRepair.run(keySpace, evidence.resolve("keyspace"), scratch);
        done.addAll(report.done());
        damages.addAll(report.left());
        Damages met = Damages.reported();
        try (KeySpace rows = RocksKeySpace.openReadOnly(keySpace, scratch, met);
                Extents extents =
                        LocalExtents.openMending(
                                settings.extentDirectories(),
                                evidence.resolve("extents"),
                                met,
                                done::add)) {
            masterKey(rows);
            read(rows, extents);
            lost.addAll(
                    StoreVerify.names(
                            rows,
                            report.lostRows(),
                            "changed by a record of the log that is lost"));
            mended.addAll(
                    StoreVerify.names(
                            rows, report.mendedRows(), "in a damaged place that reads again"));
        } catch (KeySpaceException e) {
            notReadable(e);
        } catch (ExtentsException e) {
            notReadable(e);
        }
        add(met);
        damages.addAll(Spool.check(settings.data().resolve("spool")));
    }

    private void read(KeySpace rows, Extents extents) {
        StoreVerify.setBack(rows, extents).ifPresent(damages::add);
        progress.accept("every row and every object");
        StoreVerify.Report report =
                StoreVerify.run(rows, extents, Clocks.system(), OTHERS, new Told(progress));
        objects = report.objects();
        bytes = report.bytes();
        hits.addAll(report.hits());
        progress.accept("whether the cameras' index agrees with its objects");
        hits.addAll(
                CameraRows.disagreements(
                        rows, Store.openForReading(rows, extents, Clocks.system())));
    }

    private void notReadable(KeySpaceException e) {
        boolean damaged = e.code() == KeySpaceException.Code.CORRUPT || !damages.isEmpty();
        if (!damaged || e.code() == KeySpaceException.Code.LOCKED) {
            throw e;
        }
        e.damages().stream().filter(d -> !damages.contains(d)).forEach(damages::add);
        hits.add(new Hit("?", "everything", 0, "the key space can't be opened for reading"));
    }

    private void notReadable(ExtentsException e) {
        if (e.code() != ExtentsException.Code.CORRUPT) {
            throw e;
        }
        hits.add(new Hit("?", "everything in volumes", 0, String.valueOf(e.getMessage())));
    }

    private void masterKey(KeySpace rows) {
        Path file = settings.masterKeyFile();
        try {
            MasterKey.verify(file, rows);
        } catch (AccessException e) {
            damages.add(
                    new Damage(
                            Damage.Kind.OTHER, file.toString(), 0, String.valueOf(e.getMessage())));
        }
    }

    private void add(Damages met) {
        for (Damage damage : met.list()) {
            boolean known =
                    damages.stream()
                            .anyMatch(
                                    d ->
                                            d.file().equals(damage.file())
                                                    && d.offset() == damage.offset());
            if (!known) {
                damages.add(damage);
            }
        }
    }

    /** Says how far it has come, every 1,000 objects. */
    private record Told(Consumer<String> progress) implements Consumer<StoreVerify.Progress> {
        @Override
        public void accept(StoreVerify.Progress at) {
            if (at.objects() % 1_000 == 0) {
                progress.accept(at.objects() + " objects, " + (at.bytes() >> 20) + " MiB");
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
