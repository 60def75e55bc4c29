package io.millrace.console;

import io.millrace.kit.http.HttpHandler;
import java.util.Map;
import java.util.function.Supplier;

/**
 * How the console's door behaves.
 *
 * @param host the address to listen on
 * @param port 0 to 65,535; 0 takes any free one
 * @param version shown on the page
 * @param region of the object door, for signatures made in the browser
 * @param doors asked at each request, because some doors open after the console
 * @param demo asked at each request; {@link DemoInfo#NONE} when no demo runs
 * @param routes further handlers by exact path, such as {@code /healthz}; they answer GET without
 *     signing in
 */
public record ConsoleOptions(
        String host,
        int port,
        String version,
        String region,
        Supplier<DoorAddresses> doors,
        Supplier<DemoInfo> demo,
        Map<String, HttpHandler> routes) {
    public ConsoleOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the console's port is 0 to 65535, not " + port);
        }
        routes = Map.copyOf(routes);
    }

    /** A console on a port of this machine without demo or further routes. */
    public static ConsoleOptions of(int port, Supplier<DoorAddresses> doors) {
        return new ConsoleOptions(
                "0.0.0.0", port, "0.1.0", "local", doors, () -> DemoInfo.NONE, Map.of());
    }
}
