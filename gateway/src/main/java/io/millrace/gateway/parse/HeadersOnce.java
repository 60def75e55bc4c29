package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Refuses a header that stands in a request twice: a signature covers both, an operation reads one.
 * Lists that proxies and browsers send in pieces (RFC 9110, section 5.3) are let through, and mean
 * nothing here.
 */
public final class HeadersOnce {
    private static final Set<String> LISTS =
            Set.of(
                    "accept",
                    "accept-charset",
                    "accept-encoding",
                    "accept-language",
                    "access-control-request-headers",
                    "connection",
                    "cookie",
                    "forwarded",
                    "keep-alive",
                    "pragma",
                    "te",
                    "via",
                    "x-forwarded-for",
                    "x-forwarded-host",
                    "x-forwarded-proto");

    private HeadersOnce() {}

    /**
     * @param headers in the order sent
     * @throws GatewayException 400 for the first that is repeated
     */
    public static void check(List<Map.Entry<String, String>> headers) {
        for (int i = 1; i < headers.size(); i++) {
            String name = headers.get(i).getKey();
            for (int j = 0; j < i; j++) {
                if (name.equalsIgnoreCase(headers.get(j).getKey())
                        && !LISTS.contains(name.toLowerCase(Locale.ROOT))) {
                    throw new GatewayException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "The header " + name + " stands in the request twice.")
                            .with("ArgumentName", name);
                }
            }
        }
    }
}
