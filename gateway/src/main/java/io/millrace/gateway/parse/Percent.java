package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.signing.Uri;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding, once in each direction. What decodes to anything but UTF-8 is refused, so that
 * one name has one form from here on.
 */
public final class Percent {
    private Percent() {}

    /**
     * A path or a part of one; a plus sign is itself. Decoded as the signatures' canonical forms
     * take it, so that what was signed is what is meant.
     */
    public static String decodePath(String raw) {
        String decoded = Uri.decode(raw, false);
        if (decoded == null) {
            throw new GatewayException(ErrorCode.INVALID_URI);
        }
        return decoded;
    }

    /** The form that {@code encoding-type=url} asks for: a blank is %20, a slash is itself. */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/")
                .replace("*", "%2A");
    }
}
