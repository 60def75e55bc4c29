package io.millrace.app;

import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Clocks;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Exit code 0 whole now, 1 something stays damaged or lost, 2 can't be done. */
@Command(
        name = "repair",
        mixinStandardHelpOptions = true,
        description = {
            "Mends the data of a stopped server where a checksum proves what stood there.",
            "Keeps every file as it was in damaged-TIME inside of the data directory, and names what stays"
                    + " damaged or is lost.",
            "Exit code 0: whole now, 1: something stays damaged or is lost, 2: can't be done."
        })
final class RepairCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    @Mixin private DataOptions options = new DataOptions();

    @Option(names = "--yes", description = "answers the question with yes")
    private boolean yes;

    @Option(names = "--json", description = "prints JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Settings settings = options.load();
        DataCheck.refuseUnusual(settings);
        DataCheck.refuseRunning(settings); // before somebody is asked
        if (!yes && !confirmed(settings)) {
            return 2;
        }
        String now = TIME.format(Clocks.system().wall().instant());
        Path evidence = settings.data().resolve("damaged-" + now);
        try {
            DataCheck.Result result =
                    DataCheck.repair(settings, evidence, step -> System.err.println("  … " + step));
            keep(result, evidence);
            if (json) {
                System.out.println(CheckReport.json(result));
            } else {
                CheckReport.text(result).forEach(System.out::println);
                if (Files.exists(evidence)) {
                    System.out.println("The evidence and this report are in " + evidence);
                }
                if (!result.whole()) {
                    System.out.println(
                            "What stays damaged is not served: upload those objects again, delete"
                                    + " them, or restore a backup.");
                }
            }
            return result.whole() ? 0 : 1;
        } catch (KeySpaceException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        } catch (ExtentsException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }

    @SuppressWarnings("SystemConsoleNull") // NullAway wants the check that Error Prone does not.
    private static boolean confirmed(Settings settings) {
        Console console = System.console();
        // Since JDK 22 there is one without a person, too.
        if (console == null || !console.isTerminal()) {
            System.err.println(
                    "There is no terminal to ask on, so nothing was changed; --yes mends without"
                            + " asking.");
            return false;
        }
        String answer =
                console.readLine(
                        "Mend the files in %s, after a copy of each? [y/N] ", settings.data());
        boolean agreed = answer != null && answer.strip().equalsIgnoreCase("y");
        if (!agreed) {
            System.err.println("Nothing was changed.");
        }
        return agreed;
    }

    /** The report stays with the evidence: what is lost must be known later too. */
    private static void keep(DataCheck.Result result, Path evidence) throws IOException {
        if (!result.whole() || !result.done().isEmpty()) {
            Files.createDirectories(evidence);
            Files.writeString(evidence.resolve("report.json"), CheckReport.json(result));
        }
    }
}
