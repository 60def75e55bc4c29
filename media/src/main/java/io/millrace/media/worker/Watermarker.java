package io.millrace.media.worker;

import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.Placement;
import io.millrace.media.process.ImageOperation.TextWatermark;
import java.util.Locale;

/** Lays a picture or a text over the image. */
final class Watermarker {
    private Watermarker() {}

    /** {@code mark} laid over {@code main} as {@code settings} say. */
    static VipsImage image(
            VipsSession session, VipsImage main, ImageWatermark settings, VipsImage mark) {
        VipsImage ready = PixelOperations.withAlpha(PixelOperations.toRgb(mark));
        if (settings.percent() > 0) {
            int width = Math.max(1, main.width() * settings.percent() / 100);
            double scale = (double) width / ready.width();
            int height = (int) Math.max(1, Math.round(ready.height() * scale));
            ready = PixelOperations.scale(ready, width, height);
        }
        return lay(
                session, main, fade(ready, settings.placement().opacity()), settings.placement());
    }

    static VipsImage text(VipsSession session, VipsImage main, TextWatermark settings) {
        VipsImage mask =
                session.operation("text")
                        .set("text", escape(settings.text()))
                        .set("font", settings.font() + " " + settings.size())
                        .set("dpi", 72)
                        .image();
        VipsImage mark = coloured(session, mask, settings.color());
        if (settings.shadow() > 0) {
            int offset = Math.max(1, settings.size() / 20);
            VipsImage dark = fade(coloured(session, mask, 0), settings.shadow());
            VipsImage canvas = grow(dark, offset, offset, offset);
            mark = compose(session, canvas, mark, 0, 0);
        }
        if (settings.degrees() % 360 != 0) {
            mark =
                    mark.inMemory()
                            .with("rotate")
                            .set("angle", settings.degrees())
                            .set("background", "0 0 0 0")
                            .image();
        }
        mark = fade(mark, settings.placement().opacity());
        return settings.fill()
                ? tile(session, main, mark)
                : lay(session, main, mark, settings.placement());
    }

    private static VipsImage tile(VipsSession session, VipsImage main, VipsImage mark) {
        int gap = mark.height();
        VipsImage spaced = grow(mark, 0, gap, gap).inMemory();
        VipsImage tiled =
                spaced.with("replicate")
                        .set("across", main.width() / spaced.width() + 1)
                        .set("down", main.height() / spaced.height() + 1)
                        .image();
        return compose(session, main, tiled, 0, 0);
    }

    private static VipsImage lay(
            VipsSession session, VipsImage main, VipsImage mark, Placement place) {
        int freeX = main.width() - mark.width();
        int freeY = main.height() - mark.height();
        int x =
                switch (place.gravity().column()) {
                    case 0 -> place.x();
                    case 1 -> freeX / 2;
                    default -> freeX - place.x();
                };
        int y =
                switch (place.gravity().row()) {
                    case 0 -> place.y();
                    case 1 -> freeY / 2 - place.verticalOffset();
                    default -> freeY - place.y();
                };
        return compose(session, main, mark, x, y);
    }

    private static VipsImage compose(
            VipsSession session, VipsImage base, VipsImage over, int x, int y) {
        boolean opaque = !base.hasAlpha();
        VipsImage result =
                session.operation("composite2")
                        .set("base", PixelOperations.toRgb(base))
                        .set("overlay", over)
                        .set("mode", "over")
                        .set("x", x)
                        .set("y", y)
                        .image()
                        .with("cast")
                        .set("format", "uchar")
                        .image();
        return opaque && result.hasAlpha()
                ? result.with("extract_band").set("band", 0).set("n", 3).image()
                : result;
    }

    private static VipsImage fade(VipsImage image, int percent) {
        if (percent == 100) {
            return image;
        }
        return image.with("linear")
                .set("a", String.format(Locale.ROOT, "1 1 1 %.4f", percent / 100.0))
                .set("b", "0 0 0 0")
                .set("uchar", true)
                .image();
    }

    /** The mask's shape in one colour. */
    private static VipsImage coloured(VipsSession session, VipsImage mask, int color) {
        VipsImage flat =
                mask.with("linear")
                        .set("a", "0 0 0")
                        .set(
                                "b",
                                (color >> 16 & 0xFF)
                                        + " "
                                        + (color >> 8 & 0xFF)
                                        + " "
                                        + (color & 0xFF))
                        .set("uchar", true)
                        .image()
                        .with("copy")
                        .set("interpretation", "srgb")
                        .image();
        return PixelOperations.multiplyAlpha(session, flat, mask);
    }

    /** Room at the right and below, and the image moved by {@code offset}. */
    private static VipsImage grow(VipsImage image, int offset, int across, int down) {
        return image.with("embed")
                .set("x", offset)
                .set("y", offset)
                .set("width", image.width() + across)
                .set("height", image.height() + down)
                .set("extend", "background")
                .set("background", "0 0 0 0")
                .image();
    }

    /** Pango would read markup in the text. */
    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
