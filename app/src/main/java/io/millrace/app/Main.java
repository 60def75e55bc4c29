package io.millrace.app;

import io.millrace.access.AccessException;
import io.millrace.backup.BackupException;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.OwnerOnly;
import io.millrace.kit.config.ConfigException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code millrace} command: exit code 0 done, 1 failed, 2 asked for something impossible. */
@Command(
        name = "millrace",
        mixinStandardHelpOptions = true,
        version = "Millrace 0.1.0",
        description =
                "A self-hosted media cloud: object store, live video, cameras, processing, edge cache.",
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            EdgeCommand.class,
            DoctorCommand.class,
            VerifyCommand.class,
            RepairCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            LicencesCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "By the launcher: millrace test (the whole suite), millrace format, millrace mutate (mutation"
                    + " tests), millrace bench (the benchmarks), millrace build.",
        })
public final class Main implements Runnable {
    @Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

    /** The program's entry. */
    public static void main(String[] arguments) {
        OwnerOnly.umask();
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, arguments) -> refused(e));
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> {
                    if (isRefusal(e)) {
                        command.getErr().println(e.getMessage());
                        return 2;
                    }
                    if (e instanceof BackupException) {
                        command.getErr().println(e.getMessage());
                        return 1;
                    }
                    org.slf4j.LoggerFactory.getLogger(Main.class).error("failed", e);
                    command.getErr().println("Failed: " + e);
                    return 1;
                });
        return line;
    }

    /** Whether the text says what is to be done before it can be tried again. */
    private static boolean isRefusal(Exception e) {
        return switch (e) {
            case ConfigException _, StartException _ -> true;
            case BackupException b ->
                    b.code() == BackupException.Code.INVALID
                            || b.code() == BackupException.Code.KEY;
            case KeySpaceException k -> k.code() == KeySpaceException.Code.LOCKED;
            case ExtentsException x -> x.code() == ExtentsException.Code.LOCKED;
            case AccessException a ->
                    switch (a.code()) {
                        case MASTER_KEY_LOST, MASTER_KEY_WRONG, MASTER_KEY_FILE -> true;
                        case STORAGE, UNKNOWN_SERVICE -> false;
                    };
            default -> false;
        };
    }

    /** One line that says what is wrong, one that says what might be meant; exit code 2. */
    private static int refused(ParameterException e) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(
                command.getParent() == null
                                && e instanceof UnmatchedArgumentException u
                                && !u.isUnknownOption()
                        ? "There is no command '" + u.getUnmatched().getFirst() + "'."
                        : e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        if (command.getParent() == null) {
            command.usage(err);
        } else {
            err.println(command.getCommandSpec().qualifiedName() + " --help shows what it takes.");
        }
        return 2;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Say what to do: demo, serve, edge, doctor, verify, repair, backup, restore"
                            + " or help.");
        }
    }
}
