package io.millrace.signing;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Percent-encoding as every canonical form wants it: only RFC 3986 unreserved characters stay. */
final class Uri {
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

    /** Decodes percent signs, and plus to space when asked; null when it is not valid UTF-8. */
    static @Nullable String decode(String text, boolean plusIsSpace) {
        if (text.indexOf('%') < 0 && (!plusIsSpace || text.indexOf('+') < 0)) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int n = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '%') {
                int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
                int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                out[n++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                out[n++] = plusIsSpace && in[i] == '+' ? (byte) ' ' : in[i];
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Arrays.copyOf(out, n)))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
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
