package io.millrace.examples.camera;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The camera program.
 *
 * <pre>
 * camera --endpoint http://host:9000 --code CODE [--identity camera.json] [--input test|-|FILE|rtsp://…] [--every-ms 500]
 *        [--picture 640x360] [--label TEXT] [--buffer-mib 64] [--renew-every-ms 43200000]
 * </pre>
 *
 * {@code --input test} draws a test picture with a clock by ffmpeg, {@code -} reads MPEG-TS from
 * standard input, anything else is handed to ffmpeg and copied without encoding. Without {@code
 * --code} the identity file of an earlier run is used.
 */
public final class Camera {
    private Camera() {}

    /** The program's entry; exit code 2 for a wrong command line. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> options = options(arguments);
        URI endpoint = URI.create(options.getOrDefault("endpoint", "http://localhost:9000"));
        Path identityFile = Path.of(options.getOrDefault("identity", "camera.json"));
        DeviceClient devices = new DeviceClient(endpoint);
        DeviceClient.Identity identity;
        if (options.containsKey("code")) {
            identity = devices.enrol(options.get("code"));
            identity.write(identityFile);
        } else if (Files.exists(identityFile)) {
            identity = DeviceClient.Identity.read(identityFile);
        } else {
            System.err.println(
                    "Give the one-time code of this camera: --code CODE (console, Devices, Register).");
            System.exit(2);
            return;
        }
        StreamBuffer buffer =
                new StreamBuffer(Integer.parseInt(options.getOrDefault("buffer-mib", "64")) << 20);
        Duration every = Duration.ofMillis(Long.parseLong(options.getOrDefault("every-ms", "500")));
        Duration renewEvery =
                Duration.ofMillis(
                        Long.parseLong(options.getOrDefault("renew-every-ms", "43200000")));
        try (Appender appender =
                new Appender(endpoint, devices, identity, buffer, every, renewEvery)) {
            System.err.println("camera " + identity.deviceId() + " appends to " + appender.key());
            Thread.ofPlatform().daemon().name("encoder").start(() -> read(options, buffer));
            appender.run();
        }
    }

    private static void read(Map<String, String> options, StreamBuffer buffer) {
        try (InputStream input = input(options)) {
            DataInputStream packets =
                    new DataInputStream(new java.io.BufferedInputStream(input, 1 << 16));
            while (true) {
                byte[] packet = new byte[StreamBuffer.PACKET_BYTES];
                packets.readFully(packet);
                buffer.add(packet);
            }
        } catch (EOFException e) {
            System.err.println(
                    "camera: the input ended; dropped " + buffer.droppedBytes() + " bytes");
        } catch (IOException e) {
            System.err.println("camera: the input failed: " + e.getMessage());
        } finally {
            buffer.end();
        }
    }

    private static InputStream input(Map<String, String> options) throws IOException {
        String input = options.getOrDefault("input", "test");
        if (input.equals("-")) {
            return System.in;
        }
        List<String> command =
                input.equals("test")
                        ? testPicture(
                                options.getOrDefault("picture", "640x360"),
                                options.getOrDefault("label", "camera"))
                        : List.of(
                                "ffmpeg",
                                "-nostdin",
                                "-loglevel",
                                "error",
                                "-re",
                                "-i",
                                input,
                                "-c",
                                "copy",
                                "-f",
                                "mpegts",
                                "-flush_packets",
                                "1",
                                "pipe:1");
        Process ffmpeg =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        ffmpeg.getOutputStream().close();
        Runtime.getRuntime().addShutdownHook(new Thread(ffmpeg::destroy));
        return ffmpeg.getInputStream();
    }

    /** A moving picture with a clock, keyframes each second, and a tone. */
    private static List<String> testPicture(String size, String label) {
        String text =
                "drawtext=text='"
                        + label.replaceAll("[^A-Za-z0-9 _-]", "")
                        + "  %{gmtime\\:%H\\\\\\:%M\\\\\\:%S}':fontsize=h/12:fontcolor=white:box=1:boxcolor=black@0.6:"
                        + "boxborderw=8:x=20:y=h-th-24";
        return List.of(
                "ffmpeg",
                "-nostdin",
                "-loglevel",
                "error",
                "-re",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + size + ":rate=15",
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=330:sample_rate=44100",
                "-vf",
                text,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
                "-b:v",
                "500k",
                "-maxrate",
                "500k",
                "-bufsize",
                "500k",
                "-g",
                "15",
                "-keyint_min",
                "15",
                "-sc_threshold",
                "0",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-b:a",
                "32k",
                "-ac",
                "1",
                "-f",
                "mpegts",
                "-flush_packets",
                "1",
                "-muxdelay",
                "0",
                "-muxpreload",
                "0",
                "pipe:1");
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new TreeMap<>();
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("--") || i + 1 == arguments.length) {
                System.err.println(
                        "Options come in pairs, like --endpoint http://localhost:9000; not '"
                                + arguments[i]
                                + "'");
                System.exit(2);
            }
            options.put(arguments[i].substring(2), arguments[++i]);
        }
        return options;
    }
}
