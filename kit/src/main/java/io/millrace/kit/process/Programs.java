package io.millrace.kit.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds programs. */
public final class Programs {
    private Programs() {}

    /** The program of that name on the PATH, or the program at that path. */
    public static Optional<Path> find(String nameOrPath) {
        if (nameOrPath.contains("/")) {
            return Optional.of(Path.of(nameOrPath)).filter(Files::isExecutable);
        }
        String path = System.getenv("PATH");
        String folders = path == null ? "/usr/local/bin:/usr/bin:/bin" : path;
        for (String folder : folders.split(File.pathSeparator)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, nameOrPath);
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return Optional.of(candidate.toAbsolutePath());
            }
        }
        return Optional.empty();
    }
}
