package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Query;
import org.jspecify.annotations.Nullable;

/**
 * {@code x-oss-traffic-limit}: how fast a body may pass, in bits a second, in a header, in a signed
 * URL or in a form. Source: OSS, "Single-connection bandwidth throttling".
 */
public final class TrafficLimit {
    /** No limit. */
    public static final long NONE = Long.MAX_VALUE;

    private static final long LEAST = 819_200;
    private static final long MOST = 838_860_800;

    private TrafficLimit() {}

    /** The lower one of header and query, in bits a second. */
    public static long of(Exchange exchange, Query query) {
        return Math.min(
                parse(exchange.header(VendorHeaders.TRAFFIC_LIMIT)),
                parse(query.get(VendorHeaders.TRAFFIC_LIMIT)));
    }

    /**
     * @throws GatewayException 400 for what is no number from 819,200 to 838,860,800
     */
    public static long parse(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        long bits = Queries.digits(text.strip());
        if (bits < LEAST || bits > MOST) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT,
                            "x-oss-traffic-limit is a number of bits a second from "
                                    + LEAST
                                    + " to "
                                    + MOST
                                    + ".")
                    .with("ArgumentName", VendorHeaders.TRAFFIC_LIMIT)
                    .with("ArgumentValue", text);
        }
        return bits;
    }
}
