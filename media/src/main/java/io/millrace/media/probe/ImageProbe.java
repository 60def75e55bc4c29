package io.millrace.media.probe;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.heif.HeifMetadataReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.Tag;
import com.drew.metadata.bmp.BmpHeaderDirectory;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import com.drew.metadata.exif.GpsDirectory;
import com.drew.metadata.gif.GifHeaderDirectory;
import com.drew.metadata.gif.GifImageDirectory;
import com.drew.metadata.heif.HeifDirectory;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.png.PngDirectory;
import com.drew.metadata.webp.WebpDirectory;
import io.millrace.media.ProbeOutcome;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Reads an image's header and EXIF; decodes nothing, so it needs no worker. */
final class ImageProbe {
    /**
     * Headers stand in the first megabytes, save in a TIFF, which may keep its directory at the
     * end.
     */
    private static final long MAX_HEAD_BYTES = 8L << 20;

    private static final long MAX_TIFF_BYTES = 32L << 20;
    private static final int MAX_TAGS = 120;
    private static final int MAX_VALUE = 200;

    private ImageProbe() {}

    /** The facts. @throws RefusedException when the header is broken */
    static ProbeOutcome.Image probe(ObjectReader object, ImageFormat format) {
        long most = format == ImageFormat.TIFF ? MAX_TIFF_BYTES : MAX_HEAD_BYTES;
        long length = Math.min(object.info().sizeBytes(), most);
        try (InputStream in = object.range(0, length)) {
            Metadata metadata =
                    format == ImageFormat.HEIC || format == ImageFormat.AVIF
                            ? HeifMetadataReader.readMetadata(in)
                            : ImageMetadataReader.readMetadata(in, length);
            return facts(metadata, format);
        } catch (ImageProcessingException | IOException | StackOverflowError e) {
            throw RefusedException.badRequest("the image's header is broken or cut short")
                    .because(String.valueOf(e.getMessage()));
        }
    }

    private static ProbeOutcome.Image facts(Metadata metadata, ImageFormat format) {
        OptionalInt width = OptionalInt.empty();
        OptionalInt height = OptionalInt.empty();
        Map<String, String> exif = new LinkedHashMap<>();
        int orientation = 1;
        for (Directory directory : metadata.getDirectories()) {
            width = width.isPresent() ? width : number(directory, widthTag(directory));
            height = height.isPresent() ? height : number(directory, heightTag(directory));
            if (directory instanceof ExifIFD0Directory) {
                orientation =
                        number(directory, ExifDirectoryBase.TAG_ORIENTATION).orElse(orientation);
            }
            if (directory instanceof ExifIFD0Directory
                    || directory instanceof ExifSubIFDDirectory
                    || directory instanceof GpsDirectory) {
                collect(directory, exif);
            }
        }
        if (width.isEmpty() || height.isEmpty()) {
            throw RefusedException.badRequest("the image's header tells no dimensions");
        }
        int frames = metadata.getDirectoriesOfType(GifImageDirectory.class).size();
        return new ProbeOutcome.Image(
                format.word(),
                width.getAsInt(),
                height.getAsInt(),
                Math.max(1, frames),
                orientation >= 1 && orientation <= 8 ? orientation : 1,
                exif);
    }

    private static int widthTag(Directory directory) {
        return switch (directory) {
            case JpegDirectory _ -> JpegDirectory.TAG_IMAGE_WIDTH;
            case PngDirectory _ -> PngDirectory.TAG_IMAGE_WIDTH;
            case WebpDirectory _ -> WebpDirectory.TAG_IMAGE_WIDTH;
            case GifHeaderDirectory _ -> GifHeaderDirectory.TAG_IMAGE_WIDTH;
            case BmpHeaderDirectory _ -> BmpHeaderDirectory.TAG_IMAGE_WIDTH;
            case HeifDirectory _ -> HeifDirectory.TAG_IMAGE_WIDTH;
            case ExifIFD0Directory _ -> ExifDirectoryBase.TAG_IMAGE_WIDTH;
            default -> -1;
        };
    }

    private static int heightTag(Directory directory) {
        return switch (directory) {
            case JpegDirectory _ -> JpegDirectory.TAG_IMAGE_HEIGHT;
            case PngDirectory _ -> PngDirectory.TAG_IMAGE_HEIGHT;
            case WebpDirectory _ -> WebpDirectory.TAG_IMAGE_HEIGHT;
            case GifHeaderDirectory _ -> GifHeaderDirectory.TAG_IMAGE_HEIGHT;
            case BmpHeaderDirectory _ -> BmpHeaderDirectory.TAG_IMAGE_HEIGHT;
            case HeifDirectory _ -> HeifDirectory.TAG_IMAGE_HEIGHT;
            case ExifIFD0Directory _ -> ExifDirectoryBase.TAG_IMAGE_HEIGHT;
            default -> -1;
        };
    }

    private static OptionalInt number(Directory directory, int tag) {
        Integer value = tag < 0 ? null : directory.getInteger(tag);
        return value == null || value <= 0 ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static void collect(Directory directory, Map<String, String> into) {
        for (Tag tag : directory.getTags()) {
            String value = tag.getDescription();
            if (into.size() < MAX_TAGS
                    && tag.hasTagName()
                    && value != null
                    && value.length() <= MAX_VALUE) {
                into.putIfAbsent(tag.getTagName(), value);
            }
        }
    }
}
