package io.millrace.kit.door;

import io.millrace.kit.Cidr;
import java.net.InetAddress;
import java.util.List;

/**
 * The proxies whose {@code X-Forwarded-For} is believed. Each proxy adds the address that it was
 * called from at the end, so the header is read from there: the first address that is no trusted
 * proxy is the client's, and what stands before it anybody may have written.
 *
 * @param networks as in {@link #parse}
 */
public record TrustedProxies(List<Cidr> networks) {
    /** Nobody is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** More hops than anybody has: a longer list is not read on. */
    private static final int MOST_HOPS = 32;

    public TrustedProxies {
        networks = List.copyOf(networks);
    }

    /**
     * Reads addresses and networks: {@code 10.0.0.0/8}, {@code 192.0.2.7}, {@code fd00::/8}.
     *
     * @throws IllegalArgumentException for anything else, a host name among it
     */
    public static TrustedProxies parse(List<String> texts) {
        return new TrustedProxies(texts.stream().map(Cidr::parse).toList());
    }

    /** Whether that peer is one of them. */
    public boolean trust(InetAddress peer) {
        for (Cidr network : networks) {
            if (network.contains(peer)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The client's address.
     *
     * @param peer who opened the connection
     * @param forwarded the values of {@code X-Forwarded-For}, in their order
     * @return the peer itself where it is no trusted proxy, or says nothing that makes sense
     */
    public InetAddress client(InetAddress peer, List<String> forwarded) {
        if (networks.isEmpty() || forwarded.isEmpty() || !trust(peer)) {
            return peer;
        }
        String[] hops = String.join(",", forwarded).split(",", -1);
        InetAddress client = peer;
        for (int i = hops.length - 1; i >= Math.max(0, hops.length - MOST_HOPS); i--) {
            InetAddress hop = address(hops[i].strip());
            if (hop == null) {
                return client;
            }
            client = hop;
            if (!trust(hop)) {
                return client;
            }
        }
        return client;
    }

    private static @org.jspecify.annotations.Nullable InetAddress address(String hop) {
        try {
            return InetAddress.ofLiteral(withoutPort(hop));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Some write {@code 192.0.2.7:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String hop) {
        if (hop.startsWith("[")) {
            int end = hop.indexOf(']');
            return end < 0 ? hop : hop.substring(1, end);
        }
        int colon = hop.indexOf(':');
        return colon > 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }
}
