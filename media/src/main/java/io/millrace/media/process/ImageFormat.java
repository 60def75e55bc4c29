package io.millrace.media.process;

import java.util.Optional;

/** An image format: its name in the grammar and its MIME type. */
public enum ImageFormat {
    JPG("jpg", "image/jpeg"),
    PNG("png", "image/png"),
    WEBP("webp", "image/webp"),
    BMP("bmp", "image/bmp"),
    GIF("gif", "image/gif"),
    TIFF("tiff", "image/tiff"),
    AVIF("avif", "image/avif"),
    HEIC("heic", "image/heic");

    private final String word;
    private final String contentType;

    ImageFormat(String word, String contentType) {
        this.word = word;
        this.contentType = contentType;
    }

    /** The name in the grammar, such as {@code jpg}. */
    public String word() {
        return word;
    }

    public String contentType() {
        return contentType;
    }

    /** Whether the format can keep transparent pixels. */
    public boolean keepsAlpha() {
        return switch (this) {
            case JPG, BMP -> false;
            case PNG, WEBP, GIF, TIFF, AVIF, HEIC -> true;
        };
    }

    /**
     * Whether every viewer turns a picture of this format by the EXIF orientation in it; of the
     * others the pixels have to be turned.
     */
    public boolean keepsOrientation() {
        return switch (this) {
            case JPG, TIFF -> true;
            case PNG, WEBP, BMP, GIF, AVIF, HEIC -> false;
        };
    }

    /** The format of that name; {@code jpeg} is {@code jpg}. */
    public static Optional<ImageFormat> named(String word) {
        for (ImageFormat format : values()) {
            if (format.word.equals(word) || (format == JPG && word.equals("jpeg"))) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The format by a file's first bytes (32 suffice); empty when it is none of these. */
    public static Optional<ImageFormat> sniff(byte[] head) {
        if (starts(head, 0, 0xFF, 0xD8, 0xFF)) {
            return Optional.of(JPG);
        }
        if (starts(head, 0, 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A)) {
            return Optional.of(PNG);
        }
        if (starts(head, 0, 'R', 'I', 'F', 'F') && starts(head, 8, 'W', 'E', 'B', 'P')) {
            return Optional.of(WEBP);
        }
        if (starts(head, 0, 'G', 'I', 'F', '8')) {
            return Optional.of(GIF);
        }
        if (starts(head, 0, 'I', 'I', 42, 0) || starts(head, 0, 'M', 'M', 0, 42)) {
            return Optional.of(TIFF);
        }
        if (starts(head, 4, 'f', 't', 'y', 'p')) {
            return isoBrand(head);
        }
        return starts(head, 0, 'B', 'M') && head.length > 18 ? Optional.of(BMP) : Optional.empty();
    }

    private static Optional<ImageFormat> isoBrand(byte[] head) {
        if (starts(head, 8, 'a', 'v', 'i', 'f') || starts(head, 8, 'a', 'v', 'i', 's')) {
            return Optional.of(AVIF);
        }
        if (starts(head, 8, 'h', 'e', 'i') || starts(head, 8, 'h', 'e', 'v')) {
            return Optional.of(HEIC);
        }
        if (starts(head, 8, 'm', 'i', 'f', '1')) {
            // The generic brand: the compatible ones that follow tell which codec it is.
            for (int at = 16; at + 4 <= head.length; at += 4) {
                if (starts(head, at, 'a', 'v', 'i', 'f')) {
                    return Optional.of(AVIF);
                }
            }
            return Optional.of(HEIC);
        }
        return Optional.empty();
    }

    private static boolean starts(byte[] head, int at, int... magic) {
        if (head.length < at + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((head[at + i] & 0xFF) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
