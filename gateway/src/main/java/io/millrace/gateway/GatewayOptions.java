package io.millrace.gateway;

import java.util.List;
import java.util.Locale;

/**
 * Settings of the gateway.
 *
 * @param region what answers say where the buckets are
 * @param onlyRegion whether a SigV4 signature must be for that region; else any is accepted
 * @param baseDomains domains below which the first label of the host is a bucket (virtual-host
 *     style); empty for path style only
 * @param maxDocumentBytes the longest XML body, 64 KiB to 16 MiB
 * @param accessLog whether each request gets a line in the logger {@value Gateway#ACCESS_LOG}
 */
public record GatewayOptions(
        String region,
        boolean onlyRegion,
        List<String> baseDomains,
        int maxDocumentBytes,
        boolean accessLog) {
    public GatewayOptions {
        baseDomains = baseDomains.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        if (maxDocumentBytes < 64 << 10 || maxDocumentBytes > 16 << 20) {
            throw new IllegalArgumentException("maxDocumentBytes must be 64 KiB to 16 MiB");
        }
    }

    /** Region {@code local} and any in signatures, path style, documents up to 4 MiB. */
    public static GatewayOptions defaults() {
        return new GatewayOptions("local", false, List.of(), 4 << 20, true);
    }

    public GatewayOptions withBaseDomains(List<String> domains) {
        return new GatewayOptions(region, onlyRegion, domains, maxDocumentBytes, accessLog);
    }

    /** One region, which answers tell and SigV4 signatures must be for. */
    public GatewayOptions withOnlyRegion(String name) {
        return new GatewayOptions(name, true, baseDomains, maxDocumentBytes, accessLog);
    }
}
