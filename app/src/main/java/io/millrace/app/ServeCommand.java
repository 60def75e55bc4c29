package io.millrace.app;

import io.millrace.access.RootKey;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "serve",
        description = "Runs the server until it is stopped.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final String ADMINISTRATOR = "admin";
    private static final Duration LINK_VALIDITY = Duration.ofMinutes(15);

    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(
            names = "--link",
            description =
                    "prints a single-use link that signs the administrator in, for a lost password")
    private boolean link;

    @Option(
            names = "--edge-key",
            description =
                    "prints the service key that an edge on another machine needs (edge.key-file)")
    private boolean edgeKey;

    @Override
    public Integer call() throws InterruptedException {
        long started = CLOCK.nanos();
        Settings settings = options.load();
        Screen screen = new Screen(System.out);
        boolean given = settings.rootKey().isPresent();
        MillraceServer server;
        try {
            server = MillraceServer.open(settings, first -> screen.firstStart(first, given));
        } catch (KeySpaceException | ExtentsException e) {
            return Stopping.damaged(DamagedServer.open(settings, e), settings);
        }
        String host = Addresses.reachableHost(settings.publicHost(), System.getenv());
        screen.doors(server, host);
        if (link) {
            String secret =
                    server.access().sessions().createLink(ADMINISTRATOR, LINK_VALIDITY).orThrow();
            screen.line("");
            screen.line("Open this to sign in (the link works once, within 15 minutes):");
            screen.line(
                    "  http://" + host + ":" + server.consolePort() + "/sign-in?link=" + secret);
        }
        if (edgeKey) {
            RootKey key = server.access().serviceKey("edge");
            screen.line("");
            screen.line("For an edge elsewhere, in a file that its edge.key-file names:");
            screen.line("  " + key.id() + ":" + key.secret());
        }
        screen.ready(CLOCK.nanos() - started);
        return Stopping.whenAsked(server, settings, screen);
    }
}
