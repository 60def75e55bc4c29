package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding, once in each direction. What decodes to anything but UTF-8 is refused, so that
 * one name has one form from here on.
 */
public final class Percent {
    private Percent() {}

    /** A path or a part of one; a plus sign is itself. */
    public static String decodePath(String raw) {
        return decode(raw, false);
    }

    /** A query's name or value; a plus sign is a blank. */
    public static String decodeQuery(String raw) {
        return decode(raw, true);
    }

    private static String decode(String raw, boolean plusIsBlank) {
        if (isPlain(raw, plusIsBlank)) {
            return raw;
        }
        byte[] out = new byte[raw.length()];
        int count = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                if (i + 2 >= raw.length()) {
                    throw new GatewayException(ErrorCode.INVALID_URI);
                }
                int high = Character.digit(raw.charAt(i + 1), 16);
                int low = Character.digit(raw.charAt(i + 2), 16);
                if (high < 0 || low < 0) {
                    throw new GatewayException(ErrorCode.INVALID_URI);
                }
                out[count++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c == '+' && plusIsBlank) {
                out[count++] = ' ';
            } else if (c <= 0xFF) {
                // Bytes past ASCII come from clients that send UTF-8 as it is.
                out[count++] = (byte) c;
            } else {
                throw new GatewayException(ErrorCode.INVALID_URI);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(out, 0, count))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new GatewayException(ErrorCode.INVALID_URI);
        }
    }

    private static boolean isPlain(String raw, boolean plusIsBlank) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c > 0x7E || (c == '+' && plusIsBlank)) {
                return false;
            }
        }
        return true;
    }

    /** The form that {@code encoding-type=url} asks for: a blank is %20, a slash is itself. */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/")
                .replace("*", "%2A");
    }
}
