package io.millrace.app;

import io.millrace.backup.Backup;
import io.millrace.backup.BackupException;
import io.millrace.backup.Held;
import io.millrace.backup.Holds;
import io.millrace.backup.Repository;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace backup}: of the server that has the data directory, or of a stopped one. */
@Command(
        name = "backup",
        description =
                "Backs up a data directory, also while its server runs; only what is new is written.")
final class BackupCommand implements Callable<Integer> {
    @Mixin private BackupTarget target = new BackupTarget();
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(
            names = "--with-master-key",
            description = "puts the master key into the backup too; needs --key-file")
    private boolean withMasterKey;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "removes all but the newest N backups afterwards")
    private int keep;

    @Option(names = "--json", description = "prints one JSON object a line")
    private boolean json;

    private final Clocks clocks = Clocks.system();

    @Override
    public Integer call() throws IOException {
        Settings settings = options.load();
        refusePostgres(settings);
        Path keySpace = settings.data().resolve("keyspace");
        if (!Files.isDirectory(keySpace)) {
            throw new BackupException(
                    BackupException.Code.INVALID, "there are no data in " + settings.data());
        }
        if (isHeld(keySpace)) {
            try (ServerHold hold = ServerHold.take(settings, clocks.wall())) {
                run(settings, hold.held(), hold::renew);
            }
        } else {
            stopped(settings, keySpace);
        }
        return 0;
    }

    private static void refusePostgres(Settings settings) {
        if (settings.keyspaceEngine().equals("postgres")) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "the key space is in PostgreSQL, which this command does not copy yet; see the"
                            + " guide on backups");
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
    private void stopped(Settings settings, Path directory) {
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                LocalExtents extents =
                        LocalExtents.open(settings.extentDirectories(), ExtentsOptions.standard());
                Holds holds =
                        Holds.open(
                                keySpace,
                                extents,
                                settings.data(),
                                MillraceServer.VERSION,
                                clocks.wall(),
                                clocks.monotonic())) {
            Holds.Hold hold = holds.take(ProcessHandle.current().pid());
            run(settings, Held.read(hold.directory()), () -> holds.renew(hold.id()));
        }
    }

    private void run(Settings settings, Held held, BooleanSupplier renewed) {
        BackupReport report = new BackupReport(System.out, json, clocks.monotonic());
        long began = clocks.monotonic().nanos();
        report.say(
                "held",
                Map.of(
                        "from", held.moment().from().toString(),
                        "to", held.moment().to().toString()),
                "Backing up " + settings.data() + " as it was at " + held.moment().to());
        Repository repository =
                Repository.openOrMake(
                        target.open(clocks.wall()), held.keySpace(), target.keyFile());
        Path masterKey = withMasterKey ? settings.masterKeyFile() : null;
        Backup.Done done = Backup.run(repository, held, masterKey, report, renewed);
        int pruned = keep > 0 ? repository.prune(keep) : 0;
        finish(report, done, pruned, clocks.monotonic().elapsed(began));
    }

    private static void finish(BackupReport report, Backup.Done done, int pruned, Duration took) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", done.manifest().id());
        fields.put("files", done.manifest().files().size());
        fields.put("sizeBytes", done.manifest().sizeBytes());
        fields.put("readBytes", done.readBytes());
        fields.put("writtenBytes", done.writtenBytes());
        fields.put("newPieces", done.newPieces());
        fields.put("pruned", pruned);
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
