package io.millrace.access.policy;

import java.net.InetAddress;

/** An address or a network, IPv4 or IPv6; a mapped IPv4 address counts as IPv4. */
record Cidr(InetAddress address, int bits) {

    static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            int all = address.getAddress().length * 8;
            int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > all) {
                throw new PolicyException("The network mask does not fit: " + text);
            }
            return new Cidr(address, bits);
        } catch (IllegalArgumentException e) {
            throw new PolicyException("Not an IP address or network: " + text);
        }
    }

    boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit & 7);
            if ((mine[bit >> 3] & mask) != (theirs[bit >> 3] & mask)) {
                return false;
            }
        }
        return true;
    }
}
