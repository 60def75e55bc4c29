package io.millrace.console;

import io.millrace.kit.http.HttpDoorOptions;
import io.millrace.kit.http.HttpHandler;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * How the console's door behaves.
 *
 * @param door where to listen, and its bounds
 * @param version shown on the page
 * @param region of the object door, for signatures made in the browser
 * @param doors asked at each request, because some doors open after the console
 * @param demo asked at each request; {@link DemoInfo#NONE} when no demo runs
 * @param ownNames host names in lower case by which this server is reached; no custom domain may
 *     have one
 * @param routes further handlers by exact path, such as {@code /healthz}; they answer GET without
 *     signing in, however busy the door is
 */
public record ConsoleOptions(
        HttpDoorOptions door,
        String version,
        String region,
        Supplier<DoorAddresses> doors,
        Supplier<DemoInfo> demo,
        Set<String> ownNames,
        Map<String, HttpHandler> routes) {
    public ConsoleOptions {
        ownNames = Set.copyOf(ownNames);
        routes = Map.copyOf(routes);
    }

    /** A console on a port of this machine without demo or further routes. */
    public static ConsoleOptions of(int port, Supplier<DoorAddresses> doors) {
        return new ConsoleOptions(
                HttpDoorOptions.of("console", "0.0.0.0", port),
                "0.1.0",
                "local",
                doors,
                () -> DemoInfo.NONE,
                Set.of(),
                Map.of());
    }
}
