package io.millrace.media.worker;

import io.millrace.media.process.ImageOperation.Align;
import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.MixedWatermark;
import io.millrace.media.process.ImageOperation.Placement;
import io.millrace.media.process.ImageOperation.TextWatermark;
import io.millrace.media.process.ImageOperation.Tiles;
import io.millrace.media.process.ImageOperation.Watermark;
import java.util.Locale;
import java.util.Optional;

/** Lays a picture, a text, or both over the image. */
final class Watermarker {
    private final VipsSession session;
    private final VipsImage main;

    Watermarker(VipsSession session, VipsImage main) {
        this.session = session;
        this.main = main;
    }

    /** The image with {@code mark} over it; {@code picture} is the one that the mark names. */
    VipsImage lay(Watermark mark, Optional<VipsImage> picture) {
        VipsImage over =
                switch (mark) {
                    case ImageWatermark image -> sized(image, picture.orElseThrow());
                    case TextWatermark text -> drawn(text);
                    case MixedWatermark both -> beside(both, picture.orElseThrow());
                };
        Placement place = mark.placement();
        VipsImage faded = fade(over, place.opacity());
        return place.tiles().map(t -> tile(faded, t)).orElseGet(() -> put(faded, place));
    }

    private VipsImage sized(ImageWatermark settings, VipsImage picture) {
        VipsImage ready = PixelOperations.withAlpha(PixelOperations.toRgb(picture));
        if (settings.percent() == 0) {
            return ready;
        }
        int width = Math.max(1, main.width() * settings.percent() / 100);
        double scale = (double) width / ready.width();
        int height = (int) Math.max(1, Math.round(ready.height() * scale));
        return PixelOperations.scale(ready, width, height);
    }

    private VipsImage drawn(TextWatermark settings) {
        VipsImage mask =
                session.operation("text")
                        .set("text", escape(settings.text()))
                        .set("font", settings.font().family() + " " + settings.size())
                        .set("dpi", 72)
                        .image();
        VipsImage mark = coloured(session, mask, settings.color());
        if (settings.shadow() > 0) {
            int offset = Math.max(1, settings.size() / 20);
            VipsImage dark = fade(coloured(session, mask, 0), settings.shadow());
            VipsImage canvas = grow(dark, offset, offset, offset);
            mark = compose(session, canvas, mark, 0, 0);
        }
        return settings.degrees() % 360 == 0
                ? mark
                : mark.inMemory()
                        .with("rotate")
                        .set("angle", settings.degrees())
                        .set("background", "0 0 0 0")
                        .image();
    }

    /** Both from left to right on one transparent canvas. */
    private VipsImage beside(MixedWatermark both, VipsImage picture) {
        VipsImage image = sized(both.image(), picture);
        VipsImage text = drawn(both.text());
        VipsImage left = both.textFirst() ? text : image;
        VipsImage right = both.textFirst() ? image : text;
        int width = left.width() + both.interval() + right.width();
        int height = Math.max(left.height(), right.height());
        VipsImage canvas = on(left, 0, down(both.align(), height, left), width, height);
        VipsImage other =
                on(right, width - right.width(), down(both.align(), height, right), width, height);
        return compose(session, canvas, other, 0, 0);
    }

    private static int down(Align align, int height, VipsImage image) {
        int free = height - image.height();
        return switch (align) {
            case TOP -> 0;
            case MIDDLE -> free / 2;
            case BOTTOM -> free;
        };
    }

    private VipsImage tile(VipsImage mark, Tiles tiles) {
        VipsImage spaced = grow(mark, 0, tiles.across(), tiles.down()).inMemory();
        VipsImage tiled =
                spaced.with("replicate")
                        .set("across", main.width() / spaced.width() + 1)
                        .set("down", main.height() / spaced.height() + 1)
                        .image();
        return compose(session, main, tiled, 0, 0);
    }

    private VipsImage put(VipsImage mark, Placement place) {
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
        return on(image, offset, offset, image.width() + across, image.height() + down);
    }

    /** The image on a transparent canvas. */
    private static VipsImage on(VipsImage image, int x, int y, int width, int height) {
        return image.with("embed")
                .set("x", x)
                .set("y", y)
                .set("width", width)
                .set("height", height)
                .set("extend", "background")
                .set("background", "0 0 0 0")
                .image();
    }

    /** Pango would read markup in the text. */
    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
