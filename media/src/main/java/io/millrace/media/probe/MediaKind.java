package io.millrace.media.probe;

import io.millrace.media.process.ImageFormat;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What an object's first bytes look like. */
sealed interface MediaKind {
    record Image(ImageFormat format) implements MediaKind {}

    record Stream() implements MediaKind {}

    record Other() implements MediaKind {}

    /** Enough bytes to tell. */
    int HEAD_BYTES = 400;

    static MediaKind of(byte[] head) {
        Optional<ImageFormat> image = ImageFormat.sniff(head);
        if (image.isPresent()) {
            return new Image(image.get());
        }
        return isStream(head) ? new Stream() : new Other();
    }

    private static boolean isStream(byte[] head) {
        return has(head, 4, "ftyp")
                || has(head, 4, "moov")
                || has(head, 0, "\u001aE\u00df\u00a3")
                || has(head, 0, "FLV")
                || (has(head, 0, "RIFF") && (has(head, 8, "AVI ") || has(head, 8, "WAVE")))
                || has(head, 0, "OggS")
                || has(head, 0, "fLaC")
                || has(head, 0, "ID3")
                || has(head, 0, "\u0000\u0000\u0001\u00ba")
                || has(head, 0, "0&\u00b2u")
                || isTransportStream(head)
                || isFrameSync(head);
    }

    /** MPEG-TS: a sync byte every 188 bytes. */
    private static boolean isTransportStream(byte[] head) {
        return head.length > 376 && head[0] == 0x47 && head[188] == 0x47 && head[376] == 0x47;
    }

    /** MPEG audio or ADTS: eleven or twelve set bits, then values that are in use. */
    private static boolean isFrameSync(byte[] head) {
        return head.length > 4
                && (head[0] & 0xFF) == 0xFF
                && ((head[1] & 0xF6) == 0xF0
                        || ((head[1] & 0xE6) == 0xE2 && (head[2] & 0xF0) != 0xF0));
    }

    private static boolean has(byte[] head, int at, String magic) {
        byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
        if (head.length < at + bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (head[at + i] != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
