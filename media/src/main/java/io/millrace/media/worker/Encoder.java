package io.millrace.media.worker;

import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.ImageOperation.Quality;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Turns an image into a file. */
final class Encoder {
    /** What is used when the source does not tell its own quality and the process asks for none. */
    private static final int USUAL_QUALITY = 80;

    /**
     * What the library keeps beside the pixels and a result needs; the rest tells of places, names
     * and cameras, and the library writes some of it even when it is told to strip.
     */
    private static final Set<String> KEPT =
            Set.of(
                    "width",
                    "height",
                    "bands",
                    "format",
                    "coding",
                    "interpretation",
                    "xoffset",
                    "yoffset",
                    "xres",
                    "yres",
                    "filename",
                    "n-pages",
                    "page-height",
                    "delay",
                    "gif-delay",
                    "loop",
                    "gif-loop",
                    "background",
                    "gif-palette");

    private Encoder() {}

    /**
     * How to write.
     *
     * @param orientation the EXIF orientation to keep, 1 for none; all other metadata (places,
     *     names) stay behind
     */
    record Settings(
            ImageFormat format,
            Optional<Quality> quality,
            OptionalInt sourceQuality,
            boolean progressive,
            int orientation) {

        /**
         * {@code Q} never above the source's, {@code q} percent of it; what no source tells counts
         * as 100.
         */
        int effectiveQuality() {
            int source = sourceQuality.orElse(100);
            return quality.map(
                            q ->
                                    q.absolute()
                                            ? Math.min(q.value(), source)
                                            : Math.max(1, q.value() * source / 100))
                    .orElse(Math.min(USUAL_QUALITY, source));
        }
    }

    static MemorySegment encode(VipsSession session, VipsImage image, Settings settings) {
        VipsImage ready = settings.format().keepsAlpha() ? image : PixelOperations.flatten(image);
        return switch (settings.format()) {
            case JPG ->
                    saver(ready, "jpegsave_buffer", settings)
                            .set("Q", settings.effectiveQuality())
                            .set("interlace", settings.progressive())
                            .bytes();
            case PNG -> saver(ready, "pngsave_buffer", settings).bytes();
            case WEBP ->
                    saver(ready, "webpsave_buffer", settings)
                            .set("Q", settings.effectiveQuality())
                            .bytes();
            case GIF -> saver(ready, "gifsave_buffer", settings).set("effort", 4).bytes();
            case TIFF ->
                    saver(ready, "tiffsave_buffer", settings).set("compression", "lzw").bytes();
            case AVIF ->
                    saver(ready, "heifsave_buffer", settings)
                            .set("compression", "av1")
                            .set("effort", 2)
                            .set("Q", heifQuality(settings))
                            .bytes();
            case HEIC ->
                    saver(ready, "heifsave_buffer", settings)
                            .set("compression", "hevc")
                            .set("Q", heifQuality(settings))
                            .bytes();
            case BMP -> Bmp.write(session, bytesOf(PixelOperations.toRgb(ready)));
        };
    }

    /** AVIF and HEIC reach at about 60 what JPEG reaches at 80. */
    private static int heifQuality(Settings settings) {
        return settings.quality().isPresent() ? settings.effectiveQuality() : 55;
    }

    private static VipsImage bytesOf(VipsImage image) {
        return image.with("cast").set("format", "uchar").image();
    }

    private static VipsOperation saver(VipsImage image, String nickname, Settings settings) {
        VipsImage copy = image.with("copy").image();
        boolean removed = true;
        while (removed) {
            removed = false;
            for (String field : copy.fields()) {
                removed |= !KEPT.contains(field) && copy.remove(field);
            }
        }
        if (settings.orientation() == 1) {
            return copy.with(nickname).set("strip", true);
        }
        copy.set("orientation", settings.orientation());
        return copy.with(nickname).set("strip", false);
    }
}
