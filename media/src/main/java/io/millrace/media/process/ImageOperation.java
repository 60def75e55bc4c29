package io.millrace.media.process;

import java.util.List;
import java.util.Optional;

/**
 * One step of {@code image/…}, with its parameters checked. A length of 0 means "not given".
 * Source: Alibaba Cloud OSS, image processing.
 */
public sealed interface ImageOperation {

    /** How a resize treats the aspect ratio. */
    enum Mode {
        LFIT,
        MFIT,
        FILL,
        PAD,
        FIXED
    }

    /**
     * {@code resize}: pixels 1–16384 or 0; {@code percent} 1–1000 or 0; {@code limit} never
     * enlarges; {@code color} is 0xRRGGBB for the padding.
     */
    record Resize(
            Mode mode,
            int width,
            int height,
            int longSide,
            int shortSide,
            int percent,
            boolean limit,
            int color)
            implements ImageOperation {}

    /** {@code crop}: the size (0: as much as there is) and the offset from the gravity's place. */
    record Crop(int width, int height, int x, int y, Gravity gravity) implements ImageOperation {}

    /** {@code indexcrop}: slices of {@code side} pixels along one axis, of which one is taken. */
    record IndexCrop(boolean horizontal, int side, int index) implements ImageOperation {}

    /** {@code circle}: the inscribed circle of radius 1–4096, the rest transparent or white. */
    record Circle(int radius) implements ImageOperation {}

    /** {@code rounded-corners}: corners of radius 1–4096. */
    record RoundedCorners(int radius) implements ImageOperation {}

    /** {@code auto-orient}: whether the EXIF orientation is applied. */
    record AutoOrient(boolean apply) implements ImageOperation {}

    /** {@code rotate}: degrees clockwise, 0–360. */
    record Rotate(int degrees) implements ImageOperation {}

    /** {@code blur}: radius and standard deviation, 1–50. */
    record Blur(int radius, int sigma) implements ImageOperation {}

    /** {@code bright}: −100 to 100. */
    record Bright(int amount) implements ImageOperation {}

    /** {@code contrast}: −100 to 100. */
    record Contrast(int amount) implements ImageOperation {}

    /** {@code sharpen}: 50–399. */
    record Sharpen(int amount) implements ImageOperation {}

    /** {@code interlace}: whether a JPEG comes out progressive. */
    record Interlace(boolean on) implements ImageOperation {}

    /** {@code quality}: 1–100, of the source's own ({@code q}) or of the scale ({@code Q}). */
    record Quality(int value, boolean absolute) implements ImageOperation {}

    /** {@code format}: what comes out. */
    record Format(ImageFormat format) implements ImageOperation {}

    /** {@code info}: facts as JSON in place of an image. */
    record Facts() implements ImageOperation {}

    /** {@code average-hue}: the mean colour as JSON in place of an image. */
    record AverageHue() implements ImageOperation {}

    /**
     * Where a watermark stands and how strong it is: {@code opacity} 0–100, offsets in pixels; one
     * that is laid all over the image has {@code tiles} and no place.
     */
    record Placement(
            int opacity,
            Gravity gravity,
            int x,
            int y,
            int verticalOffset,
            Optional<Tiles> tiles) {}

    /** {@code fill_1}: the watermark again and again, with so many pixels between, 0–4096. */
    record Tiles(int across, int down) {}

    /** {@code watermark}: a picture, a text, or both beside one another. */
    sealed interface Watermark extends ImageOperation {
        Placement placement();
    }

    /**
     * {@code watermark} with an image: the key in the same bucket, the process applied to it first
     * (may be empty), and its size as a percentage of the main image (0: its own).
     */
    record ImageWatermark(
            String key, List<ImageOperation> process, int percent, Placement placement)
            implements Watermark {
        public ImageWatermark {
            process = List.copyOf(process);
        }
    }

    /**
     * {@code watermark} with text: ≤ 64 characters, colour 0xRRGGBB, size in pixels, shadow 0–100,
     * degrees clockwise.
     */
    record TextWatermark(
            String text,
            Font font,
            int color,
            int size,
            int shadow,
            int degrees,
            Placement placement)
            implements Watermark {}

    /**
     * {@code watermark} with both, each as it would be by itself: from left to right the picture
     * and the text, or the other way round, with {@code interval} pixels between, 0–1000.
     */
    record MixedWatermark(
            ImageWatermark image, TextWatermark text, boolean textFirst, Align align, int interval)
            implements Watermark {
        @Override
        public Placement placement() {
            return image.placement();
        }
    }

    /** How what stands beside one another is aligned, with its number in the grammar. */
    enum Align {
        TOP(0),
        MIDDLE(1),
        BOTTOM(2);

        private final int number;

        Align(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Align of(int number) {
            return number == TOP.number ? TOP : number == MIDDLE.number ? MIDDLE : BOTTOM;
        }
    }

    /** The picture that this operation lays over the image, if it does. */
    default Optional<ImageWatermark> picture() {
        return switch (this) {
            case ImageWatermark mark -> Optional.of(mark);
            case MixedWatermark both -> Optional.of(both.image());
            default -> Optional.empty();
        };
    }

    /** The text that this operation writes over the image, if it does. */
    default Optional<TextWatermark> words() {
        return switch (this) {
            case TextWatermark mark -> Optional.of(mark);
            case MixedWatermark both -> Optional.of(both.text());
            default -> Optional.empty();
        };
    }
}
