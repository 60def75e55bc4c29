package io.millrace.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "serve",
        description = "Runs the server until it is stopped.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Override
    public Integer call() throws InterruptedException {
        long started = System.nanoTime();
        Settings settings = options.load();
        MillraceServer server = MillraceServer.open(settings);
        String host = Addresses.reachableHost(settings.publicHost(), System.getenv());
        Screen screen = new Screen(System.out);
        screen.firstStart(server.firstStart());
        screen.doors(server, host);
        screen.ready(System.nanoTime() - started);
        return Stopping.whenAsked(server, settings, screen);
    }
}
