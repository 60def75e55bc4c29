package io.millrace.app;

import io.millrace.kit.Clocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Looks at the machine: JDK, ffmpeg, libvips, fonts, ports, disk and clock, one finding each. */
final class Doctor {
    /** How bad a finding is. */
    enum Level {
        OK,
        WARN,
        FAIL
    }

    /** One line of the diagnosis; the remedy is empty when nothing is to be done. */
    record Finding(String name, Level level, String text, String remedy) {}

    private final Clocks clocks = Clocks.system();
    private final Settings settings;

    Doctor(Settings settings) {
        this.settings = settings;
    }

    List<Finding> examine() {
        List<Finding> findings = new ArrayList<>();
        findings.add(jdk());
        findings.add(program("ffmpeg", "snapshots, probes of video"));
        findings.add(program("ffprobe", "probes of video"));
        findings.add(libvips());
        findings.add(fonts());
        findings.add(new CjkFont().examine());
        findings.add(ports());
        findings.add(space());
        findings.add(sync());
        findings.add(clock());
        return findings;
    }

    private static Finding jdk() {
        return new Finding(
                "JDK", Level.OK, Runtime.version() + ", " + System.getProperty("java.vm.name"), "");
    }

    private static Finding program(String name, String purpose) {
        return firstLine(List.of(name, "-version"))
                .map(line -> new Finding(name, Level.OK, line.replaceAll(" Copyright.*", ""), ""))
                .orElse(
                        new Finding(
                                name,
                                Level.WARN,
                                "not found: no " + purpose,
                                "apt-get install ffmpeg"));
    }

    private Finding libvips() {
        List<String> places = new ArrayList<>(settings.libvips().map(List::of).orElse(List.of()));
        String machine = System.getProperty("os.arch", "").equals("aarch64") ? "aarch64" : "x86_64";
        places.addAll(
                List.of(
                        "/usr/lib/" + machine + "-linux-gnu/libvips.so.42",
                        "/usr/lib64/libvips.so.42",
                        "/usr/lib/libvips.so.42",
                        "/usr/local/lib/libvips.so.42",
                        "/opt/homebrew/lib/libvips.42.dylib"));
        return places.stream()
                .filter(p -> Files.exists(Path.of(p)))
                .findFirst()
                .map(p -> new Finding("libvips", Level.OK, p, ""))
                .orElse(
                        new Finding(
                                "libvips",
                                Level.WARN,
                                "not found: image processing answers 501",
                                "apt-get install libvips42 (or libvips42t64)"));
    }

    private static Finding fonts() {
        boolean any =
                Files.isDirectory(Path.of("/usr/share/fonts"))
                        || Files.isDirectory(Path.of("/System/Library/Fonts"));
        return any
                ? new Finding("fonts", Level.OK, "found", "")
                : new Finding(
                        "fonts",
                        Level.WARN,
                        "none: text can't be drawn",
                        "apt-get install fonts-dejavu-core");
    }

    private Finding ports() {
        Map<String, Integer> doors = new LinkedHashMap<>();
        doors.put("object", settings.objectPort());
        doors.put("console", settings.consolePort());
        doors.put("edge", settings.edgePort());
        doors.put("rtmp", settings.rtmpPort());
        return Ports.conflict(doors, settings.bind())
                .map(
                        c ->
                                new Finding(
                                        "ports",
                                        Level.WARN,
                                        c.lines().findFirst().orElse(c),
                                        c.lines().reduce((a, b) -> b).orElse("")))
                .orElse(new Finding("ports", Level.OK, doors.values() + " free", ""));
    }

    private Finding space() {
        try {
            Files.createDirectories(settings.data());
            FileStore disk = Files.getFileStore(settings.data());
            long free = disk.getUsableSpace();
            long reserve = settings.diskReserve().bytes(disk.getTotalSpace());
            String text =
                    "%d MiB free under %s, of which %d MiB are kept for deletes"
                            .formatted(free >> 20, settings.data(), Math.min(free, reserve) >> 20);
            return free > 2 * reserve
                    ? new Finding("disk", Level.OK, text, "")
                    : new Finding("disk", Level.WARN, text, "give 'data' a larger disk");
        } catch (IOException e) {
            return new Finding(
                    "disk",
                    Level.FAIL,
                    "can't write " + settings.data() + ": " + e.getMessage(),
                    "choose another --data");
        }
    }

    /** Median time of 4 KiB append + fdatasync, the floor under every durable write. */
    private Finding sync() {
        Path file = settings.data().resolve("doctor.tmp");
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE)) {
            long[] nanos = new long[50];
            for (int i = 0; i < nanos.length; i++) {
                long start = clocks.monotonic().nanos();
                channel.write(ByteBuffer.allocate(4096));
                channel.force(false);
                nanos[i] = clocks.monotonic().nanos() - start;
            }
            Arrays.sort(nanos);
            double millis = nanos[nanos.length / 2] / 1e6;
            String text =
                    "fdatasync of 4 KiB: %.2f ms median, %.2f ms worst of 50"
                            .formatted(millis, nanos[nanos.length - 1] / 1e6);
            return millis < 20
                    ? new Finding("fsync", Level.OK, text, "")
                    : new Finding(
                            "fsync",
                            Level.WARN,
                            text,
                            "a disk with a write cache that survives power loss is faster");
        } catch (IOException e) {
            return new Finding(
                    "fsync",
                    Level.FAIL,
                    "can't write " + file + ": " + e.getMessage(),
                    "choose another --data");
        }
    }

    private Finding clock() {
        int year = clocks.wall().instant().atZone(ZoneOffset.UTC).getYear();
        if (year < 2025) {
            return new Finding(
                    "clock",
                    Level.FAIL,
                    "says the year " + year,
                    "set the clock: signatures need it within 15 minutes");
        }
        return firstLine(List.of("timedatectl", "show", "-p", "NTPSynchronized", "--value"))
                .map(
                        line ->
                                line.equals("yes")
                                        ? new Finding("clock", Level.OK, "kept by NTP", "")
                                        : new Finding(
                                                "clock",
                                                Level.WARN,
                                                "not kept by NTP",
                                                "apt-get install systemd-timesyncd"))
                .orElse(new Finding("clock", Level.OK, clocks.wall().instant().toString(), ""));
    }

    /** The first line that a program says; empty when it fails, says nothing or is not there. */
    static Optional<String> firstLine(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String out =
                    new String(
                            process.getInputStream().readNBytes(4096),
                            java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            return process.exitValue() == 0 ? out.lines().findFirst() : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
