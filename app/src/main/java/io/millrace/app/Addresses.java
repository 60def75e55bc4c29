package io.millrace.app;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/** Under which host a person, or this machine itself, reaches its doors. */
final class Addresses {
    private Addresses() {}

    /**
     * The host for links: the one configured; over SSH the address that the person came in by; on a
     * desktop localhost; else the first address of this machine that is not loopback.
     */
    static String reachableHost(Optional<String> configured, Map<String, String> environment) {
        if (configured.isPresent()) {
            return configured.get();
        }
        String ssh = environment.getOrDefault("SSH_CONNECTION", "");
        String[] parts = ssh.split(" ");
        if (parts.length == 4) {
            return parts[2].contains(":") ? "[" + parts[2] + "]" : parts[2];
        }
        boolean desktop =
                environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY");
        boolean mac = System.getProperty("os.name", "").startsWith("Mac");
        if (desktop || mac) {
            return "localhost";
        }
        return firstAddress().orElse("localhost");
    }

    /** Where this machine reaches what listens there, as URLs have it. */
    static String local(String bind) {
        return switch (bind) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "[::1]";
            default -> bind.indexOf(':') < 0 ? bind : "[" + bind + "]";
        };
    }

    private static Optional<String> firstAddress() {
        try {
            return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                    .filter(Addresses::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(
                            a ->
                                    a instanceof Inet4Address
                                            && !a.isLoopbackAddress()
                                            && !a.isLinkLocalAddress())
                    .map(InetAddress::getHostAddress)
                    .findFirst();
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    private static boolean isUp(NetworkInterface face) {
        try {
            return face.isUp() && !face.isLoopback() && !face.getName().startsWith("docker");
        } catch (SocketException e) {
            return false;
        }
    }
}
