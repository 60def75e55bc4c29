package io.millrace.media.worker;

import io.millrace.media.process.Geometry;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.ImageOperation;
import io.millrace.media.process.RefusedException;
import java.util.List;

/**
 * What a process on a picture will cost, in milliseconds of one core, told from its header:
 * nanoseconds a pixel for decoder, operations and encoder, as measured with libvips 8.14 on two
 * cores. It sorts work into classes; being wrong by a factor of two does no harm.
 */
final class Cost {
    private static final double NANOS_IN_MILLI = 1e6;

    private Cost() {}

    /** The work would cost more than was allowed. */
    static final class Exceeded extends RuntimeException {
        private final long millis;

        Exceeded(long millis) {
            super(millis + " ms", null, false, false);
            this.millis = millis;
        }

        long millis() {
            return millis;
        }
    }

    /** Throws {@link Exceeded} when the work is expected to take longer; 0 allows anything. */
    static void require(
            int mostMillis, Source source, List<ImageOperation> operations, ImageFormat format) {
        if (mostMillis == 0) {
            return;
        }
        long millis = millis(source, operations, format);
        if (millis > mostMillis) {
            throw new Exceeded(millis);
        }
    }

    static long millis(Source source, List<ImageOperation> operations, ImageFormat format) {
        boolean moves =
                source.frames() > 1 && (format == ImageFormat.GIF || format == ImageFormat.WEBP);
        int frames = moves ? source.frames() : 1;
        double nanos = (double) source.width() * source.height() * decode(source, operations);
        int width = source.width();
        int height = source.height();
        try {
            for (ImageOperation operation : operations) {
                nanos += (double) width * height * work(operation);
                switch (operation) {
                    case ImageOperation.Resize resize -> {
                        Geometry.Scaled scaled = Geometry.resize(resize, width, height);
                        width = scaled.width();
                        height = scaled.height();
                    }
                    case ImageOperation.Crop crop -> {
                        Geometry.Box box = Geometry.crop(crop, width, height);
                        width = box.width();
                        height = box.height();
                    }
                    case ImageOperation.IndexCrop crop -> {
                        Geometry.Box box = Geometry.indexCrop(crop, width, height);
                        width = box.width();
                        height = box.height();
                    }
                    default -> {}
                }
            }
        } catch (RefusedException e) {
            return 0; // The pipeline says what is wrong, which costs nothing.
        }
        nanos += (double) width * height * encode(format, moves);
        return Math.round(nanos * frames / NANOS_IN_MILLI);
    }

    private static double decode(Source source, List<ImageOperation> operations) {
        return switch (source.format()) {
            // A large JPEG that is made small is decoded at an eighth to a half of its size.
            case JPG -> operations.getFirst() instanceof ImageOperation.Resize ? 4 : 8;
            case PNG -> 15;
            case WEBP -> 20;
            case GIF -> 9;
            case TIFF, BMP -> 6;
            case AVIF, HEIC -> 30;
        };
    }

    private static double work(ImageOperation operation) {
        return switch (operation) {
            case ImageOperation.Resize _ -> 8;
            case ImageOperation.Blur blur -> 10 + 2.0 * blur.radius();
            case ImageOperation.Sharpen _ -> 60;
            case ImageOperation.Rotate rotate -> rotate.degrees() % 90 == 0 ? 8 : 60;
            case ImageOperation.Circle _, ImageOperation.RoundedCorners _ -> 20;
            case ImageOperation.Bright _, ImageOperation.Contrast _ -> 12;
            case ImageOperation.Watermark _ -> 40;
            case ImageOperation.Crop _,
                    ImageOperation.IndexCrop _,
                    ImageOperation.AutoOrient _,
                    ImageOperation.Interlace _,
                    ImageOperation.Quality _,
                    ImageOperation.Format _,
                    ImageOperation.Facts _ ->
                    0;
            case ImageOperation.AverageHue _ -> 8;
        };
    }

    private static double encode(ImageFormat format, boolean moves) {
        return switch (format) {
            case JPG -> 12;
            case PNG -> 140; // with the choice of a filter for each line
            case WEBP -> 130;
            case BMP -> 3;
            // Each frame has colours of its own to find.
            case GIF -> moves ? 800 : 250;
            case TIFF -> 40;
            case AVIF -> 300;
            case HEIC -> 1_500;
        };
    }
}
