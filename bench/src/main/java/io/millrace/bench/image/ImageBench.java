package io.millrace.bench.image;

import io.millrace.media.Asker;
import io.millrace.media.image.Encoded;
import io.millrace.media.image.ImageWork;
import io.millrace.media.image.ImageWorkers;
import io.millrace.media.image.Picture;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * CPU for each image, 12-megapixel JPEG to 400 pixels, of the image workers beside {@code
 * vipsthumbnail}, in alternating rounds of one run; then a GIF of 2,000 frames likewise. Ours
 * counts the workers' processes and the server's side that feeds them; theirs counts the processes
 * that the shell started. Arguments: rounds (7), images in a round (20), rounds of the GIF (3).
 */
public final class ImageBench {
    private static final String PROCESS = "image/resize,w_400";
    private static final double TICK_MILLIS = 10;
    private static final double FLOOR = 1.05;
    private static final double ANIMATION_BOUND = 1.3;

    private final Path directory;
    private final int images;
    private final Path source;

    private ImageBench(Path directory, int images) {
        this.directory = directory;
        this.images = images;
        this.source = directory.resolve("source.jpg");
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
        int images = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
        Path directory = Files.createTempDirectory("millrace-image-bench");
        int animations = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        ImageBench bench = new ImageBench(directory, images);
        bench.run(rounds);
        bench.animation(animations);
        Files.deleteIfExists(directory);
        System.exit(0);
    }

