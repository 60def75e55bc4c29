package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.media.process.Geometry;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * The uploaded bytes and what their header says. Reading it decodes no pixel, and a picture beyond
 * the bounds is refused here.
 */
final class Source {
    private static final int MAX_FRAMES = 2_000;

    private final VipsSession session;
    private final MemorySegment bytes;
    private final ImageFormat format;
    private final VipsImage header;
    private final int frames;

    private Source(
            VipsSession session,
            MemorySegment bytes,
            ImageFormat format,
            VipsImage header,
            int frames) {
        this.session = session;
        this.bytes = bytes;
        this.format = format;
        this.header = header;
        this.frames = frames;
    }

    /**
     * Reads the header. @throws RefusedException when it is no image, is broken, or is too large
     */
    static Source read(VipsSession session, MemorySegment bytes) {
        byte[] head = bytes.asSlice(0, Math.min(64, bytes.byteSize())).toArray(JAVA_BYTE);
        ImageFormat format =
                ImageFormat.sniff(head)
                        .orElseThrow(
                                () ->
                                        RefusedException.badRequest(
                                                "This is not an image of a supported format (jpg,"
                                                        + " png, webp, gif, tiff, bmp, avif, heic)."));
        if (format == ImageFormat.GIF && !GifBlocks.whole(bytes)) {
            throw RefusedException.badRequest("The image can't be decoded: the GIF is cut short.");
        }
        VipsImage header;
        try {
            header =
                    format == ImageFormat.BMP
                            ? Bmp.read(session, bytes)
                            : loader(session, bytes, format).image();
        } catch (VipsException e) {
            throw broken(e);
        }
        int frames = format == ImageFormat.TIFF ? 1 : header.integer("n-pages").orElse(1);
        if (format == ImageFormat.HEIC || format == ImageFormat.AVIF) {
            frames = 1;
        }
        Source source = new Source(session, bytes, format, header, frames);
        source.requireBounds();
        return source;
    }

    static RefusedException broken(VipsException e) {
        String reason = String.valueOf(e.getMessage());
        if (reason.contains("out of memory")) {
            return RefusedException.tooLarge("The image takes too much memory to process.")
                    .because(reason);
        }
        return RefusedException.badRequest(
                        "The image can't be decoded: its file is broken or cut short.")
                .because(reason);
    }

    ImageFormat format() {
        return format;
    }

    int width() {
        return header.width();
    }

    int height() {
        return header.height();
    }

    int frames() {
        return frames;
    }

    /** EXIF orientation, 1–8. */
    int orientation() {
        int value = header.integer("orientation").orElse(1);
        return value >= 1 && value <= 8 ? value : 1;
    }

    /** Bits a pixel in the palette of a PNG, 1–8; 0 where there is none. */
    int paletteBits() {
        boolean small = (long) width() * height() <= Geometry.MAX_RESIZED_PIXELS;
        return format == ImageFormat.PNG && small
                ? header.integer("palette-bit-depth").orElse(0)
                : 0;
    }

    /** The opened image; only its fields may be read. */
    VipsImage header() {
        return header;
    }

    MemorySegment bytes() {
        return bytes;
    }

    /** The quality that the source was written with, where that can be told. */
    OptionalInt quality() {
        return format == ImageFormat.JPG ? JpegQuality.estimate(bytes) : OptionalInt.empty();
    }

    /** The first frame, decoded from top to bottom when its pixels are asked for. */
    VipsImage open() {
        return header;
    }

    /** The first frame scaled while it is decoded, which is far cheaper than decoding it whole. */
    VipsImage openScaled(int width, int height) {
        if (format == ImageFormat.BMP) {
            return PixelOperations.scale(header, width, height);
        }
        return session.operation("thumbnail_buffer")
                .set("buffer", bytes)
                .set("width", width)
                .set("height", height)
                .set("size", "force")
                .set("no_rotate", true)
                // Some versions do not hand their own fail_on to the loader.
                .set("fail_on", "error")
                .set("option_string", "[fail_on=error]")
                .image();
    }

    /** All frames in one tall image, readable once from top to bottom. */
    VipsImage openAllFrames() {
        return loader(session, bytes, format).set("n", -1).image();
    }

    private static VipsOperation loader(
            VipsSession session, MemorySegment bytes, ImageFormat format) {
        String nickname =
                switch (format) {
                    case JPG -> "jpegload_buffer";
                    case PNG -> "pngload_buffer";
                    case WEBP -> "webpload_buffer";
                    case GIF -> "gifload_buffer";
                    case TIFF -> "tiffload_buffer";
                    case AVIF, HEIC -> "heifload_buffer";
                    case BMP -> throw new IllegalStateException("libvips is not let near BMP");
                };
        return session.operation(nickname)
                .set("buffer", bytes)
                .set("access", "sequential")
                .set("fail_on", "error");
    }

    private void requireBounds() {
        long pixels = (long) width() * height() * frames;
        if (width() > Geometry.MAX_SIDE
                || height() > Geometry.MAX_SIDE
                || pixels > Geometry.MAX_PIXELS
                || frames > MAX_FRAMES) {
            throw RefusedException.tooLarge(
                    "The image is "
                            + width()
                            + "×"
                            + height()
                            + (frames > 1 ? " with " + frames + " frames" : "")
                            + "; the most is 30000 a side and 250000000 pixels over all frames.");
        }
    }
}
