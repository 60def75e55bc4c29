package io.millrace.kit.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A program to start.
 *
 * @param command the program and its arguments; no shell reads them
 * @param environment the whole environment of the child: nothing of the server's own is passed on,
 *     save {@code PATH} and {@code LANG} where it has none of its own
 * @param directory where it starts
 * @param limits what it may use
 */
public record ChildCommand(
        List<String> command, Map<String, String> environment, Path directory, ChildLimits limits) {
    public ChildCommand {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    ProcessBuilder builder() {
        ProcessBuilder builder = new ProcessBuilder(limits.wrap(command));
        builder.directory(directory.toFile());
        Map<String, String> own = builder.environment();
        String path = own.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        own.clear();
        own.put("PATH", path);
        own.put("LANG", "C.UTF-8");
        own.putAll(environment);
        return builder;
    }
}
