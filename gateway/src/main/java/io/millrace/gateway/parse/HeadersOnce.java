package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.http.Exchange;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Refuses a header that stands in a request twice: a signature covers both, an operation reads one.
 * Lists that proxies, browsers and SDKs send in pieces (RFC 9110, section 5.3) are let through
 * where no operation reads more than one piece of them.
 */
public final class HeadersOnce {
    private static final Set<String> LISTS =
            Set.of(
                    "accept",
                    "accept-charset",
                    "accept-encoding",
                    "accept-language",
                    "access-control-request-headers",
                    "baggage",
                    "cdn-loop",
                    "connection",
                    "cookie",
                    "forwarded",
                    "keep-alive",
                    "pragma",
                    "te",
                    "tracestate",
                    "upgrade",
                    "via",
                    "warning",
                    "x-forwarded-for",
                    "x-forwarded-host",
                    "x-forwarded-port",
                    "x-forwarded-proto",
                    "x-forwarded-server");

    private HeadersOnce() {}

    /**
     * @throws GatewayException 400 for the first that is repeated
     */
    public static void check(Exchange exchange) {
        List<Map.Entry<String, String>> headers = exchange.headers();
        Set<String> seen = HashSet.newHashSet(headers.size());
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!mayBeRepeated(exchange.method(), name, header.getValue()) && !seen.add(name)) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The header " + header.getKey() + " stands in the request twice.")
                        .with("ArgumentName", header.getKey());
            }
        }
    }

    private static boolean mayBeRepeated(String method, String name, String value) {
        return switch (name) {
            // The SDKs add it beside the content's own, and it goes before the object is stored.
            case "content-encoding" -> value.strip().equalsIgnoreCase("aws-chunked");
            case "cache-control" -> method.equals("GET") || method.equals("HEAD");
            default -> LISTS.contains(name);
        };
    }
}
