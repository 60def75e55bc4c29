package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.media.process.Geometry;
import io.millrace.media.process.ImageOperation.Blur;
import io.millrace.media.process.ImageOperation.Mode;
import io.millrace.media.process.ImageOperation.Resize;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** The operations that change pixels, one method each, image in and image out. */
final class PixelOperations {
    private PixelOperations() {}

    static VipsImage scale(VipsImage image, int width, int height) {
        if (image.width() == width && image.height() == height) {
            return image;
        }
        if (image.repeated()) {
            return resized(image, width, height);
        }
        return image.with("thumbnail_image")
                .set("width", width)
                .set("height", height)
                .set("size", "force")
                .set("no_rotate", true)
                .image();
    }

    /**
     * What thumbnail_image does for sRGB, by hand: with that one libvips never notices that the
     * source has changed.
     */
    private static VipsImage resized(VipsImage image, int width, int height) {
        VipsImage ready = image.hasAlpha() ? bytes(image.with("premultiply").image()) : image;
        VipsImage scaled =
                ready.with("resize")
                        .set("scale", (double) width / image.width())
                        .set("vscale", (double) height / image.height())
                        .image();
        VipsImage exact = crop(scaled, new Geometry.Box(0, 0, width, height));
        return image.hasAlpha() ? bytes(exact.with("unpremultiply").image()) : exact;
    }

    private static VipsImage bytes(VipsImage image) {
        return image.with("cast").set("format", "uchar").image();
    }

    /** The second half of a resize: cuts or pads the scaled image to the size asked for. */
    static VipsImage fit(VipsImage image, Resize resize, Geometry.Scaled scaled) {
        int across = scaled.width() - scaled.scaledWidth();
        int down = scaled.height() - scaled.scaledHeight();
        if (across == 0 && down == 0) {
            return image;
        }
        if (resize.mode() == Mode.FILL) {
            return crop(
                    image,
                    new Geometry.Box(-across / 2, -down / 2, scaled.width(), scaled.height()));
        }
        VipsImage colour = toRgb(image);
        return colour.with("embed")
                .set("x", across / 2)
                .set("y", down / 2)
                .set("width", scaled.width())
                .set("height", scaled.height())
                .set("extend", "background")
                .set("background", background(colour, resize.color()))
                .image();
    }

    static VipsImage crop(VipsImage image, Geometry.Box box) {
        if (box.width() == image.width() && box.height() == image.height()) {
            return image;
        }
        return image.as("input", "extract_area")
                .set("left", box.x())
                .set("top", box.y())
                .set("width", box.width())
                .set("height", box.height())
                .image();
    }

    static VipsImage rotate(VipsImage image, int degrees, boolean keepsAlpha) {
        if (degrees % 360 == 0) {
            return image;
        }
        VipsImage whole = image.inMemory();
        if (degrees % 90 == 0) {
            return whole.with("rot").set("angle", "d" + degrees).image();
        }
        VipsImage ready = keepsAlpha ? withAlpha(toRgb(whole)) : toRgb(whole);
        String background = keepsAlpha ? "255 255 255 0" : background(ready, 0xFFFFFF);
        VipsImage turned =
                ready.with("rotate").set("angle", degrees).set("background", background).image();
        Geometry.requireResult(turned.width(), turned.height(), 1);
        return turned;
    }

    static VipsImage blur(VipsImage image, Blur blur) {
        // The smallest amplitude that still counts gives the kernel the radius asked for.
        double least =
                Math.exp(
                        -0.5
                                * blur.radius()
                                * blur.radius()
                                / ((double) blur.sigma() * blur.sigma()));
        return image.with("gaussblur")
                .set("sigma", (double) blur.sigma())
                .set("min_ampl", Math.max(0.001, least))
                .image();
    }

    static VipsImage bright(VipsImage image, int amount) {
        return linear(image, 1, amount * 1.28);
    }

    static VipsImage contrast(VipsImage image, int amount) {
        double slope = (100 + amount) / 100.0;
        return linear(image, slope, 128 * (1 - slope));
    }

    static VipsImage sharpen(VipsImage image, int amount) {
        return image.with("sharpen")
                .set("sigma", 1.0)
                .set("m1", amount / 200.0)
                .set("m2", amount / 100.0)
                .image();
    }

