package io.millrace.kit.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrustedProxiesTest {
    private static final TrustedProxies PROXIES =
            TrustedProxies.parse(List.of("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"));

    private static String client(String peer, String... forwarded) {
        return PROXIES.client(InetAddress.ofLiteral(peer), List.of(forwarded)).getHostAddress();
    }

    @Test
    void aStrangersWordIsNotBelieved() {
        assertEquals("198.51.100.1", client("198.51.100.1", "203.0.113.9"));
        assertEquals("192.0.2.8", client("192.0.2.8", "203.0.113.9"));
        assertEquals(
                "127.0.0.1",
                TrustedProxies.NONE
                        .client(InetAddress.ofLiteral("127.0.0.1"), List.of("203.0.113.9"))
                        .getHostAddress());
    }

    @Test
    void theLastAddressThatIsNoProxyIsTheClient() {
        assertEquals("203.0.113.9", client("10.1.2.3", "203.0.113.9"));
        assertEquals("203.0.113.9", client("192.0.2.7", "198.51.100.66, 203.0.113.9, 10.9.9.9"));
        assertEquals("203.0.113.9", client("192.0.2.7", "198.51.100.66", "203.0.113.9,10.9.9.9"));
        assertEquals("10.9.9.9", client("192.0.2.7", "10.9.9.9"));
        assertEquals("203.0.113.9", client("10.1.2.3", "203.0.113.9:4711"));
        assertEquals(
                "2001:db9:0:0:0:0:0:5", client("2001:db8::1", "203.0.113.9, [2001:db9::5]:443"));
    }

    @Test
    void whatMakesNoSenseEndsTheReading() {
        assertEquals("10.1.2.3", client("10.1.2.3", "unknown"));
        assertEquals("10.1.2.3", client("10.1.2.3", ""));
        assertEquals("10.7.7.7", client("10.1.2.3", "203.0.113.9, evil.example, 10.7.7.7"));
        assertEquals("10.1.2.3", client("10.1.2.3"));
    }

    @Test
    void onlyAddressesAndNetworksAreRead() {
        for (String wrong : List.of("localhost", "10.0.0.0/33", "10.0.0.0/x", "", "fd00::/129")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TrustedProxies.parse(List.of(wrong)),
                    wrong);
        }
    }
}
