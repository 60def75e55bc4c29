package io.millrace.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Where a server's data are: what every command takes that reads settings. */
final class DataOptions {
    private static final Logger LOG = LoggerFactory.getLogger(DataOptions.class);

    @Option(names = "--config", paramLabel = "FILE", description = "millrace.yml to read")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "where everything is kept (default ./data)")
    private @Nullable String data;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "any other setting of millrace.yml")
    private @Nullable Map<String, String> others;

    Settings load() {
        return load(Map.of());
    }

    /** What is set here goes before {@code defaults}. */
    Settings load(Map<String, String> defaults) {
        Map<String, String> overrides = new LinkedHashMap<>(defaults);
        if (data != null) {
            overrides.put("data", data);
        }
        if (others != null) {
            overrides.putAll(others);
        }
        return Settings.load(config, System.getenv(), overrides, LOG::warn);
    }
}
