package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Animations, looked at frame by frame with the system's own vips. */
@Timeout(300)
final class AnimationsTest {
    private static final int FRAMES = 5;

    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;
    private static byte[] moving;
    private static byte[] mark;

    @BeforeAll
    static void open() throws IOException {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = Works.workers(1, directory, timer);
        Path file = directory.resolve("moving.gif");
        gif(file, "testsrc2=s=200x100:d=5:r=1", FRAMES);
        moving = Files.readAllBytes(file);
        mark = Samples.picture(directory, "mark.png", 64, 64);
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quality,q_100",
                "crop,w_50,h_40,g_center",
                "resize,w_77",
                "resize,m_fill,w_60,h_60",
                "resize,m_pad,w_120,h_90,color_FF0000",
                "rotate,90",
                "resize,w_100/rotate,270/crop,w_30,h_80",
                "rotate,30",
                "bright,30",
                "contrast,20",
                "blur,r_3,s_2",
                "sharpen,100",
                "rounded-corners,r_20",
                "watermark,image_bS5wbmc,g_nw,x_5,y_5",
                "watermark,image_bS5wbmc_P-x-oss,g_se",
                "watermark,text_aGVsbG8,size_20,rotate_30"
            })
    void everyFrameComesOutAsItWouldAlone(String operations) throws IOException {
        String process =
                "image/"
                        + operations.replace(
                                "image_bS5wbmc_P-x-oss",
                                "image_"
                                        + base64(
                                                "m.png?x-oss-process=image/resize,w_32/rotate,90"));
        String lossy = process + "/format,webp/quality,Q_100";
        byte[] whole = run(lossy, moving).bytes();
        assertEquals(FRAMES, Integer.parseInt(Samples.field(directory, whole, "n-pages")));
        int frame = 3; // whatever was kept of an earlier one would show
        byte[] alone = run(lossy, frame(moving, "gif", frame)).bytes();
        // Two encoders of WebP are 3 apart; of two frames each differs by 10 and more.
        double distance = Samples.distance(frame(whole, "webp", frame), frame(alone, "webp", 0));
        assertTrue(distance < 6, "frame " + frame + " differs by " + distance);
    }

    @Test
    void aGifKeepsItsTimesAndLoops() throws IOException {
        byte[] small = run("image/resize,w_50", moving).bytes();
        for (String field : List.of("n-pages", "delay", "loop")) {
            assertEquals(
                    Samples.field(directory, moving, field),
                    Samples.field(directory, small, field),
                    field);
        }
        assertEquals(List.of(50, 25), Samples.size(directory, small));
    }

    @Test
    void anAnimationIsAsMuchWorkAsItsFrames() throws IOException {
        Path file = directory.resolve("frames.gif");
        gif(file, "color=red:s=100x100:r=20:d=10", 200);
        byte[] frames = Files.readAllBytes(file);
        long before = workers.figures().lane("light").passedOn();
        run("image/resize,w_90/format,jpg", frames); // its first frame alone
        assertEquals(before, workers.figures().lane("light").passedOn());
        run("image/resize,w_90", frames);
        assertEquals(before + 1, workers.figures().lane("light").passedOn());
    }

    @Test
    void framesWithoutEndTakeTheMemoryOfOne() throws IOException {
        Path file = directory.resolve("long.gif");
        gif(file, "color=red:s=352x352:r=20:d=100", 2000);
        byte[] long2000 = Files.readAllBytes(file);
        byte[] small = run("image/crop,w_8,h_8", long2000).bytes();
        assertEquals("2000", Samples.field(directory, small, "n-pages"));
        for (long pid : Samples.children("WorkerMain")) {
            String status = Files.readString(Path.of("/proc/" + pid + "/status"));
            String peak = status.lines().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("");
            long kilobytes = Long.parseLong(peak.replaceAll("[^0-9]", ""));
            assertTrue(kilobytes < 300_000, "a worker's peak is " + peak);
        }
    }

    @Test
    void aResultBeyondTheBoundsOverAllFramesIsRefused() throws IOException {
        Path file = directory.resolve("longer.gif");
        gif(file, "testsrc2=s=20x10:d=20:r=1", 20);
        byte[] longer = Files.readAllBytes(file);
        RefusedException e =
                assertThrows(
                        RefusedException.class,
                        () -> run("image/resize,w_10000,h_1600,m_fixed,limit_0", longer));
        assertEquals("ImageTooLarge", e.code(), e.text());
        assertTrue(e.text().contains("over all frames"), e.text());
    }

    private static Encoded run(String process, byte[] source) {
        boolean marked = process.contains("watermark,image");
        return marked
                ? Works.run(workers, process, source, mark)
                : Works.run(workers, process, source);
    }

    /** One frame as a PNG, by the system's own vips. */
    private static byte[] frame(byte[] animation, String format, int number) throws IOException {
        Path file = directory.resolve("animation." + format);
        Files.write(file, animation);
        Path png = directory.resolve("frame.png");
        Samples.run("vips", "copy", file + "[page=" + number + "]", png.toString());
        return Files.readAllBytes(png);
    }

    private static void gif(Path file, String source, int frames) throws IOException {
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
                Integer.toString(frames),
                file.toString());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