    private void run(int rounds) throws Exception {
        run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "gradients=s=4000x3000:c0=orange:c1=blue:c2=green:n=3:d=1:seed=7,"
                        + "noise=alls=7:allf=t:all_seed=7,format=yuv420p",
                "-frames:v",
                "1",
                "-q:v",
                "3",
                source.toString());
        System.out.printf(
                Locale.ROOT,
                "source: 4000×3000 JPEG of gradients and noise, %.1f MB%n",
                Files.size(source) / 1e6);
        System.out.println("ours:   " + PROCESS + ", one worker, warmed up by 30 images");
        System.out.println(
                "theirs: vipsthumbnail -s 400x -o t.jpg[Q=80,strip], one process an image ("
                        + run("vips", "--version").strip()
                        + ")");
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        try (ImageWorkers workers = workers(timer)) {
            double cold = oursMillis(workers, 1);
            System.out.printf(
                    Locale.ROOT, "a worker's start and first image: %.0f ms of CPU%n", cold);
            oursMillis(workers, 30);
            for (int round = 0; round < rounds; round++) {
                ours[round] = oursMillis(workers, images) / images;
                theirs[round] = theirsMillis() / images;
                System.out.printf(
                        Locale.ROOT,
                        "round %d: ours %.1f ms, vipsthumbnail %.1f ms%n",
                        round + 1,
                        ours[round],
                        theirs[round]);
            }
        }
        timer.shutdownNow();
        double ratio = median(ours) / median(theirs);
        System.out.printf(
                Locale.ROOT,
                "median CPU an image: ours %.1f ms, vipsthumbnail %.1f ms, ratio %.2f (floor ≤ %.2f): %s%n",
                median(ours),
                median(theirs),
                ratio,
                FLOOR,
                ratio <= FLOOR ? "met" : "NOT MET");
        Files.deleteIfExists(source);
        Files.deleteIfExists(directory.resolve("t.jpg"));
    }

    /** 2,000 frames of 352×352, which is what the limits allow, to 100 pixels. */
    private void animation(int rounds) throws Exception {
        Path gif = directory.resolve("source.gif");
        run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "color=red:s=352x352:r=20:d=100",
                "-frames:v",
                "2000",
                gif.toString());
        System.out.printf(
                Locale.ROOT,
                "GIF of 2,000 frames, 352×352, %d bytes, to 100 px%n",
                Files.size(gif));
        Path made = directory.resolve("t.gif");
        String theirCommand = "vipsthumbnail " + gif + "[n=-1] -s 100x -o " + made;
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        long peak = 0;
        try (ImageWorkers workers = workers(timer)) {
            byte[] bytes = Files.readAllBytes(gif);
            make(workers, "image/crop,w_4,h_4", bytes); // the worker is there
            for (int round = 0; round < rounds; round++) {
                double before = selfMillis() + childrenMillis();
                make(workers, "image/resize,w_100", bytes);
                ours[round] = selfMillis() + childrenMillis() - before;
                theirs[round] = shellMillis(theirCommand);
                peak = Math.max(peak, peakKilobytes());
                System.out.printf(
                        Locale.ROOT,
                        "round %d: ours %.0f ms, vipsthumbnail %.0f ms%n",
                        round + 1,
                        ours[round],
                        theirs[round]);
            }
        }
        timer.shutdownNow();
        double ratio = median(ours) / median(theirs);
        System.out.printf(
                Locale.ROOT,
                "median CPU of the GIF: ours %.0f ms, vipsthumbnail %.0f ms, ratio %.2f (bound %.1f): %s%n",
                median(ours),
                median(theirs),
                ratio,
                ANIMATION_BOUND,
                ratio <= ANIMATION_BOUND ? "met" : "NOT MET");
        System.out.printf(
                Locale.ROOT,
                "the most memory of a worker: %d MB (bound 512): %s%n",
                peak >> 10,
                peak < 512 << 10 ? "met" : "NOT MET");
        Files.deleteIfExists(gif);
        Files.deleteIfExists(made);
    }

    private ImageWorkers workers(ScheduledExecutorService timer) {
        return new ImageWorkers(
                new ImageWorkers.Settings(1, 8, Duration.ofMinutes(2), "libvips.so.42", directory),
                timer);
    }

    private static void make(ImageWorkers workers, String process, byte[] bytes) {
        Picture picture = new Picture(bytes.length, () -> new ByteArrayInputStream(bytes));
        Encoded encoded =
                workers.run(
                        new ImageWork(process, picture, List.of(), "one", "one", () -> {}),
                        Asker.patient("bench"));
        if (encoded.bytes().length == 0) {
            throw new IllegalStateException("no picture");
        }
    }

    /** The most that any child of this process has held. */
    private static long peakKilobytes() throws IOException {
        long peak = 0;
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
            String status = Files.readString(Path.of("/proc/" + child.pid() + "/status"));
            String line = status.lines().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("0");
            peak = Math.max(peak, Long.parseLong(line.replaceAll("[^0-9]", "")));
        }
        return peak;
    }

    /** CPU of the worker and of this process over {@code count} images. */
    private double oursMillis(ImageWorkers workers, int count) throws IOException {
        byte[] bytes = Files.readAllBytes(source);
        double before = selfMillis() + childrenMillis();
        for (int i = 0; i < count; i++) {
            make(workers, PROCESS, bytes);
        }
        return selfMillis() + childrenMillis() - before;
    }

    /**
     * CPU of {@code images} processes, as the shell that waited for them has it from the kernel.
     */
    private double theirsMillis() throws IOException {
        return shellMillis(
                "i=0; while [ $i -lt "
                        + images
                        + " ]; do vipsthumbnail -s 400x "
                        + source
                        + " -o "
                        + directory
                        + "/t.jpg[Q=80,strip]; i=$((i+1)); done");
    }

    private static double shellMillis(String command) throws IOException {
        String stat = run("sh", "-c", command + "; cat /proc/$$/stat");
        String[] fields = afterName(stat);
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * TICK_MILLIS;
    }

    private static double selfMillis() {
        var system =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e6;
    }

    private static double childrenMillis() throws IOException {
        double sum = 0;
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
            String[] fields =
                    afterName(Files.readString(Path.of("/proc/" + child.pid() + "/stat")));
            sum += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MILLIS;
        }
        return sum;
    }

    /**
     * The fields of /proc/pid/stat from the state on; the program's name before may hold blanks.
     */
    private static String[] afterName(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(300, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command[0] + " failed: " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return output;
    }
}
