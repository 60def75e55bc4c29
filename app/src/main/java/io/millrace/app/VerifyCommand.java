package io.millrace.app;

import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Exit code 0 whole, 1 damaged, 2 can't be looked at. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Reads all data of a stopped server and names what is damaged.",
            "Changes nothing.",
            "Exit code 0: whole, 1: damaged, 2: can't be looked at."
        })
final class VerifyCommand implements Callable<Integer> {
    @Mixin private DataOptions options = new DataOptions();

    @Option(names = "--json", description = "prints JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Settings settings = options.load();
        DataCheck.refuseUnusual(settings);
        try {
            DataCheck.Result result =
                    DataCheck.verify(settings, step -> System.err.println("  … " + step));
            if (json) {
                System.out.println(CheckReport.json(result));
            } else {
                CheckReport.text(result).forEach(System.out::println);
                if (!result.whole()) {
                    System.out.println(
                            "millrace repair --data "
                                    + settings.data()
                                    + " keeps the evidence and mends what can be mended.");
                }
            }
            return result.whole() ? 0 : 1;
        } catch (KeySpaceException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        } catch (ExtentsException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }
}
