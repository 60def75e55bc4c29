package io.millrace.app.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Draws the demo's sample media with ffmpeg: nothing is downloaded, nothing is shipped. */
final class DemoMedia {
    private static final long LIMIT_SECONDS = 60;

    private DemoMedia() {}

    /** A 12-megapixel JPEG. */
    static byte[] picture(Path scratch) throws IOException, InterruptedException {
        return made(
                scratch.resolve("picture.jpg"),
                "-f",
                "lavfi",
                "-i",
                "mandelbrot=size=4000x3000:maxiter=600:start_x=-0.7436438870:start_y=0.1318259043:start_scale=0.0016",
                "-frames:v",
                "1",
                "-q:v",
                "3");
    }

    /** Ten seconds of H.264 and AAC in an MP4. */
    static byte[] clip(Path scratch) throws IOException, InterruptedException {
        return made(
                scratch.resolve("clip.mp4"),
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=1280x720:rate=25:duration=10",
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:duration=10",
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-movflags",
                "+faststart");
    }

    private static byte[] made(Path file, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new java.util.ArrayList<>(
                        List.of("ffmpeg", "-nostdin", "-loglevel", "error", "-y"));
        command.addAll(List.of(arguments));
        command.add(file.toString());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(file.resolveSibling("ffmpeg.log").toFile())
                        .start();
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("ffmpeg took more than a minute to draw " + file.getFileName());
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    "ffmpeg could not draw "
                            + file.getFileName()
                            + ": "
                            + Files.readString(file.resolveSibling("ffmpeg.log")));
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    /** Pushes a moving picture with a burnt-in clock and a tone to an RTMP address, for ever. */
    static List<String> publisher(String rtmpUrl) {
        String clock =
                "drawtext=text='Millrace live  %{gmtime\\:%H\\\\\\:%M\\\\\\:%S} UTC':fontsize=28:fontcolor=white:box=1:"
                        + "boxcolor=black@0.6:boxborderw=10:x=(w-tw)/2:y=h-th-28";
        return List.of(
                "ffmpeg",
                "-nostdin",
                "-loglevel",
                "error",
                "-re",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=640x360:rate=25",
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=220:sample_rate=44100",
                "-vf",
                clock,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
                "-profile:v",
                "main",
                "-b:v",
                "900k",
                "-maxrate",
                "900k",
                "-bufsize",
                "900k",
                "-g",
                "25",
                "-keyint_min",
                "25",
                "-sc_threshold",
                "0",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-b:a",
                "64k",
                "-f",
                "flv",
                rtmpUrl);
    }
}
