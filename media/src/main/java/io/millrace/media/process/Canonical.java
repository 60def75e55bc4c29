package io.millrace.media.process;

import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.MixedWatermark;
import io.millrace.media.process.ImageOperation.Placement;
import io.millrace.media.process.ImageOperation.Resize;
import io.millrace.media.process.ImageOperation.TextWatermark;
import io.millrace.media.process.ImageOperation.Tiles;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * The one spelling of a process, made of what it means: the parameters in one order, numbers
 * without needless digits, nothing that is the default. The parser reads it back to the same
 * operations, and equal operations have equal texts, however they were asked for.
 */
final class Canonical {
    private final StringBuilder text;

    private Canonical(String name) {
        text = new StringBuilder(name);
    }

    static String image(List<ImageOperation> operations) {
        StringBuilder all = new StringBuilder("image");
        operations.forEach(o -> all.append('/').append(of(o)));
        return all.toString();
    }

    static String snapshot(MediaProcess.Snapshot s) {
        return new Canonical("video/snapshot")
                .always("t", s.timeMillis())
                .number("w", s.width(), 0)
                .number("h", s.height(), 0)
                .word("m", s.fast() ? "fast" : "", "")
                .word("f", s.format().word(), ImageFormat.JPG.word())
                .word(
                        "ar",
                        switch (s.turn()) {
                            case AUTO -> "";
                            case HIGH -> "h";
                            case WIDE -> "w";
                        },
                        "")
                .text
                .toString();
    }

    private static String of(ImageOperation operation) {
        return switch (operation) {
            case Resize r -> resize(r);
            case ImageOperation.Crop c ->
                    new Canonical("crop")
                            .number("w", c.width(), 0)
                            .number("h", c.height(), 0)
                            .number("x", c.x(), 0)
                            .number("y", c.y(), 0)
                            .word("g", lower(c.gravity()), lower(Gravity.NW))
                            .text
                            .toString();
            case ImageOperation.IndexCrop c ->
                    new Canonical("indexcrop")
                            .always(c.horizontal() ? "x" : "y", c.side())
                            .number("i", c.index(), 0)
                            .text
                            .toString();
            case ImageOperation.Circle c -> "circle,r_" + c.radius();
            case ImageOperation.RoundedCorners c -> "rounded-corners,r_" + c.radius();
            case ImageOperation.AutoOrient o -> "auto-orient," + bit(o.apply());
            case ImageOperation.Rotate r -> "rotate," + r.degrees();
            case ImageOperation.Blur b -> "blur,r_" + b.radius() + ",s_" + b.sigma();
            case ImageOperation.Bright b -> "bright," + b.amount();
            case ImageOperation.Contrast c -> "contrast," + c.amount();
            case ImageOperation.Sharpen s -> "sharpen," + s.amount();
            case ImageOperation.Interlace i -> "interlace," + bit(i.on());
            case ImageOperation.Quality q -> "quality," + (q.absolute() ? "Q_" : "q_") + q.value();
            case ImageOperation.Format f -> "format," + f.format().word();
            case ImageOperation.Facts _ -> "info";
            case ImageOperation.AverageHue _ -> "average-hue";
            case ImageOperation.Watermark mark -> watermark(mark);
        };
    }

    private static String resize(Resize r) {
        return new Canonical("resize")
                .word("m", lower(r.mode()), lower(ImageOperation.Mode.LFIT))
                .number("w", r.width(), 0)
                .number("h", r.height(), 0)
                .number("l", r.longSide(), 0)
                .number("s", r.shortSide(), 0)
                .number("p", r.percent(), 0)
                .number("limit", bit(r.limit()), 1)
                .color(r.color(), 0xFFFFFF)
                .text
                .toString();
    }

    private static String watermark(ImageOperation.Watermark mark) {
        Canonical text = new Canonical("watermark");
        mark.picture().ifPresent(text::picture);
        mark.words().ifPresent(text::words);
        if (mark instanceof MixedWatermark both) {
            text.number("order", bit(both.textFirst()), 0)
                    .number("align", both.align().number(), ImageOperation.Align.BOTTOM.number())
                    .number("interval", both.interval(), 0);
        }
        return text.placement(mark.placement()).text.toString();
    }

    private void picture(ImageWatermark mark) {
        if (mark.process().isEmpty()) {
            word("image", base64(mark.key()), "").number("P", mark.percent(), 0);
            return;
        }
        // What is done with the picture stands behind its key, and with that how large it becomes.
        String process = image(mark.process());
        String sized =
                mark.percent() == 0
                        ? process
                        : process.replaceFirst("/", "/resize,P_" + mark.percent() + "/");
        word("image", base64(mark.key() + "?x-oss-process=" + sized), "");
    }

    private void words(TextWatermark mark) {
        word("text", base64(mark.text()), "");
        word("type", base64(mark.font().word()), base64(Font.WQY_ZENHEI.word()));
        color(mark.color(), 0);
        number("size", mark.size(), 40);
        number("shadow", mark.shadow(), 0);
        number("rotate", mark.degrees(), 0);
    }

    private Canonical placement(Placement place) {
        number("t", place.opacity(), 100);
        word("g", lower(place.gravity()), lower(Gravity.SE));
        number("x", place.x(), 10);
        number("y", place.y(), 10);
        number("voffset", place.verticalOffset(), 0);
        if (place.tiles().isPresent()) {
            Tiles tiles = place.tiles().get();
            always("fill", 1).number("padx", tiles.across(), 0).number("pady", tiles.down(), 0);
        }
        return this;
    }

    private Canonical number(String name, int value, int usual) {
        return value == usual ? this : always(name, value);
    }

    private Canonical always(String name, long value) {
        text.append(',').append(name).append('_').append(value);
        return this;
    }

    private Canonical word(String name, String value, String usual) {
        if (!value.equals(usual)) {
            text.append(',').append(name).append('_').append(value);
        }
        return this;
    }

    private Canonical color(int value, int usual) {
        return word("color", String.format("%06X", value), String.format("%06X", usual));
    }

    private static int bit(boolean on) {
        return on ? 1 : 0;
    }

    private static String lower(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
