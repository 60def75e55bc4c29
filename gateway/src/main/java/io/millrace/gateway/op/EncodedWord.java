package io.millrace.gateway.op;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * How S3 gives back metadata beyond ASCII: as one encoded-word of RFC 2047, however long it is, of
 * UTF-8 in base64. ASCII stands for itself, also where it is such a word.
 *
 * <p>Source: the S3 User Guide, "Working with object metadata".
 */
final class EncodedWord {
    private EncodedWord() {}

    /**
     * @param value one character for each byte of the header that it came in; bytes that are no
     *     UTF-8 are taken for Latin-1
     */
    static String of(String value) {
        if (value.chars().allMatch(c -> c < 0x7F)) {
            return value;
        }
        byte[] sent = value.getBytes(StandardCharsets.ISO_8859_1);
        byte[] text = isUtf8(sent) ? sent : value.getBytes(StandardCharsets.UTF_8);
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(text) + "?=";
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
