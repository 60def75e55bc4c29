package io.millrace.app;

import io.millrace.backup.BackupException;
import io.millrace.backup.Check;
import io.millrace.backup.Manifest;
import io.millrace.backup.Repository;
import io.millrace.backup.Restore;
import io.millrace.backup.Target;
import io.millrace.kit.Clocks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace restore}: a new data directory from a backup. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a data directory from a backup, or lists and checks backups.",
            "Each byte is checked; if one is wrong it is named, and there is no directory.",
            "Exit code 0: done, 1: failed or damaged, 2: can't be done so."
        })
final class RestoreCommand implements Callable<Integer> {
    @Mixin private BackupTarget target = new BackupTarget();
    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "the directory to make; absent or empty")
    private @Nullable Path data;

    @Option(
            names = "--backup",
            paramLabel = "ID",
            description = "which one (default: the latest; of --check: all)")
    private @Nullable String id;

    @Option(names = "--list", description = "lists the backups")
    private boolean list;

    @Option(
            names = "--check",
            description = "reads and checks every piece of all backups, and writes nothing")
    private boolean check;

    @Option(names = "--json", description = "prints one JSON object a line")
    private boolean json;

    @Override
    public Integer call() {
        Clocks clocks = Clocks.system();
        BackupReport report = new BackupReport(System.out, json, clocks.monotonic());
        try {
            return call(report, clocks);
        } catch (BackupException e) {
            report.failed(e);
            throw e;
        }
    }

    private int call(BackupReport report, Clocks clocks) {
        Target from = target.open(clocks.wall());
        Repository repository = Repository.open(from, target.keyFile());
        if (list) {
            boolean whole = true;
            for (String one : repository.backups()) {
                whole &= list(report, repository, one);
            }
            return whole ? 0 : 1;
        }
        if (check && id == null && !repository.backups().isEmpty()) {
            return check(report, repository, repository.backups());
        }
        Manifest manifest = repository.manifest(id == null ? "latest" : id);
        if (check) {
            return check(report, repository, List.of(manifest.id()));
        }
        if (data == null) {
            throw new ParameterException(
                    java.util.Objects.requireNonNull(spec).commandLine(),
                    "Name the directory to make with --data, or say --list or --check.");
        }
        Restore.run(repository, manifest, data, report);
        describe(report, "restored", manifest, data + " is restored from ");
        advise(report, manifest);
        return 0;
    }

    private static int check(BackupReport report, Repository repository, List<String> ids) {
        Check.Report read = Check.run(repository, ids, report);
        for (Check.Wrong wrong : read.wrong()) {
            report.say(
                    "damaged",
                    Map.of("what", wrong.what(), "backups", wrong.backups()),
                    wrong.toString());
        }
        String of =
                "%d pieces, %s, of %s"
                        .formatted(
                                read.pieces(),
                                BackupReport.size(read.sizeBytes()),
                                ids.size() == 1 ? ids.getFirst() : ids.size() + " backups");
        report.say(
                "checked",
                Map.of(
                        "backups",
                        read.backups(),
                        "pieces",
                        read.pieces(),
                        "sizeBytes",
                        read.sizeBytes(),
                        "damaged",
                        read.wrong().size()),
                read.wrong().isEmpty() ? "Every piece is right: " + of : "Read: " + of);
        return read.wrong().isEmpty() ? 0 : 1;
    }

    /** Whether its manifest can be read. */
    private static boolean list(BackupReport report, Repository repository, String id) {
        try {
            describe(report, "backup", repository.manifest(id), "");
            return true;
        } catch (BackupException e) {
            if (e.code() != BackupException.Code.DAMAGED) {
                throw e;
            }
            report.say("damaged", Map.of("id", id), id + ", damaged");
            return false;
        }
    }

    private static void describe(
            BackupReport report, String event, Manifest manifest, String before) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", manifest.id());
        fields.put("from", manifest.moment().from().toString());
        fields.put("to", manifest.moment().to().toString());
        fields.put("files", manifest.files().size());
        fields.put("sizeBytes", manifest.sizeBytes());
        fields.put("masterKey", manifest.masterKey());
        report.say(
                event,
                fields,
                "%s%s, %s in %d files, as of %s%s"
                        .formatted(
                                before,
                                manifest.id(),
                                BackupReport.size(manifest.sizeBytes()),
                                manifest.files().size(),
                                manifest.moment().to(),
                                manifest.masterKey() ? ", with the master key" : ""));
    }

    private void advise(BackupReport report, Manifest manifest) {
        if (!manifest.masterKey()) {
            report.say(
                    "warning",
                    Map.of("masterKey", false),
                    "Put your copy of the master key at " + data + "/master.key before starting.");
        }
        if (manifest.extentDirectories() > 1) {
            report.say(
                    "warning",
                    Map.of("extentDirectories", manifest.extentDirectories()),
                    "The extents are in "
                            + data
                            + "/extents/0 and so on: name all of them, in this order, in"
                            + " extents.directories.");
        }
    }
}
