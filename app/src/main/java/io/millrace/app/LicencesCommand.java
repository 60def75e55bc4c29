package io.millrace.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "licences",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the libraries in the program and in its web page, with versions and licences.",
            "Where a line names several licences, you may choose."
        })
final class LicencesCommand implements Callable<Integer> {
    @Option(names = "--json", description = "prints a CycloneDX 1.6 document, for scanners")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Components components = Components.read();
        if (json) {
            System.out.println(
                    new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(components.document()));
        } else {
            components.foreign().stream()
                    .map(
                            c ->
                                    String.format(
                                            "%-72s %s",
                                            c.name() + " " + c.version(),
                                            String.join(" or ", c.licences())))
                    .distinct()
                    .forEach(System.out::println);
        }
        return 0;
    }
}
