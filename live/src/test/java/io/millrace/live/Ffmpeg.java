package io.millrace.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real ffmpeg and ffprobe. */
final class Ffmpeg {
    private Ffmpeg() {}

    /**
     * Makes an FLV file of test pictures and a tone, 25 frames a second, a keyframe each second.
     */
    static Path source(Path directory, int seconds, String size) {
        Path file = directory.resolve("source-" + seconds + "-" + size + ".flv");
        run(
                "ffmpeg",
                "-y",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + size + ":rate=25:duration=" + seconds,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=48000:duration=" + seconds,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
                "-pix_fmt",
                "yuv420p",
                "-g",
                "25",
                "-keyint_min",
                "25",
                "-sc_threshold",
                "0",
                "-b:v",
                "600k",
                "-c:a",
                "aac",
                "-b:a",
                "96k",
                "-f",
                "flv",
                file.toString());
        return file;
    }

    /** Pushes a file over RTMP, in real time or as fast as it goes. */
    static Process push(Path file, String url, boolean realTime) {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-v", "error"));
        if (realTime) {
            command.add("-re");
        }
        command.addAll(List.of("-i", file.toString(), "-c", "copy", "-f", "flv", url));
        return start(command.toArray(String[]::new));
    }

    static Process start(String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String run(String... command) {
        return finish(start(command), 60, command);
    }

    /** Waits for the end and answers what it printed; fails unless it ends well. */
    static String finish(Process process, int seconds, String... command) {
        try {
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("too slow: " + Arrays.toString(command));
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(
                        process.exitValue() + " " + Arrays.toString(command) + "\n" + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Decodes everything at a URL: the number of frames of a stream. */
    static int frames(String url, String stream) {
        String out =
                run(
                        "ffprobe",
                        "-v",
                        "error",
                        "-live_start_index",
                        "0",
                        "-count_frames",
                        "-select_streams",
                        stream,
                        "-show_entries",
                        "stream=nb_read_frames",
                        "-of",
                        "csv=p=0",
                        url);
        return Integer.parseInt(
                out.lines().filter(l -> !l.isBlank()).findFirst().orElseThrow().strip());
    }

    /** The presentation times of the video packets at a URL, in their order. */
    static List<Double> times(String url) {
        return run(
                        "ffprobe",
                        "-v",
                        "error",
                        "-select_streams",
                        "v:0",
                        "-show_entries",
                        "packet=pts_time",
                        "-of",
                        "csv=p=0",
                        url)
                .lines()
                .filter(l -> !l.isBlank())
                .map(l -> Double.parseDouble(l.replace(",", "")))
                .toList();
    }
}
