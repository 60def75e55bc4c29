package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The image pipeline with the real libvips in real worker processes. */
@Timeout(300)
final class ImageWorkersTest {
    @TempDir static Path directory;
    private static ScheduledExecutorService timer;
    private static ImageWorkers workers;

    @BeforeAll
    static void open() {
        timer = Executors.newSingleThreadScheduledExecutor();
        workers = workers("libvips.so.42", Duration.ofSeconds(20));
    }

    @AfterAll
    static void close() {
        workers.close();
        timer.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "resize,w_100 100 75",
                "resize,m_mfit,w_100,h_100 133 100",
                "resize,m_fill,w_100,h_100 100 100",
                "resize,m_pad,w_100,h_100 100 100",
                "resize,m_fixed,w_101,h_53 101 53",
                "resize,p_33 132 99",
                "resize,w_800 400 300",
                "resize,w_801,limit_0 801 601",
                "crop,w_100,h_50,g_se,x_10,y_20 90 30",
                "rotate,90 300 400",
                "rotate,45 495 495",
                "circle,r_100 200 200",
                "circle,r_4096 300 300",
                "rounded-corners,r_30 400 300",
                "indexcrop,x_150,i_2 100 300",
                "indexcrop,y_100,i_9 400 300",
                "blur,r_3,s_2 400 300",
                "bright,30 400 300",
                "contrast,-30 400 300",
                "sharpen,100 400 300",
                "interlace,1 400 300",
                "resize,w_200/crop,w_100,h_100,g_center/rotate,180 100 100",
                "crop,w_200,h_200/resize,w_50 50 50"
            })
    void everyOperationHasItsGeometry(String process, int width, int height) throws IOException {
        Encoded result = run("image/" + process, Samples.picture(directory, "g.jpg"));
        assertEquals("image/jpeg", result.contentType());
        assertEquals(List.of(width, height), Samples.size(directory, result.bytes()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "webp", "tiff", "avif", "heic", "bmp", "gif"})
    void everyFormatIsReadAndWritten(String format) throws IOException {
        byte[] source = Samples.picture(directory, "f." + format.replace("tiff", "tif"));
        Encoded same = run("image/resize,w_100", source);
        assertEquals("image/" + format.replace("jpg", "jpeg"), same.contentType());
        assertEquals(List.of(100, 75), Samples.size(directory, same.bytes()));
        byte[] png = run("image/resize,w_200/format,png", source).bytes();
        byte[] reference = run("image/resize,w_200", Samples.picture(directory, "f.png")).bytes();
        assertTrue(Samples.distance(png, reference) < 8, "it shows the same picture");
        if (!format.equals("gif")) {
            byte[] png400 = Samples.picture(directory, "f.png");
            Encoded written = run("image/format," + format, png400);
            assertEquals(List.of(400, 300), Samples.size(directory, written.bytes()));
        }
    }

    @Test
    void gifComesOnlyFromGifAndKeepsItsFrames() throws IOException {
        byte[] png = Samples.picture(directory, "n.png");
        assertRefused(400, "InvalidArgument", "image/format,gif", png);
        Path file = directory.resolve("moving.gif");
        Samples.run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=200x100:d=1:r=5",
                file.toString());
        byte[] small = run("image/resize,w_50", Files.readAllBytes(file)).bytes();
        assertEquals("5", Samples.field(directory, small, "n-pages"));
        assertEquals(List.of(50, 25), Samples.size(directory, small));
        byte[] still = run("image/format,jpg", Files.readAllBytes(file)).bytes();
        assertEquals(List.of(200, 100), Samples.size(directory, still));
    }

    @Test
    void aResizeLooksAsVipsthumbnailMakesIt() throws IOException {
        Path big = directory.resolve("big.jpg");
        Files.write(big, Samples.picture(directory, "big.jpg", 2000, 1500));
        Path small = directory.resolve("small.png");
        Samples.run("vipsthumbnail", big.toString(), "-s", "400x300", "-o", small.toString());
        byte[] ours = run("image/resize,w_400/format,png", Files.readAllBytes(big)).bytes();
        double distance = Samples.distance(ours, Files.readAllBytes(small));
        assertTrue(distance < 1.5, "mean difference " + distance);
    }

    @Test
    void paddingHasTheColourAskedForAndFillCutsTheMiddle() throws IOException {
        byte[] source = Samples.picture(directory, "pad.png");
        BufferedImage padded =
                Samples.decode(run("image/resize,m_pad,w_100,h_100,color_FF8000", source).bytes());
        assertEquals(0xFFFF8000, padded.getRGB(50, 2));
        byte[] filled = run("image/resize,m_fill,w_300,h_300", source).bytes();
        byte[] middle = run("image/crop,w_300,h_300,g_center", source).bytes();
        assertTrue(Samples.distance(filled, middle) < 0.01);
    }

    @Test
    void cropTakesTheVeryPixels() throws IOException {
        byte[] source = Samples.picture(directory, "crop.png");
        BufferedImage whole = Samples.decode(source);
        BufferedImage cut =
                Samples.decode(run("image/crop,w_20,h_10,x_30,y_40,g_nw", source).bytes());
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                assertEquals(whole.getRGB(30 + x, 40 + y), cut.getRGB(x, y));
            }
        }
        assertRefused(400, "BadRequest", "image/crop,x_400", source);
    }

    @Test
    void qualityIsRelativeOrAbsoluteButNeverAboveTheSource() throws IOException {
        byte[] source = Samples.picture(directory, "q.jpg"); // made with 90
        int full = run("image/quality,Q_90", source).bytes().length;
        int capped = run("image/quality,Q_100", source).bytes().length;
        int half = run("image/quality,q_50", source).bytes().length;
        int absolute = run("image/quality,Q_45", source).bytes().length;
        int low = run("image/quality,Q_20", source).bytes().length;
        assertEquals(full, capped);
        assertEquals(absolute, half, "50 percent of 90 is 45");
        assertTrue(low < half && half < full);
    }

    @Test
    void orientationIsAppliedWhenAskedForAndKeptWhenNot() throws IOException {
        byte[] source = oriented(6); // shown turned by 90° clockwise
        Encoded upright = run("image/auto-orient,1/resize,h_100", source);
        assertEquals(List.of(75, 100), Samples.size(directory, upright.bytes()));
        assertTrue(Samples.field(directory, upright.bytes(), "orientation").matches("1?"));
        Encoded kept = run("image/resize,w_100", source);
        assertEquals(List.of(100, 75), Samples.size(directory, kept.bytes()));
        assertEquals("6", Samples.field(directory, kept.bytes(), "orientation"));
        Encoded later = run("image/resize,w_100/auto-orient,1/format,png", source);
        assertEquals(List.of(75, 100), Samples.size(directory, later.bytes()));
        byte[] turned =
                run("image/rotate,90/resize,h_100/format,png", Samples.picture(directory, "o.jpg"))
                        .bytes();
        byte[] applied = run("image/auto-orient,1/resize,h_100/format,png", source).bytes();
        assertTrue(Samples.distance(turned, applied) < 4);
    }

    @Test
    void infoIsJsonWithExif() throws IOException {
        byte[] source = oriented(6);
        Encoded info = run("image/info", source);
        assertEquals("application/json", info.contentType());
        String json = new String(info.bytes(), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"ImageWidth\":{\"value\":\"400\"}"), json);
        assertTrue(json.contains("\"ImageHeight\":{\"value\":\"300\"}"), json);
        assertTrue(json.contains("\"Format\":{\"value\":\"jpg\"}"), json);
        assertTrue(json.contains("\"FileSize\":{\"value\":\"" + source.length + "\"}"), json);
        assertTrue(json.contains("\"Orientation\":{\"value\":\"6\"}"), json);
    }

    @Test
    void averageHueIsTheMeanColour() throws IOException {
        Path red = directory.resolve("red.png");
        Samples.run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "color=c=0xFF0000:s=64x64",
                "-frames:v",
                "1",
                red.toString());
        Encoded hue = run("image/average-hue", Files.readAllBytes(red));
        String json = new String(hue.bytes(), StandardCharsets.UTF_8);
        assertTrue(json.matches("\\{\"RGB\": \"0xf[c-f]0[0-3]0[0-3]\"}"), json);
    }

    @Test
    void cornersAreTransparentOrWhite() throws IOException {
        byte[] source = Samples.picture(directory, "r.jpg");
        BufferedImage png =
                Samples.decode(run("image/rounded-corners,r_50/format,png", source).bytes());
        assertEquals(0, png.getRGB(0, 0) >>> 24);
        assertEquals(255, png.getRGB(200, 150) >>> 24);
        BufferedImage jpg = Samples.decode(run("image/circle,r_100", source).bytes());
        assertTrue((jpg.getRGB(2, 2) & 0xFF) > 240 && (jpg.getRGB(2, 2) >> 16 & 0xFF) > 240);
    }

    @Test
    void watermarksAreLaidOverTheImage() throws IOException {
        byte[] source = Samples.picture(directory, "w.png");
        byte[] mark = Samples.picture(directory, "mark.png", 64, 64);
        String image = "image/watermark,image_" + base64("m.png") + ",g_nw,x_0,y_0";
        BufferedImage marked = Samples.decode(run(image, source, mark).bytes());
        BufferedImage expected = Samples.decode(mark);
        assertEquals(expected.getRGB(10, 10), marked.getRGB(10, 10));
        assertEquals(Samples.decode(source).getRGB(300, 200), marked.getRGB(300, 200));
        byte[] text = run("image/watermark,text_" + base64("a <b> & c"), source).bytes();
        double distance = Samples.distance(source, text);
        assertTrue(distance > 0.1 && distance < 30, "distance " + distance);
        assertRefused(
                400, "WatermarkError", image, source, "no image".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void bombsAreRefusedFromTheirHeaders() throws IOException {
        assertRefused(400, "ImageTooLarge", "image/resize,w_100", Samples.blackPng(30_000, 30_000));
        assertRefused(400, "ImageTooLarge", "image/resize,w_100", Samples.blackPng(30_001, 10));
        assertRefused(400, "ImageTooLarge", "image/resize,w_100", hugeGif());
        assertRefused(400, "ImageTooLarge", "image/resize,w_100", hugeTiff());
        assertRefused(400, "BadRequest", "image/resize,w_100", hugeWebp());
        assertRefused(400, "ImageTooLarge", "image/info", Samples.blackPng(30_000, 30_000));
        for (long pid : Samples.children("WorkerMain")) {
            String status = Files.readString(Path.of("/proc/" + pid + "/status"));
            String peak = status.lines().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("");
            long kilobytes = Long.parseLong(peak.replaceAll("[^0-9]", ""));
            assertTrue(kilobytes < 400_000, "a worker's peak is " + peak);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "webp", "gif", "avif", "heic", "bmp", "tif"})
    void filesCutShortAreRefused(String format) throws IOException {
        byte[] whole = Samples.picture(directory, "cut." + format);
        for (int percent : new int[] {1, 30, 70}) {
            byte[] cut = Arrays.copyOf(whole, Math.max(1, whole.length * percent / 100));
            assertRefused(400, "BadRequest", "image/resize,w_100", cut);
        }
    }

    @Test
    void whatIsNoImageIsRefused() {
        byte[] text =
                "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"
                        .getBytes(StandardCharsets.UTF_8);
        assertRefused(400, "BadRequest", "image/resize,w_100", text);
        assertRefused(
                400,
                "BadRequest",
                "image/resize,w_100",
                "%PDF-1.4".getBytes(StandardCharsets.UTF_8));
        assertRefused(400, "BadRequest", "image/resize,w_100", new byte[0]);
        assertRefused(400, "ImageTooLarge", "image/resize,w_100", new byte[(20 << 20) + 1]);
    }

    @Test
    void aLibraryThatIsNotThereIsNamed() {
        try (ImageWorkers none = workers("libnowhere.so.1", Duration.ofSeconds(5))) {
            RefusedException e =
                    assertThrows(
                            RefusedException.class,
                            () -> Works.run(none, "image/info", new byte[10]));
            assertEquals(501, e.status());
            assertEquals("NotImplemented", e.code());
            assertTrue(e.detail().contains("libnowhere.so.1"), e.detail());
            assertThrows(RefusedException.class, none::version);
        }
    }

    @Test
    void theVersionIsTheSystems() throws IOException {
        assertEquals("vips-" + workers.version(), Samples.run("vips", "--version").strip());
    }

    private static ImageWorkers workers(String libvips, Duration deadline) {
        return Works.workers(2, libvips, deadline, directory, timer);
    }

    private static Encoded run(String process, byte[] source, byte[]... watermarks) {
        return Works.run(workers, process, source, watermarks);
    }

    private static void assertRefused(
            int status, String code, String process, byte[] source, byte[]... watermarks) {
        RefusedException e =
                assertThrows(RefusedException.class, () -> run(process, source, watermarks));
        assertEquals(status + " " + code, e.status() + " " + e.code(), e.text());
    }

    private static byte[] oriented(int orientation) throws IOException {
        Path plain = directory.resolve("o.jpg");
        Samples.picture(directory, "o.jpg");
        Path file = directory.resolve("o" + orientation + ".jpg");
        // An EXIF block of one tag, put in by hand behind the first two bytes.
        byte[] jpeg = Files.readAllBytes(plain);
        ByteBuffer app1 = ByteBuffer.allocate(36);
        app1.put((byte) 0xFF).put((byte) 0xE1).putShort((short) 34);
        app1.put("Exif\0\0MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8);
        app1.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
        app1.putShort((short) orientation).putShort((short) 0).putInt(0);
        ByteBuffer out = ByteBuffer.allocate(jpeg.length + 36);
        out.put(jpeg, 0, 2).put(app1.array()).put(jpeg, 2, jpeg.length - 2);
        Files.write(file, out.array());
        return out.array();
    }

    private static byte[] hugeGif() {
        ByteBuffer gif = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        gif.put("GIF89a".getBytes(StandardCharsets.US_ASCII)).putShort((short) 60000);
        gif.putShort((short) 60000).put((byte) 0x80).putShort((short) 0).put(new byte[6]);
        gif.put((byte) 0x2C)
                .putInt(0)
                .putShort((short) 60000)
                .putShort((short) 60000)
                .put((byte) 0);
        gif.put(new byte[] {2, 2, 0x4C, 1, 0, 0x3B});
        return Arrays.copyOf(gif.array(), gif.position());
    }

    private static byte[] hugeTiff() {
        int[][] tags = {
            {256, 4, 29000},
            {257, 4, 29000},
            {258, 3, 8},
            {259, 3, 5},
            {262, 3, 1},
            {273, 4, 200},
            {277, 3, 1},
            {278, 4, 29000},
            {279, 4, 8}
        };
        ByteBuffer tiff = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        tiff.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
        tiff.putShort((short) tags.length);
        for (int[] tag : tags) {
            tiff.putShort((short) tag[0]).putShort((short) tag[1]).putInt(1).putInt(tag[2]);
        }
        return tiff.array();
    }

    /** A canvas of 16,384 × 16,384 that holds no picture of that size. */
    private static byte[] hugeWebp() {
        ByteBuffer webp = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        webp.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(56);
        webp.put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(0);
        webp.put(new byte[] {(byte) 0xFF, (byte) 0x3F, 0, (byte) 0xFF, (byte) 0x3F, 0});
        return webp.array();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
