package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * What is left out of a copy of the servers' classes, which a test puts before their own: to see
 * whether the observer notices it. Nothing of it is in the program.
 */
enum FenceTakenOut {
    /** The guard of the lease in every fenced commit. */
    GUARD("guards.add(tenure.lease().guard());"),

    /** The look at this machine's clock before each fenced commit. */
    CLOCK(
            """
                    if (!tenure.holds()) {
                        throw tenure.lost();
                    }
            """);

    private static final String CLASS = "io/millrace/work/FencedKeySpace.java";

    private final String lines;

    FenceTakenOut(String lines) {
        this.lines = lines;
    }

    /** Compiles the class without these into a directory. */
    static Path compile(List<FenceTakenOut> out, Path directory) throws IOException {
        String source = Files.readString(Path.of("../work/src/main/java").resolve(CLASS));
        for (FenceTakenOut fence : out) {
            String pattern = fence.lines.strip().replaceAll("\\n\\s*", "\n");
            String flat = source.replaceAll("\\n\\s*", "\n");
            assertTrue(flat.contains(pattern), fence + " is not in the source any more");
            source = flat.replace(pattern, "");
        }
        Path copy = directory.resolve("sources").resolve(CLASS);
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, source);
        Path classes = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of(
                            "-proc:none",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "-d",
                            classes.toString());
            boolean compiled =
                    compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    options,
                                    null,
                                    files.getJavaFileObjects(copy))
                            .call();
            assertEquals(true, compiled);
        }
        return classes;
    }
}
