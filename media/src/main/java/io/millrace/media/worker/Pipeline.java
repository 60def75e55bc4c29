package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.media.process.Geometry;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.ImageOperation;
import io.millrace.media.process.ImageOperation.AutoOrient;
import io.millrace.media.process.ImageOperation.AverageHue;
import io.millrace.media.process.ImageOperation.Facts;
import io.millrace.media.process.ImageOperation.Format;
import io.millrace.media.process.ImageOperation.Interlace;
import io.millrace.media.process.ImageOperation.Quality;
import io.millrace.media.process.ImageOperation.Resize;
import io.millrace.media.process.RefusedException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One process on one image: header, bounds, operations in the order given, encoder.
 *
 * <p>A resize that comes first (after an auto-orient at most) is done while the file is decoded: a
 * JPEG is then decoded at an eighth, quarter or half of its size, which is where most of the time
 * is saved.
 */
final class Pipeline {
    /** VIPS_INTERPRETATION_CMYK */
    private static final int CMYK = 15;

    private final VipsSession session;
    private final List<MemorySegment> watermarks;
    private int nextWatermark;

    private Pipeline(VipsSession session, List<MemorySegment> watermarks) {
        this.session = session;
        this.watermarks = watermarks;
    }

    /** A finished result; {@code bytes} live as long as the session. */
    record Result(String contentType, MemorySegment bytes) {}

    /**
     * Does it all.
     *
     * @throws Cost.Exceeded when the header says that it costs more than {@code mostMillis}, 0 for
     *     anything; no pixel was decoded then
     */
    static Result run(
            VipsSession session,
            List<ImageOperation> operations,
            MemorySegment source,
            List<MemorySegment> watermarks,
            int mostMillis) {
        try {
            return new Pipeline(session, watermarks).run(operations, source, mostMillis);
        } catch (VipsException e) {
            throw Source.broken(e);
        }
    }

    private Result run(List<ImageOperation> operations, MemorySegment bytes, int mostMillis) {
        Source source = Source.read(session, bytes);
        boolean info = operations.stream().anyMatch(Facts.class::isInstance);
        if (info && operations.size() == 1) {
            return json(InfoJson.of(source));
        }
        ImageFormat format = format(operations, source);
        requireGlyphs(operations);
        Cost.require(mostMillis, source, operations, format);
        List<ImageOperation> pixels = operations.stream().filter(Pipeline::changesPixels).toList();
        Encoder.Settings settings =
                new Encoder.Settings(
                        format,
                        last(operations, Quality.class),
                        source.quality(),
                        last(operations, Interlace.class).map(Interlace::on).orElse(false),
                        pixels.stream().allMatch(Pipeline::keepsColours) ? source.paletteBits() : 0,
                        turned(operations) || !format.keepsOrientation()
                                ? 1
                                : source.orientation());
        boolean hue = operations.stream().anyMatch(AverageHue.class::isInstance);
        boolean moves = format == ImageFormat.GIF || format == ImageFormat.WEBP;
        if (source.frames() > 1 && moves && !hue) {
            return result(encode(animated(source, pixels, format), settings), settings, info);
        }
        VipsImage image = still(source, pixels, format);
        return hue
                ? json(averageHue(image))
                : result(Encoder.encode(session, image, settings), settings, info);
    }

    private Result result(MemorySegment encoded, Encoder.Settings settings, boolean info) {
        return info
                ? json(InfoJson.of(Source.read(session, encoded)))
                : new Result(settings.format().contentType(), encoded);
    }

    private MemorySegment encode(Animation animation, Encoder.Settings settings) {
        try {
            return Encoder.encode(session, animation.image(), settings);
        } catch (VipsException e) {
            animation.rethrow();
            throw e;
        }
    }

