package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.door.DoorBounds;
import io.millrace.kit.door.Guests;
import io.millrace.kit.door.TrustedProxies;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More viewers than the edge has room for, who keep it waiting. */
@Timeout(60)
class CrowdTest {
    private static final int MANY = 120;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @TempDir Path directory;
    private final List<Socket> crowd = new ArrayList<>();
    private EdgeFixture edge;

    private void open(DoorBounds bounds, TrustedProxies proxies) throws IOException {
        edge =
                new EdgeFixture(
                        directory, o -> o.listening("127.0.0.1", 0, 0).within(bounds, proxies));
        edge.origin.on("/a", 200, HELLO, "Cache-Control: max-age=60");
    }

    @AfterEach
    void nothingIsHeldForWhoHasGone() throws Exception {
        edge.client.close();
        for (Socket socket : crowd) {
            socket.close();
        }
        while (sum(Guests::connections) != 0 || sum(Guests::heldBytes) != 0) {
            Thread.sleep(10);
        }
        edge.close();
    }

    private long sum(ToLongFunction<Guests> value) {
        return edge.edge().guests().stream().mapToLong(value).sum();
    }

    private Socket sending(int number, String bytes) throws IOException {
        return sending(edge.edge().port(), number, bytes);
    }

    private Socket sending(int port, int number, String bytes) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.bind(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + (2 + number % 100)), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        crowd.add(socket);
        return socket;
    }

    private void served() throws Exception {
        var answer = edge.get("/a");
        assertEquals(200, answer.statusCode());
        assertArrayEquals(HELLO, answer.body());
    }

    @Test
    void halfHeadsTricklingBodiesAndSilenceGiveWay() throws Exception {
        open(new DoorBounds(40, 8 << 20, 40, 8 << 20, 20), TrustedProxies.NONE);
        served();
        for (int i = 0; i < MANY; i++) {
            switch (i % 3) {
                case 0 -> sending(i, "GET /a HTTP/1.1\r\nHost: x\r\nX-Slow: ");
                case 1 -> sending(i, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\na");
                default -> sending(i, "");
            }
        }
        while (sum(Guests::shedForRoom) < MANY - 42) {
            Thread.sleep(5);
        }
        assertTrue(sum(Guests::connections) <= 40);
        served();
    }

    @Test
    void longHalfHeadsGiveWayWhenTheyOccupyTooMuch() throws Exception {
        open(new DoorBounds(1000, 256 << 10, 1000, 256 << 10, 20), TrustedProxies.NONE);
        String half = "GET /a HTTP/1.1\r\nHost: x\r\n" + "X-Slow: 1234567890\r\n".repeat(500);
        for (int i = 0; i < MANY; i++) {
            sending(i, half);
        }
        while (sum(Guests::shedForBytes) < MANY / 2) {
            Thread.sleep(5);
        }
        assertTrue(sum(Guests::heldBytes) <= 256 << 10);
        served();
    }

    @Test
    void oneAddressHasOnlySoManyConnectionsUnlessItIsATrustedProxy() throws Exception {
        open(new DoorBounds(40, 8 << 20, 3, 8 << 20, 20), TrustedProxies.NONE);
        for (int i = 0; i < 5; i++) {
            sending(0, "");
        }
        while (sum(Guests::refused) < 2) {
            Thread.sleep(5);
        }
        served();
        edge.client.close();
        edge.close();
        open(
                new DoorBounds(40, 8 << 20, 3, 8 << 20, 20),
                TrustedProxies.parse(List.of("127.0.0.0/8")));
        for (int i = 0; i < 5; i++) {
            sending(0, "");
        }
        while (sum(Guests::connections) < 5) {
            Thread.sleep(5);
        }
        assertEquals(0, sum(Guests::refused));
    }

    @Test
    void inACrowdLittleIsHeldForEachViewerWhoDoesNotRead() throws Exception {
        open(new DoorBounds(9_000, 1L << 30, 9_000, 1L << 30, 20), TrustedProxies.NONE);
        byte[] large = EdgeFixture.bytes(3_000_000, 1);
        edge.origin.object("/large", large, "\"l\"", "Cache-Control: max-age=60");
        assertArrayEquals(large, edge.get("/large").body());
        int crowded = 1 + 1_000;
        int loops = edge.edge().guests().size();
        for (int i = 0; i < loops * crowded; i++) {
            sending(i, "");
        }
        while (edge.edge().guests().stream().anyMatch(g -> g.connections() < crowded)) {
            Thread.sleep(5);
        }
        int viewers = 10;
        for (int i = 0; i < viewers; i++) {
            Socket viewer =
                    anybodysTls().createSocket(sending(edge.edge().tlsPort(), i, ""), "x", 1, true);
            viewer.getOutputStream()
                    .write(
                            "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', viewer.getInputStream().read());
        }
        long held = 0;
        for (long before = -1; held == 0 || held != before; ) {
            before = held;
            Thread.sleep(200);
            held = sum(Guests::heldBytes);
        }
        assertTrue(held < viewers * (64L << 10), held + " bytes");
    }

    private static SSLSocketFactory anybodysTls() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        return context.getSocketFactory();
    }
}
