package io.millrace.media.image;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.media.Samples;
import io.millrace.media.process.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a caller reads of a picture that fails is our words; the engine's are for the log. */
@Timeout(120)
final class PlainWordsTest {
    /** Names of libraries, their functions and operations, of paths and of processes. */
    private static final String RAW =
            "(?s).*(vips|libpng|libjpeg|load|save_|buffer|heif:|webp:|spng|magick|/tmp|/usr|java|\\.so).*";

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
    void whatTheEngineSaysStaysInTheLog() throws IOException {
        for (String format : new String[] {"jpg", "png", "webp", "tif", "avif", "heic"}) {
            byte[] whole = Samples.picture(directory, "cut." + format);
            byte[] cut = Arrays.copyOf(whole, whole.length / 2);
            RefusedException e = refused(workers, "image/resize,w_50", cut);
            assertFalse(e.detail().isEmpty(), format + " has the engine's words for the log");
        }
        byte[] source = Samples.picture(directory, "good.png");
        byte[] mark = Arrays.copyOf(source, source.length / 2);
        refused(workers, "image/watermark,image_bQ", source, mark);
        refused(workers, "image/info", "no image".getBytes(StandardCharsets.UTF_8));
        byte[] overflow = source.clone();
        Arrays.fill(overflow, 40, 60, (byte) 0xFF);
        refused(workers, "image/blur,r_3,s_3", overflow);
    }

    @Test
    void aMissingLibraryIsNoPathToReadForStrangers() {
        try (ImageWorkers none =
                Works.workers(
                        1, "/usr/lib/nowhere.so.1", Duration.ofSeconds(5), directory, timer)) {
            RefusedException e =
                    assertThrows(
                            RefusedException.class,
                            () -> Works.run(none, "image/info", new byte[10]));
            assertFalse(e.text().contains("/"), e.text());
            assertTrue(e.detail().contains("/usr/lib/nowhere.so.1"), e.detail());
        }
    }

    private static RefusedException refused(
            ImageWorkers by, String process, byte[] source, byte[]... marks) {
        RefusedException e =
                assertThrows(RefusedException.class, () -> Works.run(by, process, source, marks));
        assertFalse(e.text().toLowerCase(Locale.ROOT).matches(RAW), e.text());
        return e;
    }
}
