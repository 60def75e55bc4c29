package io.millrace.e2e.console;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Makes sure that the page is there: packaging builds it, a plain {@code mvn test} does not. */
final class WebPage {
    private WebPage() {}

    static void build() throws Exception {
        if (WebPage.class.getResource("/web/index.html") != null) {
            return;
        }
        Path console =
                Files.isDirectory(Path.of("console")) ? Path.of("console") : Path.of("../console");
        Process build =
                new ProcessBuilder("node", "build.mjs", "../target/classes/web")
                        .directory(console.resolve("web").toFile())
                        .inheritIO()
                        .start();
        if (!build.waitFor(3, TimeUnit.MINUTES) || build.exitValue() != 0) {
            build.destroyForcibly();
            throw new AssertionError("the page was not built");
        }
    }
}
