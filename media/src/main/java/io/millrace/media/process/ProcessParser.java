package io.millrace.media.process;

import io.millrace.media.process.ImageOperation.AutoOrient;
import io.millrace.media.process.ImageOperation.AverageHue;
import io.millrace.media.process.ImageOperation.Blur;
import io.millrace.media.process.ImageOperation.Bright;
import io.millrace.media.process.ImageOperation.Circle;
import io.millrace.media.process.ImageOperation.Contrast;
import io.millrace.media.process.ImageOperation.Crop;
import io.millrace.media.process.ImageOperation.Facts;
import io.millrace.media.process.ImageOperation.Format;
import io.millrace.media.process.ImageOperation.IndexCrop;
import io.millrace.media.process.ImageOperation.Interlace;
import io.millrace.media.process.ImageOperation.Quality;
import io.millrace.media.process.ImageOperation.Resize;
import io.millrace.media.process.ImageOperation.Rotate;
import io.millrace.media.process.ImageOperation.RoundedCorners;
import io.millrace.media.process.ImageOperation.Sharpen;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code x-oss-process}: {@code image/op,k_v/op…} and {@code video/snapshot,k_v…}, each
 * optionally followed by {@code |sys/saveas,o_<base64 key>,b_<base64 bucket>}. Every value is
 * checked against its range here, so that what comes out can be run.
 */
public final class ProcessParser {
    private static final int MAX_LENGTH = 8192;
    private static final int MAX_OPERATIONS = 32;
    private static final int MAX_SIDE = 16_384;

    private ProcessParser() {}

    /** Parses the decoded text. @throws RefusedException with what is wrong, when it is. */
    public static MediaProcess.Request parse(String text) {
        if (text.isBlank()) {
            throw RefusedException.missing("x-oss-process is empty; try image/resize,w_400.");
        }
        if (text.length() > MAX_LENGTH) {
            throw RefusedException.invalid(
                    "x-oss-process is longer than " + MAX_LENGTH + " characters.");
        }
        int bar = text.indexOf('|');
        Optional<MediaProcess.SaveAs> saveAs =
                bar < 0 ? Optional.empty() : Optional.of(saveAs(text.substring(bar + 1)));
        return new MediaProcess.Request(process(bar < 0 ? text : text.substring(0, bar)), saveAs);
    }

    private static MediaProcess process(String text) {
        int slash = text.indexOf('/');
        String kind = slash < 0 ? text : text.substring(0, slash);
        String rest = slash < 0 ? "" : text.substring(slash + 1);
        return switch (kind) {
            case "image" -> image(rest);
            case "video" -> video(rest);
            case "style" ->
                    throw new RefusedException(
                            404,
                            "NoSuchStyle",
                            "The style " + rest + " does not exist; this bucket has no styles.");
            default ->
                    throw RefusedException.invalid(
                            "The process " + kind + " is not known; it is image/… or video/….");
        };
    }

