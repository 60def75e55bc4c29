package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Photographs as phones and cameras make them go through every operation at their full size; the
 * bound of 16,777,216 pixels is for what a resize makes. {@code -Dpictures=all} takes 50 megapixels
 * through all of them.
 */
@Timeout(600)
final class LargePicturesTest {
    private static final boolean ALL = "all".equals(System.getProperty("pictures"));
    private static final int WIDTH = ALL ? 8664 : 4800;
    private static final int HEIGHT = ALL ? 5776 : 3600;
    private static final String SAME = WIDTH + "×" + HEIGHT;

    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;
    private static byte[] photo;

    @BeforeAll
    static void open() throws IOException {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(2, directory, timer);
        photo = photo();
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @Test
    void aPhotographGoesThroughEveryOperationAtItsFullSize() throws IOException {
        made(SAME, "quality,Q_60");
        made(WIDTH - 10 + "×" + (HEIGHT - 10), "crop,x_10,y_10");
        made(HEIGHT + "×" + WIDTH, "rotate,90");
        made(SAME, "watermark,text_bWlsbHJhY2U,size_200");
        made(SAME, "rounded-corners,r_100");
        if (ALL) {
            made(SAME, "auto-orient,1");
            made(SAME, "bright,10/contrast,10/interlace,1");
            made(SAME, "sharpen,100");
            made(SAME, "blur,r_3,s_2");
            made(WIDTH - 100 + "×" + HEIGHT, "indexcrop,x_" + (WIDTH - 100) + ",i_0");
            made("5776×5776", "circle,r_2888");
            made(SAME, "format,webp");
            made(SAME, "format,png");
            made(SAME, "format,tiff");
            made(SAME, "format,avif");
            made("10211×10211", "rotate,45");
            made("10211×10211", "rotate,45/format,png");
        }
    }

    @Test
    void theBoundOfAResizeIsOnWhatItMakes() throws IOException {
        made(SAME, "resize,w_16384");
        made(SAME, "resize,p_100");
        made(ALL ? "4000×2667" : "4000×3000", "resize,w_4000");
        RefusedException e = assertThrows(RefusedException.class, () -> run("resize,p_99", photo));
        assertEquals("ImageTooLarge", e.code());
    }

    @Test
    void aTurnedPhotographIsPutUpright() throws IOException {
        Path turned = Files.write(directory.resolve("turned.jpg"), photo);
        Samples.run(
                "exiftool", "-q", "-n", "-overwrite_original", "-Orientation=6", turned.toString());
        byte[] upright = run("format,png", Files.readAllBytes(turned));
        assertEquals(List.of(HEIGHT, WIDTH), Samples.size(directory, upright));
    }

    private static void made(String size, String process) throws IOException {
        Path file = Files.createTempFile(directory, "made", ".img");
        Files.write(file, run(process, photo));
        assertEquals(size, size(file), process);
        Files.delete(file);
    }

    private static byte[] run(String process, byte[] source) {
        return Works.run(workers, "image/" + process, source).bytes();
    }

    /** As the system's own vips sees it, and decoded whole by it. */
    private static String size(Path file) throws IOException {
        double mean =
                Double.parseDouble(
                        Samples.run("vips", "avg", file + (ALL ? "" : "[shrink=8]")).strip());
        assertTrue(mean > 20 && mean < 235, "it shows something: " + mean);
        return Samples.run("vipsheader", "-f", "width", file.toString()).strip()
                + "×"
                + Samples.run("vipsheader", "-f", "height", file.toString()).strip();
    }

    private static byte[] photo() throws IOException {
        Path small = directory.resolve("small.png");
        Files.write(small, Samples.picture(directory, "detail.png", WIDTH / 4, HEIGHT / 4));
        Path file = directory.resolve("photo.jpg");
        Samples.run("vips", "resize", small.toString(), file + "[Q=85]", "4");
        return Files.readAllBytes(file);
    }
}
