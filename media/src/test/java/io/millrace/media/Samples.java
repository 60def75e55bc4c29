package io.millrace.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/**
 * Test media, made by the system's own ffmpeg and vips, and looked at with other eyes than ours.
 */
public final class Samples {
    private Samples() {}

    /** A detailed 400×300 test picture in the format of {@code name}'s ending. */
    public static byte[] picture(Path directory, String name) throws IOException {
        return picture(directory, name, 400, 300);
    }

    public static byte[] picture(Path directory, String name, int width, int height)
            throws IOException {
        Path png = directory.resolve("source-" + width + "x" + height + ".png");
        if (!Files.exists(png)) {
            run(
                    "ffmpeg",
                    "-v",
                    "error",
                    "-y",
                    "-f",
                    "lavfi",
                    "-i",
                    "testsrc2=s=" + width + "x" + height,
                    "-frames:v",
                    "1",
                    png.toString());
        }
        Path file = directory.resolve(name);
        if (name.endsWith(".gif") || name.endsWith(".bmp")) {
            run("ffmpeg", "-v", "error", "-y", "-i", png.toString(), file.toString());
        } else if (name.endsWith(".heic")) {
            run("vips", "heifsave", png.toString(), file.toString(), "--compression", "hevc");
        } else if (name.endsWith(".avif")) {
            run("vips", "heifsave", png.toString(), file.toString(), "--compression", "av1");
        } else if (name.endsWith(".jpg")) {
            run("vips", "jpegsave", png.toString(), file.toString(), "--Q", "90");
        } else {
            run("vips", "copy", png.toString(), file.toString());
        }
        return Files.readAllBytes(file);
    }

    /**
     * {@code seconds} of 25 pictures a second, 640×360 H.264 with a tone in AAC, keyframe each
     * second.
     */
    public static byte[] video(Path directory, String name, int seconds) throws IOException {
        Path file = directory.resolve(name);
        run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=640x360:r=25:d=" + seconds,
                "-f",
                "lavfi",
                "-i",
                "sine=d=" + seconds,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-g",
                "25",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-shortest",
                file.toString());
        return Files.readAllBytes(file);
    }

    /** A one-bit black PNG of any size; it packs to almost nothing. */
    public static byte[] blackPng(int width, int height) throws IOException {
        ByteArrayOutputStream idat = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(idat, new Deflater(9))) {
            byte[] row = new byte[(width + 7) / 8 + 1];
            for (int y = 0; y < height; y++) {
                deflate.write(row);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        chunk(out, "IHDR", header.put((byte) 1).array());
        chunk(out, "IDAT", idat.toByteArray());
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** Width and height as the system's vips sees them. */
    public static List<Integer> size(Path directory, byte[] image) throws IOException {
        Path file = Files.write(Files.createTempFile(directory, "size", ".img"), image);
        if (image[0] == 'B') {
            BufferedImage bmp = ImageIO.read(file.toFile());
            return List.of(bmp.getWidth(), bmp.getHeight());
        }
        return List.of(
                Integer.valueOf(run("vipsheader", "-f", "width", file.toString()).strip()),
                Integer.valueOf(run("vipsheader", "-f", "height", file.toString()).strip()));
    }

    /** One header field as the system's vips sees it; empty when there is none. */
    public static String field(Path directory, byte[] image, String name) throws IOException {
        Path file = Files.write(Files.createTempFile(directory, "field", ".img"), image);
        try {
            return run("vipsheader", "-f", name, file.toString()).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Decoded by the JDK: JPEG, PNG, GIF or BMP. */
    public static BufferedImage decode(byte[] image) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(image));
    }

    /** The mean difference of two pictures of one size, 0 (equal) to 255, over all channels. */
    public static double distance(byte[] one, byte[] two) throws IOException {
        BufferedImage a = decode(one);
        BufferedImage b = decode(two);
        if (a.getWidth() != b.getWidth() || a.getHeight() != b.getHeight()) {
            return 255;
        }
        long sum = 0;
        for (int y = 0; y < a.getHeight(); y++) {
            for (int x = 0; x < a.getWidth(); x++) {
                int p = a.getRGB(x, y);
                int q = b.getRGB(x, y);
                for (int shift = 0; shift < 24; shift += 8) {
                    sum += Math.abs((p >> shift & 0xFF) - (q >> shift & 0xFF));
                }
            }
        }
        return sum / (3.0 * a.getWidth() * a.getHeight());
    }

    /** Runs a program to its end and gives its output. @throws IOException when it fails */
    public static String run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("VIPS_WARNING", "off");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(Arrays.toString(command) + " failed: " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return output;
    }

    /**
     * The processes that this one started, of the program whose command line holds {@code word}.
     */
    public static List<Long> children(String word) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
            Path commandLine = Path.of("/proc/" + child.pid() + "/cmdline");
            if (Files.exists(commandLine) && Files.readString(commandLine).contains(word)) {
                pids.add(child.pid());
            }
        }
        return pids;
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data)
            throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.write(ByteBuffer.allocate(4).putInt(data.length).array());
        out.write(name);
        out.write(data);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
