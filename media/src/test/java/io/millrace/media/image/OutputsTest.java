package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a result shows and tells: upright in the eyes of the system's own vips, which heeds a tag as
 * browsers do, and nothing that exiftool finds of place, camera, author or day. {@code
 * -Dpictures=all} takes all orientations of all formats.
 */
@Timeout(600)
final class OutputsTest {
    /** The corners of the upright picture, row by row. */
    private static final int[] CORNERS = {0xE02020, 0x20C020, 0x2020E0, 0xE0E0E0};

    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;
    private static final List<String> TAGGED = List.of("jpg", "webp", "png", "tiff");
    private static final List<String> OUT =
            List.of("jpg", "png", "webp", "bmp", "tiff", "avif", "heic");

    private static final String SECRETS =
            "(?s).*(secret|gps|2020:01:02|xmp|iptc|photoshop|comment|artist).*";

    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;

    @BeforeAll
    static void open() {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(2, directory, timer);
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @Test
    void everyResultStandsUprightAndTellsNothing() throws IOException {
        List<Path> results = new ArrayList<>();
        boolean all = "all".equals(System.getProperty("pictures"));
        for (String in : TAGGED) {
            int[] orientations =
                    all || in.equals("jpg") ? IntStream.rangeClosed(1, 8).toArray() : new int[] {6};
            for (int orientation : orientations) {
                byte[] source = source(in, orientation);
                for (String out : OUT) {
                    results.add(upright(in, source, orientation, "format," + out));
                }
            }
        }
        byte[] lying = source("jpg", 6);
        for (String out : OUT) {
            results.add(upright("jpg", lying, 6, "auto-orient,1/format," + out));
        }
        for (String in : List.of("avif", "heic")) { // they say it in a box of their own, if at all
            byte[] source = source(in, 1);
            for (String out : OUT) {
                results.add(upright(in, source, 1, "format," + out));
            }
        }
        for (String told : metadata(results)) {
            assertFalse(told.toLowerCase(Locale.ROOT).matches(SECRETS), told);
        }
    }

    private static Path upright(String in, byte[] source, int orientation, String process)
            throws IOException {
        byte[] result = Works.run(workers, "image/" + process, source).bytes();
        String name = in + orientation + process.replaceAll("\\W", "-");
        Path file = directory.resolve(name + "." + process.substring(process.lastIndexOf(',') + 1));
        upright(name, shown(Files.write(file, result)));
        return file;
    }

    @Test
    void aResizedOrTurnedPictureStandsUprightToo() throws IOException {
        byte[] source = source("jpg", 6); // stored 64 × 96
        for (String out : List.of("jpg", "png", "webp", "avif")) {
            byte[] small = Works.run(workers, "image/resize,w_32/format," + out, source).bytes();
            Path file = Files.write(directory.resolve("small." + out), small);
            BufferedImage shown = shown(file);
            upright(out, shown);
            assertEquals(48, shown.getWidth(), "the stored width was asked to be 32");
            assertEquals(32, shown.getHeight());
        }
    }

    @Test
    void aWatermarkStandsUpright() throws IOException {
        byte[] mark = source("jpg", 6);
        byte[] black = Files.readAllBytes(black());
        byte[] marked =
                Works.run(workers, "image/watermark,image_bQ,g_nw,x_0,y_0/format,png", black, mark)
                        .bytes();
        BufferedImage shown = shown(Files.write(directory.resolve("marked.png"), marked));
        upright("the mark", shown.getSubimage(0, 0, WIDTH, HEIGHT));
    }

    private static Path black() throws IOException {
        Path file = directory.resolve("black.png");
        ImageIO.write(
                new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        return file;
    }

    /** The picture as its viewers see it. */
    private static BufferedImage shown(Path result) throws IOException {
        if (result.toString().endsWith(".bmp")) {
            return ImageIO.read(result.toFile());
        }
        Path png = directory.resolve("shown.png");
        Samples.run("vips", "autorot", result.toString(), png.toString());
        return ImageIO.read(new ByteArrayInputStream(Files.readAllBytes(png)));
    }

    private static void upright(String what, BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        for (int corner = 0; corner < 4; corner++) {
            int x = corner % 2 == 0 ? width / 4 : width * 3 / 4;
            int y = corner < 2 ? height / 4 : height * 3 / 4;
            int seen = image.getRGB(x, y);
            for (int shift = 0; shift <= 16; shift += 8) {
                int difference = (seen >> shift & 0xFF) - (CORNERS[corner] >> shift & 0xFF);
                assertTrue(
                        Math.abs(difference) < 48,
                        what + ", corner " + corner + ": " + Integer.toHexString(seen));
            }
        }
    }

    /** A picture that is upright once it is turned as it says, and tells all that one can tell. */
    private static byte[] source(String format, int orientation) throws IOException {
        boolean lying = orientation >= 5;
        BufferedImage raw =
                new BufferedImage(
                        lying ? HEIGHT : WIDTH, lying ? WIDTH : HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int right = WIDTH - 1 - x;
                int below = HEIGHT - 1 - y;
                int colour = CORNERS[(x < WIDTH / 2 ? 0 : 1) + (y < HEIGHT / 2 ? 0 : 2)];
                switch (orientation) { // TIFF 6.0, tag 274
                    case 1 -> raw.setRGB(x, y, colour);
                    case 2 -> raw.setRGB(right, y, colour);
                    case 3 -> raw.setRGB(right, below, colour);
                    case 4 -> raw.setRGB(x, below, colour);
                    case 5 -> raw.setRGB(y, x, colour);
                    case 6 -> raw.setRGB(y, right, colour);
                    case 7 -> raw.setRGB(below, right, colour);
                    default -> raw.setRGB(below, x, colour);
                }
            }
        }
        Path png = directory.resolve("raw.png");
        ImageIO.write(raw, "png", png.toFile());
        Path file = directory.resolve("source." + format);
        switch (format) {
            case "avif" ->
                    Samples.run("vips", "heifsave", "" + png, "" + file, "--compression", "av1");
            case "heic" ->
                    Samples.run("vips", "heifsave", "" + png, "" + file, "--compression", "hevc");
            default -> Samples.run("vips", "copy", png.toString(), file.toString());
        }
        Samples.run(
                "exiftool",
                "-q",
                "-q",
                "-m",
                "-overwrite_original",
                "-n",
                "-GPSLatitude=48.8",
                "-GPSLatitudeRef=N",
                "-GPSLongitude=2.3",
                "-Make=SecretCamera",
                "-DateTimeOriginal=2020:01:02 03:04:05",
                "-Artist=SecretName",
                "-XMP:Creator=SecretCreator",
                "-IPTC:City=SecretCity",
                "-Comment=SecretComment",
                "-EXIF:Orientation=" + orientation,
                file.toString());
        return Files.readAllBytes(file);
    }

    /** What each file tells besides its pixels, with its name. */
    private static List<String> metadata(List<Path> files) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of("exiftool", "-a", "-u", "-G1", "--File:all", "--System:all"));
        files.forEach(file -> command.add(file.getFileName().toString()));
        Process exiftool =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .start();
        String all = new String(exiftool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        List<String> told = List.of(all.split("(?m)^======== ")).stream().skip(1).toList();
        assertEquals(files.size(), told.size(), all);
        return told;
    }
}
