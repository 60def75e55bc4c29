package io.millrace.work.outgoing;

import io.millrace.work.outgoing.OutgoingException.Code;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** A range of addresses in CIDR form; IPv4 and IPv6 ranges hold their own kind alone. */
record Network(byte[] address, int bits) {
    static Network of(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            // No name is looked up: hexadecimal digits, dots and colons alone are a literal.
            if (!literal.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
                throw wrong(text);
            }
            byte[] address = InetAddress.getByName(literal).getAddress();
            int bits = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > address.length * 8) {
                throw wrong(text);
            }
            return new Network(address, bits);
        } catch (UnknownHostException | IllegalArgumentException e) {
            throw wrong(text);
        }
    }

    private static OutgoingException wrong(String text) {
        return new OutgoingException(
                Code.INVALID,
                "'" + text + "' is no range of addresses like 10.0.0.0/8 or fd00::/8");
    }

    boolean holds(byte[] other) {
        if (other.length != address.length) {
            return false;
        }
        int whole = bits / 8;
        if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = bits % 8;
        int mask = 0xFF << (8 - rest) & 0xFF;
        return rest == 0 || (address[whole] & mask) == (other[whole] & mask);
    }
}