    private VipsImage still(Source source, List<ImageOperation> operations, ImageFormat format) {
        int start = 0;
        boolean orient = false;
        if (start < operations.size() && operations.get(start) instanceof AutoOrient) {
            orient = source.orientation() != 1;
            start++;
        }
        boolean swapped = orient && source.orientation() >= 5;
        VipsImage image;
        if (start < operations.size() && operations.get(start) instanceof Resize resize) {
            start++;
            int width = swapped ? source.height() : source.width();
            int height = swapped ? source.width() : source.height();
            Geometry.Scaled scaled = Geometry.resize(resize, width, height);
            image =
                    swapped
                            ? scaled(source, scaled.scaledHeight(), scaled.scaledWidth())
                            : scaled(source, scaled.scaledWidth(), scaled.scaledHeight());
            image = orient ? orient(image) : image;
            image = PixelOperations.fit(image, resize, scaled);
        } else {
            image = toStandard(source.open());
            image = orient ? orient(image) : image;
        }
        for (ImageOperation operation : operations.subList(start, operations.size())) {
            image = apply(image, operation, format);
        }
        image = upright(image, source, operations, format);
        Geometry.requireResult(image.width(), image.height(), 1);
        return image;
    }

    /** The source in standard colours at this size. */
    private static VipsImage scaled(Source source, int width, int height) {
        boolean same = source.width() == width && source.height() == height;
        // What scales while it decodes knows inks with alpha for colours, and no profile of ours.
        return same || inks(source.header())
                ? PixelOperations.scale(toStandard(source.open()), width, height)
                : toStandard(source.openScaled(width, height));
    }

    private static boolean turned(List<ImageOperation> operations) {
        return operations.stream().anyMatch(o -> o instanceof AutoOrient a && a.apply());
    }

    /** At last, where the result can't say how it is to be turned. */
    private static VipsImage upright(
            VipsImage image, Source source, List<ImageOperation> operations, ImageFormat format) {
        if (source.orientation() == 1 || turned(operations) || format.keepsOrientation()) {
            return image;
        }
        VipsImage copy = image.with("copy").image();
        copy.set("orientation", source.orientation());
        return orient(copy);
    }

    /** Each frame goes through the operations by itself. */
    private Animation animated(Source source, List<ImageOperation> operations, ImageFormat format) {
        VipsImage all = source.openAllFrames();
        Animation animation =
                new Animation(
                        session,
                        all,
                        all.integer("page-height").orElse(source.height()),
                        source.orientation(),
                        frame -> {
                            VipsImage image = frame;
                            for (ImageOperation operation : operations) {
                                image = apply(image, operation, format);
                            }
                            return upright(image, source, operations, format);
                        });
        Geometry.requireResult(animation.width(), animation.height(), animation.frames());
        return animation;
    }

    private VipsImage apply(VipsImage image, ImageOperation operation, ImageFormat format) {
        return switch (operation) {
            case Resize resize -> {
                Geometry.Scaled scaled = Geometry.resize(resize, image.width(), image.height());
                yield PixelOperations.fit(
                        PixelOperations.scale(image, scaled.scaledWidth(), scaled.scaledHeight()),
                        resize,
                        scaled);
            }
            case ImageOperation.Crop crop ->
                    PixelOperations.crop(image, Geometry.crop(crop, image.width(), image.height()));
            case ImageOperation.IndexCrop crop ->
                    PixelOperations.crop(
                            image, Geometry.indexCrop(crop, image.width(), image.height()));
            case ImageOperation.Circle circle ->
                    PixelOperations.circle(session, image, circle.radius());
            case ImageOperation.RoundedCorners corners ->
                    PixelOperations.roundedCorners(session, image, corners.radius());
            case AutoOrient _ -> orient(image);
            case ImageOperation.Rotate rotate ->
                    PixelOperations.rotate(image, rotate.degrees(), format.keepsAlpha());
            case ImageOperation.Blur blur -> PixelOperations.blur(image, blur);
            case ImageOperation.Bright bright -> PixelOperations.bright(image, bright.amount());
            case ImageOperation.Contrast c -> PixelOperations.contrast(image, c.amount());
            case ImageOperation.Sharpen sharpen -> PixelOperations.sharpen(image, sharpen.amount());
            case ImageOperation.Watermark mark ->
                    new Watermarker(session, image).lay(mark, mark.picture().map(this::ownImage));
            case Interlace _, Quality _, Format _, Facts _, AverageHue _ -> image;
        };
    }

