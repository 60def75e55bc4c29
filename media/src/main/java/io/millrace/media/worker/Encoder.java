package io.millrace.media.worker;

import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.ImageOperation.Quality;
import io.millrace.media.process.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Turns an image into a file. */
final class Encoder {
    /** What is used when the source does not tell its own quality and the process asks for none. */
    private static final int USUAL_QUALITY = 80;

    private static final int MAX_WEBP_SIDE = 16_383;

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
     * @param paletteBits how many bits a pixel has in the palette that a PNG keeps; 0 for none
     * @param orientation the EXIF orientation to keep, 1 for none; all other metadata (places,
     *     names) stay behind
     */
    record Settings(
            ImageFormat format,
            Optional<Quality> quality,
            OptionalInt sourceQuality,
            boolean progressive,
            int paletteBits,
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

    /**
     * The file. @throws RefusedException when the format has no room for so large a picture, or the
     * encoder none in this process
     */
    static MemorySegment encode(VipsSession session, VipsImage image, Settings settings) {
        if (settings.format() == ImageFormat.WEBP
                && Math.max(image.width(), image.height()) > MAX_WEBP_SIDE) {
            throw RefusedException.tooLarge(
                    "A WebP has at most "
                            + MAX_WEBP_SIDE
                            + " pixels a side; ask for another format or resize first.");
        }
        MemorySegment file = written(session, image, settings);
        if (settings.format() == ImageFormat.AVIF || settings.format() == ImageFormat.HEIC) {
            requireWhole(session, file, image);
        }
        return file;
    }

    /**
     * Without memory the encoder of these writes a file that holds no picture, and says nothing.
     */
    private static void requireWhole(VipsSession session, MemorySegment file, VipsImage image) {
        boolean whole;
        try {
            Source written = Source.read(session, file);
            whole = written.width() == image.width() && written.height() == image.height();
        } catch (RefusedException e) {
            whole = false;
        }
        if (!whole) {
            throw RefusedException.tooLarge("The image takes too much memory to process.");
        }
    }

    private static MemorySegment written(VipsSession session, VipsImage image, Settings settings) {
        VipsImage ready = settings.format().keepsAlpha() ? image : PixelOperations.flatten(image);
        return switch (settings.format()) {
            case JPG ->
                    saver(ready, "jpegsave_buffer", settings)
                            .set("Q", settings.effectiveQuality())
                            .set("interlace", settings.progressive())
                            .bytes();
            case PNG -> png(saver(ready, "pngsave_buffer", settings), settings.paletteBits());
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

    /**
     * The library filters nothing unless told to, which costs photographs a tenth and drawings half
     * as much again. The colours of a palette come back as they were: there are no more of them.
     */
    private static MemorySegment png(VipsOperation saver, int paletteBits) {
        return paletteBits == 0
                ? saver.set("filter", "all").bytes()
                : saver.set("palette", true)
                        .set("bitdepth", paletteBits)
                        .set("Q", 100)
                        .set("dither", 0.0)
                        .bytes();
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
