package io.millrace.app;

import io.millrace.backup.Backup;
import io.millrace.backup.BackupException;
import io.millrace.backup.Held;
import io.millrace.backup.Holds;
import io.millrace.backup.Repository;
import io.millrace.backup.Restore;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.RocksOptions;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import io.millrace.store.verify.StoreVerify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace backup}: of the server that has the data directory, or of a stopped one. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = {
            "Backs up a data directory, also while its server runs.",
            "Give the settings that the server was started with. Only what is new is written. Everything"
                    + " answered before it began is in it.",
            "Exit code 0: done, 1: failed, run it again, 2: can't be done so, 3: done, but some of the"
                    + " server's data was damaged before: no older backup was removed."
        })
final class BackupCommand implements Callable<Integer> {
    private static final int DAMAGED = 3;

    @Mixin private BackupTarget target = new BackupTarget();
    @Mixin private DataOptions options = new DataOptions();

    @Option(
            names = "--port-offset",
            paramLabel = "N",
            description = "of the server, as it was started with")
    private @Nullable String portOffset;

    @Option(
            names = "--with-master-key",
            description = "puts the master key into the backup too; needs --key-file")
    private boolean withMasterKey;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "afterwards removes all but the newest N backups")
    private @Nullable Integer keep;

    @Option(
            names = "--check",
            description =
                    "reads what is in the target already, and writes again what is damaged there")
    private boolean check;

    @Option(
            names = "--take-over",
            description =
                    "goes on in the target of a server that is gone, from another copy of its data")
    private boolean takeOver;

    @Option(names = "--json", description = "prints one JSON object a line")
    private boolean json;

    private final Clocks clocks = Clocks.system();

    @Override
    public Integer call() throws IOException {
        BackupReport report = new BackupReport(System.out, json, clocks.monotonic());
        try {
            return call(report);
        } catch (BackupException e) {
            report.failed(e);
            throw e;
        }
    }

    private int call(BackupReport report) throws IOException {
        Settings settings =
                options.load(portOffset == null ? Map.of() : Map.of("port-offset", portOffset));
        refuse(settings);
        Path keySpace = settings.data().resolve("keyspace");
        if (!Files.isDirectory(keySpace)) {
            throw new BackupException(
                    BackupException.Code.INVALID, "there are no data in " + settings.data());
        }
        if (isHeld(keySpace)) {
            try (ServerHold hold = ServerHold.take(settings, clocks.wall())) {
                return run(report, settings, hold.held(), hold::renew);
            }
        }
        return stopped(report, settings, keySpace);
    }

    private void refuse(Settings settings) throws IOException {
        if (keep != null && keep < 1) {
            throw new BackupException(BackupException.Code.INVALID, "--keep at least 1 backup");
        }
        if (settings.keyspaceEngine().equals("postgres")) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "the key space is in PostgreSQL, so one moment of it and of this server's"
                            + " volumes can't be held still together: see the guide on backups");
        }
        if (Restore.isUnfinished(settings.data())) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    settings.data() + " holds what an interrupted restore left");
        }
        target.refuseInside(settings.data());
        for (Path directory : settings.extentDirectories()) {
            target.refuseInside(directory);
        }
        target.refuseOwnDoor(settings.objectPort());
        for (Path directory : settings.extentDirectories()) {
            if (!Files.isDirectory(directory)) {
                throw refused("there is no directory " + directory);
            }
        }
    }

    private static boolean isHeld(Path directory) throws IOException {
        try (DirectoryLock lock = DirectoryLock.take(directory)) {
            return false;
        } catch (DirectoryLock.Held e) {
            return true;
        }
    }

    /** No server runs: this process opens the data, which keeps servers out until it is done. */
    private int stopped(BackupReport report, Settings settings, Path directory) throws IOException {
        Damages damages = Damages.reported();
        try (KeySpace keySpace =
                        RocksKeySpace.open(directory, RocksOptions.standard(), damages, clocks);
                LocalExtents extents = extents(settings.extentDirectories(), keySpace, damages);
                Holds holds =
                        Holds.open(
                                keySpace,
                                extents,
                                settings.data(),
                                MillraceServer.VERSION,
                                clocks.wall(),
                                clocks.monotonic(),
                                () -> KnownDamage.of(damages, keySpace, extents))) {
            Holds.Hold hold = holds.take(Holds.Copier.current());
            return run(
                    report,
                    settings,
                    Held.read(settings.data(), hold.id()),
                    () -> holds.renew(hold.id()));
        }
    }

    /** Those of this key space and no others: a backup without its bytes would be none. */
    private static LocalExtents extents(
            List<Path> directories, KeySpace keySpace, Damages damages) {
        try (LocalExtents there = LocalExtents.openReadOnly(directories, Damages.reported())) {
            StoreVerify.refusal(keySpace, there)
                    .ifPresent(
                            why -> {
                                throw refused(why);
                            });
        }
        return LocalExtents.open(directories, ExtentsOptions.standard(), damages);
    }

    private static BackupException refused(String why) {
        return new BackupException(
                BackupException.Code.INVALID,
                "the volumes of these data are not where the settings say (extents.directories): "
                        + why);
    }

    private int run(BackupReport report, Settings settings, Held held, BooleanSupplier renewed)
            throws IOException {
        long began = clocks.monotonic().nanos();
        report.say(
                "held",
                Map.of(
                        "from", held.moment().from().toString(),
                        "to", held.moment().to().toString()),
                "Backing up " + settings.data() + " as it was at " + held.moment().to());
        Repository repository =
                Repository.openOrMake(
                        target.open(clocks.wall(), settings), held.keySpace(), target.keyFile());
        Path masterKey = withMasterKey ? settings.masterKeyFile() : null;
        Backup.Plan plan = new Backup.Plan(masterKey, check, takeOver);
        Backup.Done done = Backup.run(repository, held, plan, report, renewed);
        done(report, done, clocks.monotonic().elapsed(began));
        if (!held.damaged().isEmpty()) {
            report.say(
                    "warning",
                    Map.of("damaged", held.damaged().size(), "first", held.damaged().getFirst()),
                    "The server's data are damaged in "
                            + held.damaged().size()
                            + " places, the first "
                            + held.damaged().getFirst()
                            + ". This backup has what is left; an older one may have it whole: none"
                            + " was removed. millrace verify shows what is hit.");
            return DAMAGED;
        }
        if (keep != null) {
            int pruned = repository.prune(keep, renewed);
            report.say(
                    "pruned",
                    Map.of("backups", pruned),
                    pruned == 0 ? "" : "Removed backups that are older: " + pruned);
        }
        return 0;
    }

    private static void done(BackupReport report, Backup.Done done, Duration took) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", done.manifest().id());
        fields.put("files", done.manifest().files().size());
        fields.put("sizeBytes", done.manifest().sizeBytes());
        fields.put("readBytes", done.readBytes());
        fields.put("writtenBytes", done.writtenBytes());
        fields.put("newPieces", done.newPieces());
        fields.put("millis", took.toMillis());
        report.say(
                "done",
                fields,
                "Backup %s: %s in %d files, %s new, in %.1f s"
                        .formatted(
                                done.manifest().id(),
                                BackupReport.size(done.manifest().sizeBytes()),
                                done.manifest().files().size(),
                                BackupReport.size(done.writtenBytes()),
                                took.toMillis() / 1e3));
        if (!done.manifest().masterKey()) {
            report.say(
                    "warning",
                    Map.of("masterKey", false),
                    "The master key is not in it: keep a copy of it apart, or the secrets are lost.");
        }
    }
}
