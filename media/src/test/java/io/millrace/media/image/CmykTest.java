package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pictures in the four colours of print come out in the colours that were printed, whatever they
 * say of their inks: with a profile, without one, and inverted as Adobe's programs write them.
 */
@Timeout(120)
final class CmykTest {
    private static final List<String> SOURCES =
            List.of(
                    "adobe.jpg",
                    "silent.jpg",
                    "plain.tif",
                    "profiled.jpg",
                    "alpha.tif",
                    "deep.tif");

    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;
    private static byte[] original;

    @BeforeAll
    static void open() throws IOException {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(1, directory, timer);
        Path png = directory.resolve("original.png");
        Files.write(png, Samples.picture(directory, "colours.png"));
        // The colours that inks can show, as print would show them.
        vips("icc_transform", png, file("inks.v"), "cmyk", "--input-profile", "srgb");
        vips("jpegsave", file("inks.v"), file("adobe.jpg"), "--strip", "--Q", "95");
        vips("tiffsave", file("inks.v"), file("plain.tif"), "--strip");
        vips("jpegsave", file("inks.v"), file("profiled.jpg"), "--Q", "95");
        vips(
                "icc_transform",
                file("plain.tif"),
                file("shown.png"),
                "srgb",
                "--input-profile",
                "cmyk");
        original = Files.readAllBytes(file("shown.png"));
        Files.write(file("silent.jpg"), withoutAdobe());
        vips("copy", file("plain.tif"), file("plain.v"));
        vips("bandjoin_const", file("plain.v"), file("alpha.v"), "255");
        vips("tiffsave", file("alpha.v"), file("alpha.tif"), "--strip");
        vips("cast", file("plain.v"), file("deep.v"), "ushort", "--shift");
        vips("tiffsave", file("deep.v"), file("deep.tif"), "--strip");
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @Test
    void inksBecomeTheColoursThatTheyShow() throws IOException {
        byte[] smaller = run("resize,w_100/format,png", original);
        for (String name : SOURCES) {
            byte[] source = Files.readAllBytes(file(name));
            near(original, source, name, "format,png");
            near(original, source, name, "crop,w_400/bright,0/format,png");
            near(smaller, source, name, "resize,w_100/format,png");
        }
    }

    private static void near(byte[] expected, byte[] source, String name, String process)
            throws IOException {
        double distance = Samples.distance(run(process, source), expected);
        assertTrue(distance < 1, name + " " + process + ": mean difference " + distance);
    }

    private static byte[] run(String process, byte[] source) {
        return Works.run(workers, "image/" + process, source).bytes();
    }

    /** Inverted and without a word of Adobe's, as every viewer takes it. */
    private static byte[] withoutAdobe() throws IOException {
        byte[] jpeg = Files.readAllBytes(file("adobe.jpg"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        for (int at = 2; (jpeg[at + 1] & 0xFF) != 0xDA; ) {
            int length = ((jpeg[at + 2] & 0xFF) << 8 | jpeg[at + 3] & 0xFF) + 2;
            if ((jpeg[at + 1] & 0xFF) != 0xEE) {
                out.write(jpeg, at, length);
            }
            at += length;
            if ((jpeg[at + 1] & 0xFF) == 0xDA) {
                out.write(Arrays.copyOfRange(jpeg, at, jpeg.length));
            }
        }
        return out.toByteArray();
    }

    private static Path file(String name) {
        return directory.resolve(name);
    }

    private static void vips(Object... words) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of("vips"));
        for (Object word : words) {
            command.add(word.toString());
        }
        Samples.run(command.toArray(String[]::new));
    }
}
