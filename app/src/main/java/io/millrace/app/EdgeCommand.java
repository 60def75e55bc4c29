package io.millrace.app;

import io.millrace.access.RootKey;
import io.millrace.edge.EdgeOptions;
import io.millrace.kit.config.ConfigException;
import java.net.URI;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "edge",
        mixinStandardHelpOptions = true,
        description = {
            "Runs an edge cache alone before an origin.",
            "With --console and edge.key it takes part in a Millrace: settings, purges and URL authentication come from there.",
            "Without them it is a plain caching proxy: everything the origin gives to anybody is public."
        })
final class EdgeCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(
            names = "--origin",
            paramLabel = "URL",
            description = "the object door or any HTTP server")
    private @Nullable String origin;

    @Option(
            names = "--console",
            paramLabel = "URL",
            description = "where settings and purges are pulled from")
    private @Nullable String console;

    /** What settings say of an edge alone, beside its origin, its doors and its key. */
    static EdgeOptions options(EdgeOptions base, Settings settings) {
        return base.bounded(settings.edgeMemoryBytes(), settings.edgeDiskBytes(), 0)
                .withReserve(settings.diskReserve())
                .timeouts(EdgeOptions.CLIENT_TIMEOUT, settings.edge().originTimeout())
                .withAccessLog(settings.edge().accessLog())
                .withPurgeToken(settings.edge().purgeToken().orElse(null))
                .within(settings.doors().bounds(), settings.doors().proxies());
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> defaults = new HashMap<>();
        if (origin != null) {
            defaults.put("edge.origin", origin);
        }
        if (console != null) {
            defaults.put("edge.console", console);
        }
        Settings settings = options.load(defaults);
        URI from =
                settings.edgeOrigin()
                        .map(URI::create)
                        .orElseThrow(
                                () ->
                                        new ConfigException(
                                                "Say what to cache: --origin http://HOST:9000 (or edge.origin)"));
        URI settingsFrom = settings.edgeConsole().map(URI::create).orElse(null);
        EdgeOptions.ServiceKey key =
                settings.edgeKey()
                        .map(RootKey::parse)
                        .map(pair -> new EdgeOptions.ServiceKey(pair.id(), pair.secret()))
                        .orElse(null);
        if (settingsFrom != null && key == null) {
            throw new ConfigException(
                    "An edge with --console needs its service key: a file named by"
                            + " edge.key-file, or MILLRACE_EDGE_KEY=ID:SECRET");
        }
        EdgeOptions edgeOptions =
                options(
                        EdgeOptions.of(from, settings.data().resolve("edge"))
                                .listening(
                                        settings.bind(),
                                        settings.edgePort(),
                                        settings.edgeTlsPort())
                                .withConsole(settingsFrom, key, null),
                        settings);
        if (key == null) {
            edgeOptions = edgeOptions.withHeaders(settings.edgeHeaders());
        }
        if (Files.isDirectory(settings.data())) {
            PrivateData.close(settings.data(), List.of());
        }
        LoneEdge edge = LoneEdge.open(edgeOptions, settings);
        Screen screen = new Screen(System.out);
        String host = Addresses.reachableHost(settings.publicHost(), System.getenv());
        screen.line("  edge     http://" + host + ":" + edge.port() + "  before " + from);
        screen.line(
                "  health   http://" + host + ":" + edge.healthPort() + "/healthz and /metrics");
        return Stopping.whenAsked(edge, settings, screen);
    }
}