    /** The next watermark's own picture, with its own process done. */
    private VipsImage ownImage(ImageOperation.ImageWatermark mark) {
        if (nextWatermark >= watermarks.size()) {
            throw new RefusedException(
                    400, "WatermarkError", "The watermark image is missing: " + mark.key());
        }
        try {
            Source source = Source.read(session, watermarks.get(nextWatermark++));
            return session.madeOnce(() -> still(source, mark.process(), ImageFormat.PNG));
        } catch (VipsException e) {
            throw watermarkError(mark, Source.broken(e));
        } catch (RefusedException e) {
            throw watermarkError(mark, e);
        }
    }

    private static RefusedException watermarkError(
            ImageOperation.ImageWatermark mark, RefusedException reason) {
        return new RefusedException(
                        400, "WatermarkError", "The watermark " + mark.key() + ": " + reason.text())
                .because(reason.detail());
    }

    private static VipsImage orient(VipsImage image) {
        if (image.integer("orientation").orElse(1) == 1) {
            return image;
        }
        return image.inMemory().with("autorot").image();
    }

    /**
     * Pictures with a colour profile become sRGB, so that colours survive without one; so do those
     * in inks, by libvips' own profile where theirs is missing or fits no inks.
     */
    private static VipsImage toStandard(VipsImage image) {
        boolean inks = inks(image);
        if (!inks && !image.has("icc-profile-data")) {
            return image;
        }
        VipsOperation transform =
                image.with("icc_transform")
                        .set("output_profile", "srgb")
                        .set("embedded", true)
                        .set("intent", "perceptual");
        if (inks) {
            return transform.set("input_profile", "cmyk").image();
        }
        try {
            return transform.image();
        } catch (VipsException e) {
            return image; // A profile that is broken or does not fit the picture is as good as
            // none.
        }
    }

    private static boolean inks(VipsImage image) {
        return image.integer("interpretation").orElse(0) == CMYK;
    }

    private String averageHue(VipsImage image) {
        VipsImage one =
                PixelOperations.scale(PixelOperations.flatten(PixelOperations.toRgb(image)), 1, 1);
        return one.pixels(
                p ->
                        String.format(
                                "{\"RGB\": \"0x%02x%02x%02x\"}",
                                p.get(JAVA_BYTE, 0), p.get(JAVA_BYTE, 1), p.get(JAVA_BYTE, 2)));
    }

    private Result json(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment copy = session.arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
        return new Result("application/json", copy);
    }

    private static ImageFormat format(List<ImageOperation> operations, Source source) {
        ImageFormat format =
                last(operations, Format.class).map(Format::format).orElse(source.format());
        if (format == ImageFormat.GIF && source.format() != ImageFormat.GIF) {
            throw RefusedException.invalid("format,gif takes a GIF source.");
        }
        return format;
    }

    /** Whether every colour of the result is one of the picture's. */
    private static boolean keepsColours(ImageOperation operation) {
        return switch (operation) {
            case ImageOperation.Crop _, ImageOperation.IndexCrop _, AutoOrient _ -> true;
            case ImageOperation.Rotate rotate -> rotate.degrees() % 90 == 0;
            default -> false;
        };
    }

    private static boolean changesPixels(ImageOperation operation) {
        return switch (operation) {
            case Format _, Quality _, Interlace _, Facts _, AverageHue _ -> false;
            case AutoOrient orient -> orient.apply();
            case ImageOperation other -> other != null;
        };
    }

    private void requireGlyphs(List<ImageOperation> operations) {
        for (ImageOperation operation : operations) {
            operation.words().ifPresent(mark -> Glyphs.require(session.vips, mark));
        }
    }

    private static <T> Optional<T> last(List<ImageOperation> operations, Class<T> type) {
        return operations.stream().filter(type::isInstance).map(type::cast).reduce((_, b) -> b);
    }
}
