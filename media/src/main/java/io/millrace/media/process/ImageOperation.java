package io.millrace.media.process;

import java.util.List;

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

    /** Where a watermark stands and how strong it is: {@code opacity} 0–100, offsets in pixels. */
    record Placement(int opacity, Gravity gravity, int x, int y, int verticalOffset) {}

    /**
     * {@code watermark} with an image: the key in the same bucket, the process applied to it first
     * (may be empty), and its size as a percentage of the main image (0: its own).
     */
    record ImageWatermark(
            String key, List<ImageOperation> process, int percent, Placement placement)
            implements ImageOperation {
        public ImageWatermark {
            process = List.copyOf(process);
        }
    }

    /**
     * {@code watermark} with text: ≤ 64 characters, colour 0xRRGGBB, size in pixels, shadow 0–100,
     * degrees clockwise, whether it tiles the image.
     */
    record TextWatermark(
            String text,
            String font,
            int color,
            int size,
            int shadow,
            int degrees,
            boolean fill,
            Placement placement)
            implements ImageOperation {}
}
