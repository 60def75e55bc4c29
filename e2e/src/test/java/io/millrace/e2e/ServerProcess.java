package io.millrace.e2e;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The real program in a process of its own, to be killed as power cuts do. */
public final class ServerProcess implements AutoCloseable {
    private static final int FIRST_PORT = 20_000;
    private static final int PORTS = 10_000;
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 61 % PORTS));

    /** A start ends sooner, well or not; a machine with other work may take its time. */
    private static final Duration START = Duration.ofMinutes(5);

    private static final Duration END = Duration.ofMinutes(2);

    public static final String KEY_ID = "ROOTKEYFORTESTS00000";
    public static final String SECRET = "root-secret-for-tests-0123456789abcdef";

    private final Path data;
    private final int objectPort;
    private final int consolePort;
    private final int edgePort;
    private final int rtmpPort;
    private final Map<String, String> environment;
    private final String classPath;
    private Process process;

    private ServerProcess(
            Path data, Map<String, String> environment, List<Path> before, int[] ports) {
        List<String> path = new ArrayList<>(before.stream().map(Path::toString).toList());
        path.add(System.getProperty("java.class.path"));
        this.classPath = String.join(File.pathSeparator, path);
        this.data = data;
        this.environment = environment;
        this.objectPort = ports[0];
        this.consolePort = ports[1];
        this.edgePort = ports[2];
        this.rtmpPort = ports[3];
    }

    /** Starts the server on free ports over a data directory and waits until it is ready. */
    public static ServerProcess start(Path data, String... settings) {
        return start(data, Map.of(), settings);
    }

    /** The same with variables in the server's environment. */
    public static ServerProcess start(
            Path data, Map<String, String> environment, String... settings) {
        ServerProcess server = new ServerProcess(data, environment, List.of(), freePorts(4));
        server.launch(settings);
        return server;
    }

    /** The same where some classes stand before the program's own. */
    public static ServerProcess startPatched(List<Path> before, Path data, String... settings) {
        ServerProcess server = new ServerProcess(data, Map.of(), before, freePorts(4));
        server.launch(settings);
        return server;
    }

    /** Starts it again on the same ports and data. */
    public void launch(String... settings) {
        begin(settings);
        awaitReadiness(200, START);
    }

    /** Starts it again where it can't become ready; returns what its readiness says. */
    public String launchUnready(String... settings) {
        begin(settings);
        return awaitReadiness(503, START);
    }

    private void begin(String... settings) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                classPath,
                                "io.millrace.app.Main",
                                "serve",
                                "--data",
                                data.toString(),
                                "--host",
                                "127.0.0.1",
                                "--root-key",
                                KEY_ID + ":" + SECRET,
                                "--set",
                                "bind=127.0.0.1",
                                "--set",
                                "doors.object.port=" + objectPort,
                                "--set",
                                "doors.console.port=" + consolePort,
                                "--set",
                                "doors.edge.port=" + edgePort,
                                "--set",
                                "doors.rtmp.port=" + rtmpPort));
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        try {
            Files.createDirectories(data);
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().keySet().removeIf(k -> k.startsWith("MILLRACE_"));
            builder.environment().putAll(environment);
            process =
                    builder.redirectErrorStream(true)
                            .redirectOutput(
                                    ProcessBuilder.Redirect.appendTo(
                                            data.resolve("server.log").toFile()))
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String awaitReadiness(int status, Duration limit) {
        HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + consolePort + "/readyz"))
                        .timeout(Duration.ofSeconds(20))
                        .build();
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end && process.isAlive()) {
            try {
                HttpResponse<String> answer =
                        http.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == status) {
                    return answer.body();
                }
            } catch (IOException e) {
                // not listening yet
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            pause();
        }
        throw new AssertionError("the server's readiness did not become " + status + ":\n" + log());
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The end of what the server printed. */
    public String log() {
        try {
            String all = Files.readString(data.resolve("server.log"));
            return all.substring(Math.max(0, all.length() - 8_000));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** kill -9. */
    public void kill() {
        process.destroyForcibly();
        await(END);
    }

    /** SIGTERM, and how it ended. */
    public int stop() {
        process.destroy();
        await(END);
        return process.exitValue();
    }

    private void await(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the server did not end within " + limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public long pid() {
        return process.pid();
    }

    /** What the server's clock says, in seconds since 1970. */
    public long epochSecond() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(object().resolve("/_time")).build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return Long.parseLong(
                    answer.replaceAll("(?s).*\"epochSeconds\"\\s*:\\s*(\\d+).*", "$1"));
        }
    }

    public URI object() {
        return URI.create("http://127.0.0.1:" + objectPort);
    }

    public URI console() {
        return URI.create("http://127.0.0.1:" + consolePort);
    }

    public URI edge() {
        return URI.create("http://127.0.0.1:" + edgePort);
    }

    public int rtmpPort() {
        return rtmpPort;
    }

    public Map<String, Integer> ports() {
        return Map.of(
                "object", objectPort, "console", consolePort, "edge", edgePort, "rtmp", rtmpPort);
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    /**
     * Ports that are free now and that nobody gets by chance: they lie below those which the kernel
     * gives to connections, and each test process begins at another place.
     */
    public static int[] freePorts(int count) {
        int[] ports = new int[count];
        for (int i = 0; i < count; i++) {
            do {
                ports[i] = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
            } while (!free(ports[i]));
        }
        return ports;
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
