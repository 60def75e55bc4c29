package io.millrace.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says which doors are taken, by whom, and which offset would work. */
final class Ports {
    private static final List<Integer> OFFSETS =
            List.of(100, 200, 300, 400, 500, 1000, 2000, 3000, 5000, 10_000);

    private Ports() {}

    /**
     * What to tell the person when some of the doors (name → port) are taken; empty when all are
     * free.
     */
    static Optional<String> conflict(Map<String, Integer> doors, String bind) {
        List<String> taken =
                doors.entrySet().stream()
                        .filter(d -> d.getValue() > 0 && !free(d.getValue(), bind))
                        .map(
                                d ->
                                        "port "
                                                + d.getValue()
                                                + " ("
                                                + d.getKey()
                                                + ") is taken"
                                                + owner(d.getValue()))
                        .toList();
        if (taken.isEmpty()) {
            return Optional.empty();
        }
        String remedy =
                OFFSETS.stream()
                        .filter(
                                o ->
                                        doors.values().stream()
                                                .allMatch(
                                                        p ->
                                                                p <= 0
                                                                        || p + o < 65536
                                                                                && free(
                                                                                        p + o,
                                                                                        bind)))
                        .findFirst()
                        .map(o -> "End what holds it, or start with --port-offset " + o + ".")
                        .orElse("End what holds it, or choose other ports in millrace.yml.");
        return Optional.of(
                taken.stream()
                                .map(t -> Character.toUpperCase(t.charAt(0)) + t.substring(1))
                                .collect(Collectors.joining("\n"))
                        + "\n"
                        + remedy);
    }

    static boolean free(int port, String bind) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(bind), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** " by nginx (process 812)", read from /proc; empty where that can't be known. */
    private static String owner(int port) {
        return inode(port).flatMap(Ports::process).map(p -> " by " + p).orElse("");
    }

    private static Optional<String> inode(int port) {
        String wanted = ":" + HexFormat.of().withUpperCase().toHexDigits((short) port);
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] f = line.trim().split("\\s+");
                    if (f.length > 9 && f[1].endsWith(wanted) && f[3].equals("0A")) {
                        return Optional.of(f[9]);
                    }
                }
            } catch (IOException e) {
                // no /proc here, or not ours to read: the owner stays unknown
            }
        }
        return Optional.empty();
    }

    private static Optional<String> process(String inode) {
        String wanted = "socket:[" + inode + "]";
        return ProcessHandle.allProcesses()
                .filter(p -> holds(p.pid(), wanted))
                .findFirst()
                .map(
                        p ->
                                p.info()
                                                .command()
                                                .map(c -> Path.of(c).getFileName() + " ")
                                                .orElse("")
                                        + "(process "
                                        + p.pid()
                                        + ")");
    }

    private static boolean holds(long pid, String link) {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files) {
                if (Files.readSymbolicLink(file).toString().equals(link)) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException e) {
            return false; // another user's process, or one that just ended
        }
        return false;
    }
}
