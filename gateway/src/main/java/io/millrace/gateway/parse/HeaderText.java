package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.nio.charset.StandardCharsets;

/**
 * Text that will stand in a header. Headers carry bytes: what came in one is kept as it came, one
 * character for each byte; what came from elsewhere (a form, a query) is UTF-8 put the same way.
 */
final class HeaderText {
    private HeaderText() {}

    /** A header's value, which must not hold control characters: they would break the answer. */
    static String checked(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7F) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT, "A control character in " + name + ".")
                        .with("ArgumentName", name);
            }
        }
        return value;
    }

    /** Decoded text in the form that headers have. */
    static String encoded(String name, String text) {
        checked(name, text);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7E) {
                return new String(
                        text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }
}
