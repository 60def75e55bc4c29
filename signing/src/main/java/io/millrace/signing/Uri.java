package io.millrace.signing;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Percent-encoding as every canonical form wants it: only RFC 3986 unreserved characters stay. */
public final class Uri {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private Uri() {}

    static boolean unreserved(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c == '.'
                || c == '~';
    }

    /** Encodes UTF-8 bytes, upper-case hexadecimal; keeps slashes when asked. */
    static String encode(String text, boolean keepSlash) {
        int plain = 0;
        while (plain < text.length() && stays(text.charAt(plain), keepSlash)) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, plain);
        for (byte b : text.substring(plain).getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            if (stays(c, keepSlash)) {
                out.append((char) c);
            } else {
                out.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        return out.toString();
    }

    private static boolean stays(int c, boolean keepSlash) {
        return unreserved(c) || (keepSlash && c == '/');
    }

    /**
     * Decodes percent signs, and plus to space when asked. A character beyond ASCII is a byte of
     * UTF-8 that a client sent as it is.
     *
     * @return null when that is no UTF-8, or a percent sign has no two digits behind it
     */
    public static @Nullable String decode(String text, boolean plusIsSpace) {
        if (isPlain(text, plusIsSpace)) {
            return text;
        }
        byte[] out = new byte[text.length()];
        int n = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int octet = octet(text, i + 1);
                if (octet < 0) {
                    return null;
                }
                out[n++] = (byte) octet;
                i += 2;
            } else if (c > 0xFF) {
                return null;
            } else {
                out[n++] = plusIsSpace && c == '+' ? (byte) ' ' : (byte) c;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(out, 0, n))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Two hexadecimal digits; -1 when they are not there. */
    private static int octet(String text, int at) {
        boolean digits =
                at + 1 < text.length()
                        && HexFormat.isHexDigit(text.charAt(at))
                        && HexFormat.isHexDigit(text.charAt(at + 1));
        return digits ? HexFormat.fromHexDigits(text, at, at + 2) : -1;
    }

    private static boolean isPlain(String text, boolean plusIsSpace) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' || c > 0x7E || (c == '+' && plusIsSpace)) {
                return false;
            }
        }
        return true;
    }

    /** The path as SigV4 signs it: decoded once and encoded again; null when it does not decode. */
    static @Nullable String canonicalPath(String rawPath) {
        for (int i = 0; i < rawPath.length(); i++) {
            if (!stays(rawPath.charAt(i), true)) {
                String decoded = decode(rawPath, false);
                return decoded == null ? null : encode(decoded, true);
            }
        }
        return rawPath;
    }

    /**
     * The resource as OSS signs it, decoded: {@code /bucket/key}, {@code /bucket/} or {@code /};
     * null when it does not decode.
     */
    static @Nullable String ossResource(SignedRequest request) {
        String path = decode(request.rawPath(), false);
        if (path == null) {
            return null;
        }
        if (request.hostBucket() != null) {
            return "/" + request.hostBucket() + path;
        }
        return path.length() > 1 && path.indexOf('/', 1) < 0 ? path + "/" : path;
    }
}
