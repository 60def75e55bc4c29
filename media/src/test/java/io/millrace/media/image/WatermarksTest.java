package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where watermarks stand and what they show, by the pixels. */
@Timeout(120)
final class WatermarksTest {
    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;
    private static byte[] black;

    @BeforeAll
    static void open() throws IOException {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(1, directory, timer);
        black = flat("black", 600, 400);
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @Test
    void chineseTextIsDrawnByAFontThatHasIt() throws IOException {
        Rectangle one = ink(run("text_" + base64("一") + ",size_100,color_FF0000,g_center"));
        assertTrue(
                one.width > 60 && one.height < one.width / 4,
                "the character is one level stroke, a box is not: " + one);
    }

    @Test
    void aCharacterThatNoFontHasIsRefusedAndNamed() {
        for (String none : new String[] {"\uDBFF\uDFFD", "ok \uDBFF\uDFFD"}) {
            RefusedException e =
                    assertThrows(RefusedException.class, () -> run("text_" + base64(none)));
            assertEquals("400 WatermarkError", e.status() + " " + e.code());
            assertTrue(e.text().contains("U+10FFFD"), e.text());
            assertTrue(e.text().contains("fonts-wqy-microhei"), e.text());
        }
    }

    /** The picture is 40×20 and red; the text one level stroke, lit in blue. */
    @Test
    void pictureAndTextStandBesideOneAnother() throws IOException {
        byte[] red = flat("red", 40, 20);
        String both = "image_YQ,text_" + base64("一一") + ",color_0000FF,size_80,g_nw,x_0,y_0";
        Rectangle picture = ink(run(both, red), 0xFF0000);
        Rectangle text = ink(run(both, red), 0x0000FF);
        assertEquals(new Rectangle(0, picture.y, 40, 20), picture, "first, at its size");
        assertTrue(text.x >= 40 && text.x < 60, "the text follows: " + text);
        int height = ink(run("text_" + base64("一一") + ",size_80,g_nw,x_0,y_0,fill_0")).height;
        assertTrue(height < picture.height, "the stroke alone: " + height);

        Rectangle away = ink(run(both + ",interval_100", red), 0x0000FF);
        assertEquals(text.x + 100, away.x);
        Rectangle last = ink(run(both + ",order_1,interval_7", red), 0xFF0000);
        Rectangle first = ink(run(both + ",order_1,interval_7", red), 0x0000FF);
        assertTrue(last.x >= first.x + first.width + 7, first + " then " + last);

        assertEquals(0, ink(run(both + ",align_0", big()), 0x0000FF).y, "at the top");
        int middle = ink(run(both + ",align_1", big()), 0x0000FF).y;
        int bottom = ink(run(both + ",align_2", big()), 0x0000FF).y;
        assertEquals(bottom, ink(run(both, big()), 0x0000FF).y, "the bottom is usual");
        assertEquals(bottom / 2.0, middle, 1);
    }

    @Test
    void tilesStandAsFarApartAsAskedFor() throws IOException {
        byte[] red = flat("red", 40, 20);
        BufferedImage tiled =
                Samples.decode(run("image_YQ,fill_1,padx_10,pady_30,t_100,g_center,x_99", red));
        for (int y = 0; y < 400; y++) {
            for (int x = 0; x < 600; x++) {
                boolean mark = x % 50 < 40 && y % 50 < 20;
                boolean lit = (tiled.getRGB(x, y) & 0x800000) != 0;
                assertEquals(mark, lit, x + "," + y);
            }
        }
        BufferedImage close = Samples.decode(run("image_YQ,fill_1", red));
        assertEquals(0x800000, close.getRGB(599, 399) & 0x800000, "without gaps by default");
    }

    private static byte[] big() throws IOException {
        return flat("red", 40, 300);
    }

    private static byte[] run(String watermark, byte[]... pictures) {
        String process = "image/watermark," + watermark + "/format,png";
        return Works.run(workers, process, black, pictures).bytes();
    }

    /** What isn't black. */
    private static Rectangle ink(byte[] png) throws IOException {
        return ink(png, 0xFFFFFF);
    }

    /** Where channels of this mask are lit. */
    private static Rectangle ink(byte[] png, int mask) throws IOException {
        BufferedImage image = Samples.decode(png);
        Rectangle ink = new Rectangle(-1, -1);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & mask & 0x808080) != 0) {
                    ink.add(new Rectangle(x, y, 1, 1));
                }
            }
        }
        return ink;
    }

    private static byte[] flat(String color, int width, int height) throws IOException {
        Path file = directory.resolve(color + width + ".png");
        String source = "color=c=" + color + ":s=" + width + "x" + height;
        Samples.run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                source,
                "-frames:v",
                "1",
                "-pix_fmt",
                "rgb24",
                file.toString());
        return Files.readAllBytes(file);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
