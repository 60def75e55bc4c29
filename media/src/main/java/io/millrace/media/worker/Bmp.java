package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.media.process.RefusedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Windows bitmaps, read and written here, because libvips leaves them to ImageMagick, which must
 * not see an upload. Reads the uncompressed kinds of 8 (palette), 24 and 32 bits; writes 24 bits.
 */
final class Bmp {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HEADER_BYTES = 54;

    private Bmp() {}

    static VipsImage read(VipsSession session, MemorySegment bmp) {
        if (bmp.byteSize() < HEADER_BYTES) {
            throw RefusedException.badRequest("The image can't be decoded: the BMP is cut short.");
        }
        int infoSize = bmp.get(INT, 14);
        int width = bmp.get(INT, 18);
        int rawHeight = bmp.get(INT, 22);
        int bits = bmp.get(SHORT, 28);
        int compression = bmp.get(INT, 30);
        long offset = Integer.toUnsignedLong(bmp.get(INT, 10));
        boolean known =
                infoSize >= 40
                        && (bits == 8 || bits == 24 || bits == 32)
                        && (compression == 0 || (compression == 3 && bits == 32));
        if (!known) {
            throw RefusedException.badRequest(
                    "This kind of BMP is not supported; uncompressed ones of 8, 24 and 32 bits"
                            + " are.");
        }
        int height = Math.abs(rawHeight);
        long stride = ((long) width * bits + 31) / 32 * 4;
        if (width <= 0
                || height <= 0
                || width > 30_000
                || height > 30_000
                || offset + stride * height > bmp.byteSize()) {
            throw RefusedException.badRequest("The image can't be decoded: the BMP is cut short.");
        }
        MemorySegment pixels = session.arena.allocate((long) width * height * 3);
        for (int y = 0; y < height; y++) {
            long row = offset + stride * (rawHeight > 0 ? height - 1 - y : y);
            for (int x = 0; x < width; x++) {
                long from =
                        bits == 8
                                ? paletteEntry(bmp, infoSize, row + x, offset)
                                : row + (long) x * bits / 8;
                long to = ((long) y * width + x) * 3;
                for (int band = 0; band < 3; band++) {
                    pixels.set(JAVA_BYTE, to + band, bmp.get(JAVA_BYTE, from + 2 - band));
                }
            }
        }
        return session.image(pixels, width, height, 3)
                .with("copy")
                .set("interpretation", "srgb")
                .image();
    }

    /** {@code image}, 3 bands of bytes, as a file of 24 bits a pixel. */
    static MemorySegment write(VipsSession session, VipsImage image) {
        int width = image.width();
        int height = image.height();
        int stride = (width * 3 + 3) / 4 * 4;
        MemorySegment out = session.arena.allocate(HEADER_BYTES + (long) stride * height);
        out.set(JAVA_BYTE, 0, (byte) 'B');
        out.set(JAVA_BYTE, 1, (byte) 'M');
        out.set(INT, 2, (int) out.byteSize());
        out.set(INT, 10, HEADER_BYTES);
        out.set(INT, 14, 40);
        out.set(INT, 18, width);
        out.set(INT, 22, height);
        out.set(SHORT, 26, (short) 1);
        out.set(SHORT, 28, (short) 24);
        out.set(INT, 34, stride * height);
        return image.pixels(
                pixels -> {
                    for (int y = 0; y < height; y++) {
                        long row = HEADER_BYTES + (long) stride * (height - 1 - y);
                        for (int x = 0; x < width; x++) {
                            long from = ((long) y * width + x) * 3;
                            for (int band = 0; band < 3; band++) {
                                out.set(
                                        JAVA_BYTE,
                                        row + x * 3L + 2 - band,
                                        pixels.get(JAVA_BYTE, from + band));
                            }
                        }
                    }
                    return out;
                });
    }

    private static long paletteEntry(MemorySegment bmp, int infoSize, long at, long end) {
        long entry = 14L + infoSize + 4L * (bmp.get(JAVA_BYTE, at) & 0xFF);
        return Math.min(entry, Math.max(14L + infoSize, end - 4));
    }
}
