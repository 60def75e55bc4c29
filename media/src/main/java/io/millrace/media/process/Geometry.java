package io.millrace.media.process;

import io.millrace.media.process.ImageOperation.Crop;
import io.millrace.media.process.ImageOperation.IndexCrop;
import io.millrace.media.process.ImageOperation.Mode;
import io.millrace.media.process.ImageOperation.Resize;

/** What sizes the operations come to: the arithmetic of the OSS image service, without an image. */
public final class Geometry {
    /** Longest side of what a resize makes, pixels. */
    public static final int MAX_RESIZED_SIDE = 16_384;

    /** Most pixels of what a resize makes; of a picture that is not resized {@link #MAX_PIXELS}. */
    public static final long MAX_RESIZED_PIXELS = 16_777_216;

    /** Longest side of any picture, before and after. */
    public static final int MAX_SIDE = 30_000;

    /** Most pixels of any picture, before and after; of an animation over all its frames. */
    public static final long MAX_PIXELS = 250_000_000;

    private Geometry() {}

    /** A rectangle inside an image, in pixels from its upper left corner. */
    public record Box(int x, int y, int width, int height) {}

    /**
     * A resize: the source is scaled to {@code scaledWidth}×{@code scaledHeight}; then cut out of
     * its middle (fill) or set into the middle of a canvas (pad) of {@code width}×{@code height}.
     */
    public record Scaled(int scaledWidth, int scaledHeight, int width, int height) {}

    /**
     * What {@code resize} makes of a source; one that would be enlarged and may not stays as it is,
     * whatever its size. @throws RefusedException when what is made would be too large.
     */
    public static Scaled resize(Resize resize, int sourceWidth, int sourceHeight) {
        Scaled scaled = unbounded(resize, sourceWidth, sourceHeight);
        if (scaled.equals(new Scaled(sourceWidth, sourceHeight, sourceWidth, sourceHeight))) {
            return scaled;
        }
        requireResized(scaled.width(), scaled.height());
        // With a source of extreme proportions the picture before the cut can be far larger.
        if ((long) scaled.scaledWidth() * scaled.scaledHeight() > 4 * MAX_RESIZED_PIXELS) {
            throw RefusedException.tooLarge("The image is too narrow to be resized like that.");
        }
        return scaled;
    }

    /**
     * Refuses what has too many pixels, over all its frames, or too long a side. @throws
     * RefusedException
     */
    public static void requireResult(int width, int height, int frames) {
        boolean longer = width > MAX_SIDE || height > MAX_SIDE;
        if (longer || (long) width * height * frames > MAX_PIXELS) {
            String size = width + "×" + height + " pixels";
            throw RefusedException.tooLarge(
                    "The result would be "
                            + (frames > 1 ? frames + " frames of " + size : size)
                            + "; the most is 30000 a side and 250000000 pixels over all frames.");
        }
    }

    private static void requireResized(int width, int height) {
        if (width > MAX_RESIZED_SIDE
                || height > MAX_RESIZED_SIDE
                || (long) width * height > MAX_RESIZED_PIXELS) {
            throw RefusedException.tooLarge(
                    "The resized image would be "
                            + width
                            + "×"
                            + height
                            + " pixels; the most is 16384 a side and 16777216 in all.");
        }
    }

    /** The rectangle that {@code crop} takes; overrun is clamped, a start outside refused. */
    public static Box crop(Crop crop, int sourceWidth, int sourceHeight) {
        int width = crop.width() == 0 ? sourceWidth : Math.min(crop.width(), sourceWidth);
        int height = crop.height() == 0 ? sourceHeight : Math.min(crop.height(), sourceHeight);
        int x = crop.x() + (sourceWidth - width) * crop.gravity().column() / 2;
        int y = crop.y() + (sourceHeight - height) * crop.gravity().row() / 2;
        if (x >= sourceWidth || y >= sourceHeight) {
            throw RefusedException.badRequest("Advance cut's position is out of image.");
        }
        return new Box(x, y, Math.min(width, sourceWidth - x), Math.min(height, sourceHeight - y));
    }

    /** The slice that {@code indexcrop} takes; the whole image when there is no such slice. */
    public static Box indexCrop(IndexCrop crop, int sourceWidth, int sourceHeight) {
        long start = (long) crop.side() * crop.index();
        int length = crop.horizontal() ? sourceWidth : sourceHeight;
        if (start >= length) {
            return new Box(0, 0, sourceWidth, sourceHeight);
        }
        int size = (int) Math.min(crop.side(), length - start);
        return crop.horizontal()
                ? new Box((int) start, 0, size, sourceHeight)
                : new Box(0, (int) start, sourceWidth, size);
    }

    private static Scaled unbounded(Resize resize, int sourceWidth, int sourceHeight) {
        int width = resize.width();
        int height = resize.height();
        if (width == 0 && height == 0) {
            if (resize.longSide() == 0 && resize.shortSide() == 0) {
                double scale = resize.percent() / 100.0;
                int w = side(sourceWidth, scale);
                int h = side(sourceHeight, scale);
                return new Scaled(w, h, w, h);
            }
            // l and s are turned into w and h by the way the source lies.
            boolean wide = sourceWidth >= sourceHeight;
            width = wide ? resize.longSide() : resize.shortSide();
            height = wide ? resize.shortSide() : resize.longSide();
        }
        return byMode(resize, width, height, sourceWidth, sourceHeight);
    }

    private static Scaled byMode(
            Resize resize, int givenWidth, int givenHeight, int sourceWidth, int sourceHeight) {
        boolean fits = resize.mode() == Mode.LFIT || resize.mode() == Mode.MFIT;
        // One side alone: the others follow the source's proportions, these make a square.
        int width = givenWidth == 0 && !fits ? givenHeight : givenWidth;
        int height = givenHeight == 0 && !fits ? givenWidth : givenHeight;
        double across = width == 0 ? Double.NaN : (double) width / sourceWidth;
        double down = height == 0 ? Double.NaN : (double) height / sourceHeight;
        double least = width == 0 ? down : height == 0 ? across : Math.min(across, down);
        double most = width == 0 ? down : height == 0 ? across : Math.max(across, down);
        double scale =
                switch (resize.mode()) {
                    case LFIT, PAD -> least;
                    case MFIT, FILL, FIXED -> most;
                };
        if (resize.limit() && scale > 1) {
            return new Scaled(sourceWidth, sourceHeight, sourceWidth, sourceHeight);
        }
        int scaledWidth = scale == across ? width : side(sourceWidth, scale);
        int scaledHeight = scale == down ? height : side(sourceHeight, scale);
        return switch (resize.mode()) {
            case LFIT, MFIT -> new Scaled(scaledWidth, scaledHeight, scaledWidth, scaledHeight);
            case FILL ->
                    new Scaled(
                            Math.max(scaledWidth, width),
                            Math.max(scaledHeight, height),
                            width,
                            height);
            case PAD ->
                    new Scaled(
                            Math.min(scaledWidth, width),
                            Math.min(scaledHeight, height),
                            width,
                            height);
            case FIXED -> new Scaled(width, height, width, height);
        };
    }

    private static int side(int source, double scale) {
        return Math.clamp(Math.round(source * scale), 1, Integer.MAX_VALUE);
    }
}
