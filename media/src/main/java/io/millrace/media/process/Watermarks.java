package io.millrace.media.process;

import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.Placement;
import io.millrace.media.process.ImageOperation.TextWatermark;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The {@code watermark} operation: an image or a text, never both in one. */
final class Watermarks {
    private static final int MAX_TEXT_BYTES = 64 * 4;
    private static final int MAX_TEXT = 64;
    private static final Set<String> NAMES =
            Set.of(
                    "t", "g", "x", "y", "voffset", "image", "P", "text", "type", "color", "size",
                    "shadow", "rotate", "fill");

    private Watermarks() {}

    static ImageOperation parse(String text, StringBuilder canonical) {
        Parameters p = Parameters.of(text, NAMES);
        canonical.append(p.canonical());
        Placement placement =
                new Placement(
                        p.integer("t", 0, 100, 100),
                        p.gravity("g", Gravity.SE),
                        p.integer("x", 0, 4096, 10),
                        p.integer("y", 0, 4096, 10),
                        p.integer("voffset", -1000, 1000, 0));
        if (p.has("image") == p.has("text")) {
            throw RefusedException.invalid(
                    "watermark needs either image_<base64 key> or text_<base64 text>.");
        }
        return p.has("image") ? image(p, placement) : text(p, placement);
    }

    private static ImageOperation image(Parameters p, Placement placement) {
        String value = p.decoded("image").orElse("");
        int question = value.indexOf("?x-oss-process=");
        String key = question < 0 ? value : value.substring(0, question);
        if (key.isEmpty()) {
            throw RefusedException.missing("watermark needs the key of an image.");
        }
        int percent = p.integer("P", 1, 100, 0);
        List<ImageOperation> operations = new ArrayList<>();
        if (question >= 0) {
            percent = nested(value.substring(question + "?x-oss-process=".length()), operations);
        }
        return new ImageWatermark(key, operations, percent, placement);
    }

    /** The watermark's own process; {@code resize,P_n} in it means n percent of the main image. */
    private static int nested(String process, List<ImageOperation> operations) {
        if (!process.startsWith("image/")) {
            throw RefusedException.invalid("A watermark's own process begins with image/.");
        }
        int percent = 0;
        for (String part : process.substring("image/".length()).split("/", -1)) {
            if (part.startsWith("resize,P_")) {
                percent =
                        Parameters.number(
                                "resize", "P", part.substring("resize,P_".length()), 1, 100);
                continue;
            }
            ImageOperation operation = ProcessParser.operation(part, new StringBuilder());
            switch (operation) {
                case ImageOperation.ImageWatermark w ->
                        throw RefusedException.invalid(
                                "A watermark can't have a watermark: " + w.key());
                case ImageOperation.TextWatermark _,
                        ImageOperation.Facts _,
                        ImageOperation.AverageHue _ ->
                        throw RefusedException.invalid("A watermark's own process gives an image.");
                case ImageOperation other -> operations.add(other);
            }
        }
        return percent;
    }

    private static ImageOperation text(Parameters p, Placement placement) {
        String text = p.decoded("text").orElse("");
        if (text.isEmpty()
                || text.length() > MAX_TEXT
                || text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_TEXT_BYTES) {
            throw RefusedException.invalid("A text watermark has 1–64 characters.");
        }
        return new TextWatermark(
                text,
                font(p.decoded("type").orElse("wqy-zenhei")),
                p.color("color", 0),
                p.integer("size", 1, 1000, 40),
                p.integer("shadow", 0, 100, 0),
                p.integer("rotate", 0, 360, 0),
                p.flag("fill", false),
                placement);
    }

    /** The service's font names, as families that fontconfig knows or replaces. */
    private static String font(String type) {
        return switch (type) {
            case "wqy-zenhei" -> "WenQuanYi Zen Hei";
            case "wqy-microhei" -> "WenQuanYi Micro Hei";
            case "fangzhengshusong", "fangzhengkaiti" -> "serif";
            case "fangzhengheiti", "fangzhengfangsong" -> "sans";
            case "droidsansfallback" -> "Droid Sans Fallback";
            default -> throw RefusedException.badValue("watermark", "type", type);
        };
    }
}
