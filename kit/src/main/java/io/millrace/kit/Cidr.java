package io.millrace.kit;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * An address or a network of those that share their first bits (RFC 4632, RFC 4291 section 2.3),
 * IPv4 or IPv6: each holds its own kind alone, and a mapped IPv4 address counts as IPv4.
 *
 * @param address of 4 or 16 bytes; what stands behind the prefix says nothing
 * @param bits of the prefix; 32 or 128 for one address
 */
public record Cidr(InetAddress address, int bits) {
    /**
     * Reads {@code 10.0.0.0/8}, {@code 192.0.2.7}, {@code fd00::/8}; looks no name up.
     *
     * @throws IllegalArgumentException for anything else, a host name or a zone among it
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        if (literal.indexOf('%') >= 0) {
            throw new IllegalArgumentException(text + " has a zone, which no network has");
        }
        InetAddress address = InetAddress.ofLiteral(literal);
        int most = address.getAddress().length * 8;
        int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException(text + " has a prefix of 0 to " + most + " bits");
        }
        return new Cidr(address, bits);
    }

    public boolean contains(InetAddress other) {
        return contains(other.getAddress());
    }

    /** The same for an address of 4 or 16 bytes. */
    public boolean contains(byte[] other) {
        byte[] mine = address.getAddress();
        int whole = bits / 8;
        if (other.length != mine.length || !Arrays.equals(mine, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = bits % 8;
        int mask = 0xFF << (8 - rest) & 0xFF;
        return rest == 0 || (mine[whole] & mask) == (other[whole] & mask);
    }
}