    private static MediaProcess image(String text) {
        List<ImageOperation> operations = new ArrayList<>();
        for (String part : text.split("/", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            if (operations.size() == MAX_OPERATIONS) {
                throw RefusedException.invalid(
                        "More than " + MAX_OPERATIONS + " operations in one process.");
            }
            operations.add(operation(part));
        }
        if (operations.isEmpty()) {
            throw RefusedException.missing("image/ needs an operation; try image/resize,w_400.");
        }
        return new MediaProcess.Image(operations, Canonical.image(operations));
    }

    /** One operation of {@code image/…}. */
    static ImageOperation operation(String text) {
        int comma = text.indexOf(',');
        String name = comma < 0 ? text : text.substring(0, comma);
        return switch (name) {
            case "resize" -> resize(text);
            case "crop" -> crop(text);
            case "indexcrop" -> indexCrop(text);
            case "circle" -> {
                Parameters p = Parameters.of(text, Set.of("r"));
                yield new Circle(p.integer("r", 1, 4096));
            }
            case "rounded-corners" -> {
                Parameters p = Parameters.of(text, Set.of("r"));
                yield new RoundedCorners(p.integer("r", 1, 4096));
            }
            case "blur" -> {
                Parameters p = Parameters.of(text, Set.of("r", "s"));
                yield new Blur(p.integer("r", 1, 50), p.integer("s", 1, 50));
            }
            case "quality" -> quality(text);
            case "format" -> {
                String word = Parameters.bare(text).toLowerCase(Locale.ROOT);
                yield new Format(
                        ImageFormat.named(word)
                                .orElseThrow(
                                        () -> RefusedException.badValue("format", "format", word)));
            }
            case "watermark" -> Watermarks.parse(text);
            case "info", "average-hue" -> {
                Parameters.of(text, Set.of());
                yield name.equals("info") ? new Facts() : new AverageHue();
            }
            default -> bareNumber(name, text);
        };
    }

    /** The operations whose one value stands bare: {@code rotate,90}. */
    private static ImageOperation bareNumber(String name, String text) {
        return switch (name) {
            case "auto-orient" -> new AutoOrient(bare(name, text, 0, 1) == 1);
            case "interlace" -> new Interlace(bare(name, text, 0, 1) == 1);
            case "rotate" -> new Rotate(bare(name, text, 0, 360));
            case "bright" -> new Bright(bare(name, text, -100, 100));
            case "contrast" -> new Contrast(bare(name, text, -100, 100));
            case "sharpen" -> new Sharpen(bare(name, text, 50, 399));
            default ->
                    throw RefusedException.invalid(
                            "The operation: " + name + " is not supported for images.");
        };
    }

    private static int bare(String name, String text, int least, int most) {
        return Parameters.number(name, name, Parameters.bare(text), least, most);
    }

    private static ImageOperation resize(String text) {
        Parameters p = Parameters.of(text, Set.of("m", "w", "h", "l", "s", "p", "limit", "color"));
        int width = p.integer("w", 1, MAX_SIDE, 0);
        int height = p.integer("h", 1, MAX_SIDE, 0);
        int longSide = p.integer("l", 1, MAX_SIDE, 0);
        int shortSide = p.integer("s", 1, MAX_SIDE, 0);
        int percent = p.integer("p", 1, 1000, 0);
        if (width + height + longSide + shortSide + percent == 0) {
            throw RefusedException.missing("resize needs one of w, h, l, s or p.");
        }
        return new Resize(
                mode(p.word("m").orElse("lfit")),
                width,
                height,
                longSide,
                shortSide,
                percent,
                p.flag("limit", true),
                p.color("color", 0xFFFFFF));
    }

    private static ImageOperation.Mode mode(String word) {
        return switch (word) {
            case "lfit" -> ImageOperation.Mode.LFIT;
            case "mfit" -> ImageOperation.Mode.MFIT;
            case "fill" -> ImageOperation.Mode.FILL;
            case "pad" -> ImageOperation.Mode.PAD;
            case "fixed" -> ImageOperation.Mode.FIXED;
            default -> throw RefusedException.badValue("resize", "m", word);
        };
    }

    private static ImageOperation crop(String text) {
        Parameters p = Parameters.of(text, Set.of("w", "h", "x", "y", "g"));
        return new Crop(
                p.integer("w", 0, 30_000, 0),
                p.integer("h", 0, 30_000, 0),
                p.integer("x", 0, 30_000, 0),
                p.integer("y", 0, 30_000, 0),
                p.gravity("g", Gravity.NW));
    }

    private static ImageOperation indexCrop(String text) {
        Parameters p = Parameters.of(text, Set.of("x", "y", "i"));
        if (p.has("x") == p.has("y")) {
            throw RefusedException.invalid("indexcrop needs either x or y.");
        }
        boolean horizontal = p.has("x");
        return new IndexCrop(
                horizontal,
                p.integer(horizontal ? "x" : "y", 1, 30_000),
                p.integer("i", 0, 30_000, 0));
    }

    private static ImageOperation quality(String text) {
        Parameters p = Parameters.of(text, Set.of("q", "Q"));
        if (!p.has("q") && !p.has("Q")) {
            throw RefusedException.missing("quality needs q or Q.");
        }
        return p.has("Q")
                ? new Quality(p.integer("Q", 1, 100), true)
                : new Quality(p.integer("q", 1, 100), false);
    }

    private static MediaProcess video(String text) {
        int comma = text.indexOf(',');
        String name = comma < 0 ? text : text.substring(0, comma);
        if (!name.equals("snapshot")) {
            throw RefusedException.invalid(
                    "The operation: " + name + " is not supported for videos; snapshot is.");
        }
        Parameters p = Parameters.of(text, Set.of("t", "w", "h", "m", "f", "ar"));
        int time = p.integer("t", 0, 999_999_999);
        String mode = p.word("m").orElse("");
        if (!mode.isEmpty() && !mode.equals("fast")) {
            throw RefusedException.badValue("snapshot", "m", mode);
        }
        String rotate = p.word("ar").orElse("auto");
        ImageFormat format =
                switch (p.word("f").orElse("jpg")) {
                    case "jpg" -> ImageFormat.JPG;
                    case "png" -> ImageFormat.PNG;
                    default ->
                            throw RefusedException.badValue(
                                    "snapshot", "f", "" + p.word("f").orElse(""));
                };
        return new MediaProcess.Snapshot(
                time,
                p.integer("w", 0, 8192, 0),
                p.integer("h", 0, 8192, 0),
                mode.equals("fast"),
                turn(rotate),
                format);
    }

    private static MediaProcess.Turn turn(String word) {
        return switch (word) {
            case "auto" -> MediaProcess.Turn.AUTO;
            case "h" -> MediaProcess.Turn.HIGH;
            case "w" -> MediaProcess.Turn.WIDE;
            default -> throw RefusedException.badValue("snapshot", "ar", word);
        };
    }

    private static MediaProcess.SaveAs saveAs(String text) {
        if (!text.startsWith("sys/saveas,")) {
            throw RefusedException.invalid("After | only sys/saveas,o_…,b_… may follow.");
        }
        Parameters p = Parameters.of(text.substring("sys/".length()), Set.of("o", "b"));
        String key =
                p.decoded("o")
                        .filter(k -> !k.isEmpty())
                        .orElseThrow(
                                () -> RefusedException.missing("saveas needs o_<base64 key>."));
        return new MediaProcess.SaveAs(key, p.decoded("b"));
    }
}
