package io.millrace.bench.live;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * CPU-seconds for each stream-second of RTMP → HLS, Millrace beside nginx-rtmp, in alternating
 * rounds of one run. The publishers are ffmpeg, {@code -re -c copy} of one prepared FLV.
 *
 * <p>Arguments: publishers (30), seconds measured in a round (20), rounds (5), directory for data
 * (a temporary one).
 */
public final class RtmpToHlsBench {
    private static final double BAR = 0.0012;
    private static final int WARM_UP_SECONDS = 8;
    private static final int SETTLING_ROUNDS = 2;
    private static final double TICKS_A_SECOND = 100;

    private final int publishers;
    private final int seconds;
    private final Path directory;
    private final Path source;

    private RtmpToHlsBench(int publishers, int seconds, Path directory) {
        this.publishers = publishers;
        this.seconds = seconds;
        this.directory = directory;
        this.source = directory.resolve("source.flv");
    }

    public static void main(String[] arguments) throws Exception {
        int publishers = number(arguments, 0, 30);
        int seconds = number(arguments, 1, 20);
        int rounds = number(arguments, 2, 5);
        Path directory =
                arguments.length > 3
                        ? Files.createDirectories(Path.of(arguments[3]))
                        : Files.createTempDirectory("millrace-bench");
        new RtmpToHlsBench(publishers, seconds, directory).run(rounds);
        System.exit(0);
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private void run(int rounds) throws Exception {
        prepare();
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        System.out.println(nginxConfiguration(0));
        System.out.printf(
                Locale.ROOT,
                "%d publishers, %d s a round after %d s of warm-up (and two rounds before the first for the JIT), 2 Mbit/s H.264 + AAC, 2 s segments%n",
                publishers,
                seconds,
                WARM_UP_SECONDS);
        Node millrace = startMillrace();
        for (int i = 0; i < SETTLING_ROUNDS; i++) { // the JIT's work is not the stream's
            measure(millrace.urls(), millrace.process().pid());
        }
        for (int round = 0; round < rounds; round++) {
            ours[round] = measure(millrace.urls(), millrace.process().pid());
            Node nginx = startNginx();
            theirs[round] = measure(nginx.urls(), nginx.process().pid());
            nginx.process().destroy();
            System.out.printf(
                    Locale.ROOT,
                    "round %d: Millrace %.6f  nginx-rtmp %.6f CPU-s a stream-second%n",
                    round + 1,
                    ours[round],
                    theirs[round]);
        }
        millrace.process().destroy();
        double median = median(ours);
        System.out.printf(
                Locale.ROOT,
                "median: Millrace %.6f, nginx-rtmp %.6f, ratio %.2f; bar %.4f: %s%n",
                median,
                median(theirs),
                median / median(theirs),
                BAR,
                median <= BAR ? "met" : "not met");
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private void prepare() throws Exception {
        if (Files.exists(source)) {
            return;
        }
        int length = seconds + WARM_UP_SECONDS + 20;
        run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=1280x720:rate=30:duration=" + length,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=48000:duration=" + length,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-g",
                "60",
                "-keyint_min",
                "60",
                "-sc_threshold",
                "0",
                "-b:v",
                "1900k",
                "-minrate",
                "1900k",
                "-maxrate",
                "1900k",
                "-bufsize",
                "1900k",
                "-nal-hrd",
                "cbr",
                "-c:a",
                "aac",
                "-b:a",
                "96k",
                "-f",
                "flv",
                source.toString());
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("failed: " + String.join(" ", command));
        }
    }

    /** A server under test and where it takes streams. */
    private record Node(Process process, List<String> urls) {}

    private Node startMillrace() throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xms24m",
                        "-XX:MaxRAMPercentage=25",
                        "-XX:MinHeapFreeRatio=15",
                        "-XX:MaxHeapFreeRatio=40",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LiveNode.class.getName(),
                        directory.resolve("data-" + System.nanoTime()).toString(),
                        Integer.toString(publishers));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> urls = new ArrayList<>();
        for (String line = out.readLine(); ; line = out.readLine()) {
            if (line == null) {
                throw new IOException("the live node ended");
            }
            if (line.equals("ready")) {
                return new Node(process, urls);
            }
            if (line.startsWith("rtmp://")) {
                urls.add(line);
            }
        }
    }

    private Node startNginx() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(configuration, nginxConfiguration(port));
        Files.createDirectories(directory.resolve("hls"));
        Process process =
                new ProcessBuilder(
                                "nginx", "-p", directory.toString(), "-c", configuration.toString())
                        .inheritIO()
                        .start();
        TimeUnit.SECONDS.sleep(1);
        return new Node(
                process,
                IntStream.range(0, publishers)
                        .mapToObj(i -> "rtmp://127.0.0.1:" + port + "/live/s" + i)
                        .toList());
    }

    private String nginxConfiguration(int port) {
        return """
        load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
        user root;
        daemon off;
        master_process off;
        worker_processes 1;
        pid nginx.pid;
        error_log nginx.log error;
        events { worker_connections 1024; }
        rtmp {
          access_log off;
          server {
            listen 127.0.0.1:%d;
            chunk_size 65536;
            application live {
              live on;
              hls on;
              hls_path %s/hls;
              hls_fragment 2s;
              hls_playlist_length 30s;
              hls_cleanup on;
            }
          }
        }
        """
                .formatted(port, directory);
    }

    /** CPU-seconds of the process for each second of each stream, after the warm-up. */
    private double measure(List<String> urls, long pid) throws Exception {
        List<Process> pushes = new ArrayList<>();
        try {
            for (String url : urls) {
                pushes.add(
                        new ProcessBuilder(
                                        "ffmpeg",
                                        "-nostdin",
                                        "-v",
                                        "error",
                                        "-re",
                                        "-i",
                                        source.toString(),
                                        "-c",
                                        "copy",
                                        "-f",
                                        "flv",
                                        url)
                                .inheritIO()
                                .start());
                TimeUnit.MILLISECONDS.sleep(Math.max(1, 2_000 / urls.size()));
            }
            TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
            double before = cpuSeconds(pid);
            long from = System.nanoTime();
            TimeUnit.SECONDS.sleep(seconds);
            double used = cpuSeconds(pid) - before;
            double elapsed = (System.nanoTime() - from) / 1e9;
            long alive = pushes.stream().filter(Process::isAlive).count();
            if (alive != urls.size()) {
                throw new IOException(urls.size() - alive + " publishers ended early");
            }
            return used / elapsed / urls.size();
        } finally {
            pushes.forEach(Process::destroy);
            for (Process push : pushes) {
                push.waitFor(5, TimeUnit.SECONDS);
            }
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
    }
}