    /** The inscribed circle in the middle, in a square that just holds it. */
    static VipsImage circle(VipsSession session, VipsImage image, int radius) {
        int r = Math.min(radius, Math.min(image.width(), image.height()) / 2);
        if (r == 0) {
            return image;
        }
        VipsImage square =
                crop(
                        image,
                        new Geometry.Box(
                                image.width() / 2 - r, image.height() / 2 - r, 2 * r, 2 * r));
        return roundedCorners(session, square, r);
    }

    static VipsImage roundedCorners(VipsSession session, VipsImage image, int radius) {
        int width = image.width();
        int height = image.height();
        int r = Math.min(radius, Math.min(width, height) / 2);
        VipsImage mask = session.image(cornerMask(session, width, height, r), width, height, 1);
        return multiplyAlpha(session, toRgb(image), mask);
    }

    /** The same image with its opacity multiplied by {@code mask}, one band of bytes. */
    static VipsImage multiplyAlpha(VipsSession session, VipsImage image, VipsImage mask) {
        if (!image.hasAlpha()) {
            return session.operation("bandjoin")
                    .set("in", java.util.List.of(image, mask))
                    .image()
                    .with("copy")
                    .set("interpretation", "srgb")
                    .image();
        }
        int colours = image.bands() - 1;
        VipsImage alpha = image.with("extract_band").set("band", colours).image();
        VipsImage product =
                session.operation("multiply").set("left", alpha).set("right", mask).image();
        VipsImage scaled =
                product.with("linear")
                        .set("a", "0.00392157")
                        .set("b", "0")
                        .set("uchar", true)
                        .image();
        VipsImage opaque = image.with("extract_band").set("band", 0).set("n", colours).image();
        return session.operation("bandjoin").set("in", java.util.List.of(opaque, scaled)).image();
    }

    /** Three bands of bytes in sRGB, and alpha when there was one. */
    static VipsImage toRgb(VipsImage image) {
        return image.with("colourspace").set("space", "srgb").image();
    }

    static VipsImage withAlpha(VipsImage image) {
        return image.hasAlpha() ? image : image.with("bandjoin_const").set("c", "255").image();
    }

    /** Transparent pixels laid on white. */
    static VipsImage flatten(VipsImage image) {
        return image.hasAlpha()
                ? image.with("flatten").set("background", "255 255 255").image()
                : image;
    }

    private static VipsImage linear(VipsImage image, double slope, double offset) {
        VipsImage colour = toRgb(image);
        StringBuilder a = new StringBuilder();
        StringBuilder b = new StringBuilder();
        for (int band = 0; band < colour.bands(); band++) {
            boolean alpha = band == 3;
            a.append(String.format(Locale.ROOT, "%.6f ", alpha ? 1 : slope));
            b.append(String.format(Locale.ROOT, "%.6f ", alpha ? 0 : offset));
        }
        return colour.with("linear")
                .set("a", a.toString().strip())
                .set("b", b.toString().strip())
                .set("uchar", true)
                .image();
    }

    private static String background(VipsImage image, int color) {
        String rgb = (color >> 16 & 0xFF) + " " + (color >> 8 & 0xFF) + " " + (color & 0xFF);
        return image.hasAlpha() ? rgb + " 255" : rgb;
    }

    private static MemorySegment cornerMask(VipsSession session, int width, int height, int r) {
        MemorySegment mask = session.arena.allocate((long) width * height).fill((byte) 255);
        for (int y = 0; y < r; y++) {
            for (int x = 0; x < r; x++) {
                // Distance from the corner's centre to the pixel's; half a pixel each way is the
                // soft edge.
                double distance = Math.hypot(r - x - 0.5, r - y - 0.5);
                byte cover = (byte) Math.round(255 * Math.clamp(r - distance + 0.5, 0.0, 1.0));
                put(mask, width, x, y, cover);
                put(mask, width, width - 1 - x, y, cover);
                put(mask, width, x, height - 1 - y, cover);
                put(mask, width, width - 1 - x, height - 1 - y, cover);
            }
        }
        return mask;
    }

    private static void put(MemorySegment mask, int width, int x, int y, byte value) {
        mask.set(JAVA_BYTE, (long) y * width + x, value);
    }
}
