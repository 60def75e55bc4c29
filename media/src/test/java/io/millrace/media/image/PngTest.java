package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A PNG is as small as the format allows: filtered, and with the palette that it came with. */
@Timeout(120)
final class PngTest {
    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;

    @BeforeAll
    static void open() {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(1, directory, timer);
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @Test
    void aPngIsAsSmallAsTheSystemsOwnWithAllFilters() throws IOException {
        byte[] source = Samples.picture(directory, "drawing.png");
        Path own = directory.resolve("own.png");
        Samples.run(
                "vips",
                "pngsave",
                directory + "/drawing.png",
                own.toString(),
                "--filter",
                "all",
                "--strip");
        byte[] ours = run("format,png", source);
        assertTrue(ours.length <= 1.05 * Files.size(own), ours.length + " of " + Files.size(own));
    }

    @Test
    void aPaletteStaysWhereEveryColourIsOneOfIt() throws IOException {
        Samples.picture(directory, "many.png");
        for (int bits : new int[] {1, 2, 4, 8}) {
            Path file = directory.resolve("palette" + bits + ".png");
            Samples.run(
                    "vips",
                    "pngsave",
                    directory + "/many.png",
                    file.toString(),
                    "--palette",
                    "--bitdepth",
                    "" + bits);
            byte[] source = Files.readAllBytes(file);
            byte[] same = run("format,png", source);
            assertEquals("Palette " + bits, kind(same));
            assertEquals(0, Samples.distance(source, same), "every pixel as it was");
            assertTrue(same.length <= 1.05 * source.length, same.length + " of " + source.length);
            assertEquals("Palette " + bits, kind(run("crop,w_50,h_50,g_center", source)));
            assertEquals("Palette " + bits, kind(run("rotate,90", source)));
        }
        byte[] source = Files.readAllBytes(directory.resolve("palette8.png"));
        assertEquals("RGB 8", kind(run("resize,w_100", source)), "it has colours in between");
    }

    /** As exiftool sees it. */
    private static String kind(byte[] png) throws IOException {
        Path file = Files.write(directory.resolve("result.png"), png);
        return Samples.run("exiftool", "-s3", "-ColorType", "-BitDepth", file.toString())
                .strip()
                .replace('\n', ' ');
    }

    private static byte[] run(String process, byte[] source) {
        return Works.run(workers, "image/" + process, source).bytes();
    }
}
