package io.millrace.app;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that every command which starts something shares. */
final class SettingsOptions {
    @Mixin private DataOptions data = new DataOptions();

    @Option(names = "--port-offset", paramLabel = "N", description = "moves every door by N")
    private @Nullable String portOffset;

    @Option(
            names = "--root-key",
            paramLabel = "ID:SECRET",
            description =
                    "root key pair at the first start; every user of this machine sees it, so"
                            + " rather use --root-key-file or MILLRACE_ROOT_KEY")
    private @Nullable String rootKey;

    @Option(
            names = "--root-key-file",
            paramLabel = "FILE",
            description = "a file of mode 600 with ID:SECRET, the root key pair")
    private @Nullable String rootKeyFile;

    @Option(
            names = "--roles",
            paramLabel = "ROLE[,ROLE…]",
            description = "store, live, media, edge, console")
    private @Nullable String roles;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "host name or address that links carry")
    private @Nullable String host;

    Settings load() {
        return load(Map.of());
    }

    Settings load(Map<String, String> defaults) {
        Map<String, String> overrides = new LinkedHashMap<>(defaults);
        put(overrides, "port-offset", portOffset);
        put(overrides, "root-key", rootKey);
        put(overrides, "root-key-file", rootKeyFile);
        put(overrides, "roles", roles);
        put(overrides, "public-host", host);
        return data.load(overrides);
    }

    private static void put(Map<String, String> overrides, String name, @Nullable String text) {
        if (text != null) {
            overrides.put(name, text);
        }
    }
}
