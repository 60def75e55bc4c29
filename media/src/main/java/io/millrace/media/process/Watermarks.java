package io.millrace.media.process;

import io.millrace.media.process.ImageOperation.Align;
import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.ImageOperation.MixedWatermark;
import io.millrace.media.process.ImageOperation.Placement;
import io.millrace.media.process.ImageOperation.TextWatermark;
import io.millrace.media.process.ImageOperation.Tiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The {@code watermark} operation: an image, a text, or both beside one another. */
final class Watermarks {
    private static final int MAX_TEXT_BYTES = 64 * 4;
    private static final int MAX_TEXT = 64;
    private static final Set<String> NAMES =
            Set.of(
                    "t",
                    "g",
                    "x",
                    "y",
                    "voffset",
                    "image",
                    "P",
                    "text",
                    "type",
                    "color",
                    "size",
                    "shadow",
                    "rotate",
                    "fill",
                    "padx",
                    "pady",
                    "order",
                    "align",
                    "interval");

    private Watermarks() {}

    static ImageOperation parse(String text) {
        Parameters p = Parameters.of(text, NAMES);
        Placement placement =
                new Placement(
                        p.integer("t", 0, 100, 100),
                        p.gravity("g", Gravity.SE),
                        p.integer("x", 0, 4096, 10),
                        p.integer("y", 0, 4096, 10),
                        p.integer("voffset", -1000, 1000, 0),
                        tiles(p));
        if (p.has("image") && p.has("text")) {
            return new MixedWatermark(
                    image(p, placement),
                    text(p, placement),
                    p.flag("order", false),
                    Align.of(p.integer("align", 0, 2, Align.BOTTOM.number())),
                    p.integer("interval", 0, 1000, 0));
        }
        for (String name : List.of("order", "align", "interval")) {
            if (p.has(name)) {
                throw RefusedException.invalid(
                        name + " is for a watermark that has both image_ and text_.");
            }
        }
        if (!p.has("image") && !p.has("text")) {
            throw RefusedException.invalid(
                    "watermark needs image_<base64 key>, text_<base64 text>, or both.");
        }
        return p.has("image") ? image(p, placement) : text(p, placement);
    }

    private static Optional<Tiles> tiles(Parameters p) {
        Tiles tiles = new Tiles(p.integer("padx", 0, 4096, 0), p.integer("pady", 0, 4096, 0));
        return p.flag("fill", false) ? Optional.of(tiles) : Optional.empty();
    }

    private static ImageWatermark image(Parameters p, Placement placement) {
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
            ImageOperation operation = ProcessParser.operation(part);
            switch (operation) {
                case ImageOperation.Watermark _ ->
                        throw RefusedException.invalid("A watermark can't have a watermark.");
                case ImageOperation.Facts _, ImageOperation.AverageHue _ ->
                        throw RefusedException.invalid("A watermark's own process gives an image.");
                case ImageOperation other -> operations.add(other);
            }
        }
        return percent;
    }

    private static TextWatermark text(Parameters p, Placement placement) {
        String text = p.decoded("text").orElse("");
        if (text.isEmpty()
                || text.length() > MAX_TEXT
                || text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_TEXT_BYTES) {
            throw RefusedException.invalid("A text watermark has 1–64 characters.");
        }
        return new TextWatermark(
                text,
                font(p.decoded("type").orElse(Font.WQY_ZENHEI.word())),
                p.color("color", 0),
                p.integer("size", 1, 1000, 40),
                p.integer("shadow", 0, 100, 0),
                p.integer("rotate", 0, 360, 0),
                placement);
    }

    private static Font font(String type) {
        return Font.named(type)
                .orElseThrow(() -> RefusedException.badValue("watermark", "type", type));
    }
}
