package io.millrace.kit.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.door.DoorBounds;
import io.millrace.kit.door.TrustedProxies;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A door that more clients come to than it has room for, and that they keep waiting. */
@Timeout(60)
class CrowdedDoorTest {
    private static final int MANY = 60;

    private final List<Socket> crowd = new ArrayList<>();
    private final HttpDoorOptions options =
            HttpDoorOptions.of("test", "127.0.0.1", 0)
                    .idleAfter(Duration.ofSeconds(50))
                    .within(new DoorBounds(40, 2 << 20, 40, 2 << 20, 20));
    private HttpDoor door;

    private void open(HttpDoorOptions with, HttpHandler handler) {
        door = HttpDoor.open(with, handler);
    }

    @AfterEach
    @Timeout(30)
    void nothingIsHeldForWhoHasGone() throws Exception {
        for (Socket socket : crowd) {
            socket.close();
        }
        while (door.guests().heldBytes() != 0
                || door.guests().connections() != 0
                || door.inFlight() != 0) {
            Thread.sleep(10);
        }
        assertEquals(0, door.guests().addresses());
        door.close();
    }

    /** From an address of its own, if the number is one. */
    private Socket connected(int number) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.setReceiveBufferSize(4 << 10);
        socket.bind(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + (1 + number % 200)), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", door.port()));
        crowd.add(socket);
        return socket;
    }

    private Socket sending(int number, String bytes) throws IOException {
        Socket socket = connected(number);
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
        return socket;
    }

    private int get(String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(
                            "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                    .formatted(path)
                                    .getBytes(ISO_8859_1));
            return status(socket.getInputStream());
        }
    }

    private static int status(InputStream in) throws IOException {
        byte[] line = in.readNBytes(12);
        return line.length < 12 ? -1 : Integer.parseInt(new String(line, 9, 3, ISO_8859_1));
    }

    private void awaitConnections(int atLeast) throws InterruptedException {
        while (door.guests().connections() < atLeast) {
            Thread.sleep(5);
        }
    }

    /** Whether the server has ended it. */
    private static boolean ended(Socket socket) {
        try {
            socket.setSoTimeout(2_000);
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void halfHeadsGiveWayToWhoCameToday() throws Exception {
        open(options, exchange -> exchange.send("here"));
        Socket first = sending(0, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        awaitConnections(1);
        for (int i = 1; i < MANY; i++) {
            sending(i, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        }
        awaitConnections(40);
        assertEquals(200, get("/"));
        assertTrue(ended(first), "the one that was waited for longest");
        assertTrue(door.guests().shedForRoom() >= MANY + 1 - 40);
        assertTrue(door.guests().heldBytes() >= 30 * 2048, "half a head occupies a buffer");
    }

    @Test
    void longHalfHeadsGiveWayWhenTheyOccupyTooMuch() throws Exception {
        HttpDoorOptions small = options.within(new DoorBounds(100, 256 << 10, 100, 256 << 10, 50));
        open(small, exchange -> exchange.send("here"));
        String half = "GET / HTTP/1.1\r\nHost: x\r\n" + "X-Slow: 1234567890\r\n".repeat(1_000);
        for (int i = 0; i < MANY; i++) {
            sending(i, half);
        }
        while (door.guests().shedForBytes() < MANY / 2) {
            Thread.sleep(5);
        }
        assertTrue(door.guests().heldBytes() <= 256 << 10);
        assertEquals(200, get("/"));
    }

    @Test
    void bodiesThatStrangersLetTrickleTakeNoSlots() throws Exception {
        CountDownLatch reading = new CountDownLatch(10);
        open(
                options.atMost(8192, 2),
                exchange -> {
                    if (exchange.method().equals("POST")) {
                        reading.countDown();
                        exchange.body().readAllBytes();
                    }
                    exchange.send("here");
                });
        for (int i = 0; i < 5; i++) {
            sending(i, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
            sending(i, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nab");
            sending(i, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab");
        }
        reading.await();
        assertEquals(200, get("/"));
        Socket whole =
                sending(7, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        whole.getOutputStream().write("2\r\nab\r\n0\r\n\r\n".getBytes(ISO_8859_1));
        assertEquals(200, status(whole.getInputStream()));
    }

    @Test
    void aSlotIsTakenByTheProof() throws Exception {
        Semaphore proven = new Semaphore(0);
        open(
                options.atMost(8192, 2),
                exchange -> {
                    if (exchange.method().equals("POST")) {
                        if (!exchange.proven()) {
                            exchange.status(503).send("no room");
                            return;
                        }
                        assertTrue(exchange.proven(), "twice is once");
                        proven.release();
                        exchange.body().readAllBytes();
                    }
                    exchange.send("here");
                });
        String begun = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab";
        Socket first = sending(0, begun);
        sending(1, begun);
        proven.acquire(2);
        assertEquals(2, door.inFlight());
        assertEquals(503, status(sending(2, begun).getInputStream()));
        assertEquals(503, get("/"), "whole requests take slots, too");
        assertEquals(2, door.busy());
        first.getOutputStream().write("\r\n0\r\n\r\n".getBytes(ISO_8859_1));
        assertEquals(200, status(first.getInputStream()));
        while (door.inFlight() > 1) {
            Thread.sleep(5);
        }
        assertEquals(200, get("/"));
    }

    @Test
    void aBodyThatEndsUnprovenTakesASlotOrIsRefused() throws Exception {
        Semaphore go = new Semaphore(0);
        Semaphore inside = new Semaphore(0);
        open(
                options.atMost(8192, 1),
                exchange -> {
                    if (exchange.method().equals("GET")) {
                        inside.release();
                        go.acquire();
                    } else {
                        exchange.body().readAllBytes();
                    }
                    exchange.send("here");
                });
        Socket post =
                sending(1, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        sending(0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        inside.acquire();
        post.getOutputStream().write("2\r\nab\r\n0\r\n\r\n".getBytes(ISO_8859_1));
        assertEquals(503, status(post.getInputStream()));
        go.release();
    }

    @Test
    void theNextRequestOfAPipelineIsServedUntilItIsAnswered() throws Exception {
        Semaphore go = new Semaphore(0);
        Semaphore inside = new Semaphore(0);
        open(
                options.within(new DoorBounds(3, 2 << 20, 3, 2 << 20, 3)),
                exchange -> {
                    if (exchange.rawPath().equals("/slow")) {
                        inside.release();
                        go.acquireUninterruptibly();
                    }
                    exchange.send("here");
                });
        String get = "GET %s HTTP/1.1\r\nHost: x\r\n\r\n";
        String pipeline = get.formatted("/quick").repeat(20) + get.formatted("/slow");
        Socket served = sending(0, pipeline);
        inside.acquire();
        Thread.sleep(1_100); // old enough to be given up, if it rested
        for (int i = 1; i < 8; i++) {
            assertEquals(200, get("/"));
            connected(i);
        }
        go.release();
        StringBuilder answers = new StringBuilder();
        while (answers.toString().split("here", -1).length < 22) {
            int next = served.getInputStream().read();
            assertTrue(next >= 0, "it was let go");
            answers.append((char) next);
        }
    }

    @Test
    void oneAddressCannotBeginMoreThanItsPartOfUnprovenRequests() throws Exception {
        open(
                options.within(new DoorBounds(40, 2 << 20, 40, 2 << 20, 3)),
                exchange -> {
                    exchange.body().readAllBytes();
                    exchange.send("here");
                });
        String begun = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab";
        List<Socket> three = List.of(sending(0, begun), sending(0, begun), sending(0, begun));
        while (door.guests().connections() < 3) {
            Thread.sleep(5);
        }
        Thread.sleep(100);
        assertEquals(503, status(sending(0, begun).getInputStream()));
        Socket other = sending(1, begun);
        other.getOutputStream().write("\r\n0\r\n\r\n".getBytes(ISO_8859_1));
        assertEquals(200, status(other.getInputStream()));
        three.getFirst().getOutputStream().write("\r\n0\r\n\r\n".getBytes(ISO_8859_1));
        assertEquals(200, status(three.getFirst().getInputStream()));
        assertEquals(200, get("/"), "a request without a body is no such one");
    }

    @Test
    void healthIsAnsweredWhenAllSlotsAreTaken() throws Exception {
        Semaphore go = new Semaphore(0);
        Semaphore inside = new Semaphore(0);
        open(
                options.atMost(8192, 2).reserving(Set.of("/healthz")),
                exchange -> {
                    if (!exchange.rawPath().equals("/healthz")) {
                        inside.release();
                        go.acquire();
                    }
                    exchange.send("here");
                });
        sending(0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        sending(1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        inside.acquire(2);
        assertEquals(503, get("/"));
        assertEquals(200, get("/healthz"));
        go.release(2);
    }

    @Test
    void healthHasTheOtherSlotsWhenItsOwnAreTaken() throws Exception {
        int own = 64;
        Semaphore go = new Semaphore(0);
        Semaphore inside = new Semaphore(0);
        open(
                options.atMost(8192, 2)
                        .within(new DoorBounds(200, 2 << 20, 200, 2 << 20, 20))
                        .reserving(Set.of("/healthz")),
                exchange -> {
                    inside.release();
                    go.acquire();
                    exchange.send("here");
                });
        for (int i = 0; i < own + 1; i++) {
            sending(i, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        inside.acquire(own + 1);
        sending(1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        inside.acquire();
        assertEquals(503, get("/healthz"));
        assertEquals(503, get("/"));
        assertEquals(2, door.busy());
        go.release(own + 2);
    }

    @Test
    void whoDoesNotReadGivesWayBeforeThereIsTooMuchToKeep() throws Exception {
        byte[] large = new byte[6 << 20]; // the kernel takes more than 2 MiB of it
        long most = 20 << 20;
        open(
                options.within(new DoorBounds(40, most, 40, most, 20)),
                exchange -> {
                    if (exchange.rawPath().equals("/large")) {
                        exchange.send(large);
                    } else {
                        exchange.send("here");
                    }
                });
        Socket first = sending(0, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        awaitConnections(1);
        for (int i = 1; i < 30; i++) {
            sending(i, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        while (door.guests().shedForBytes() == 0) {
            Thread.sleep(5);
        }
        assertTrue(door.guests().heldBytes() <= most);
        assertEquals(200, get("/"));
        assertEquals(200, get("/large"));
        assertThrows(IOException.class, () -> first.getInputStream().readNBytes(large.length));
    }

    @Test
    void aConnectionThatRestsHoldsNothingOfWhatItSentAndGot() throws Exception {
        byte[] answer = new byte[20_000];
        open(
                options,
                exchange -> {
                    exchange.body().readAllBytes();
                    exchange.send(answer);
                });
        byte[] request =
                ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + "a".repeat(20_000))
                        .getBytes(ISO_8859_1);
        Socket kept = connected(0);
        for (int i = 0; i < 5; i++) {
            kept.getOutputStream().write(request);
            int end = 0;
            while ((end = end << 8 | kept.getInputStream().read()) != 0x0D0A0D0A) {
                // on to the body
            }
            assertEquals(answer.length, kept.getInputStream().readNBytes(answer.length).length);
        }
        while (door.guests().heldBytes() >= answer.length) {
            Thread.sleep(5); // or the test's time is over
        }
        assertEquals(1, door.guests().connections());
    }

    @Test
    void aStrangerWhoTakesNothingForTheIdleTimeIsShed() throws Exception {
        open(options.idleAfter(Duration.ofSeconds(1)), exchange -> exchange.send("here"));
        Socket slow = sending(0, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
        for (int i = 0; i < 4 && !slow.isClosed(); i++) {
            Thread.sleep(300);
            try {
                slow.getOutputStream().write('a'); // a byte now and then keeps no connection
            } catch (IOException e) {
                break;
            }
        }
        assertTrue(ended(slow));
    }

    @Test
    void aTrustedProxysWordIsTakenForTheClientsAddress() throws Exception {
        HttpHandler handler =
                exchange -> exchange.send(exchange.remoteAddress() + " " + exchange.secure());
        open(options.behind(TrustedProxies.parse(List.of("127.0.0.0/24"))), handler);
        String request =
                "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        + "X-Forwarded-For: 192.0.2.66, 203.0.113.9\r\n"
                        + "X-Forwarded-Proto: https\r\n\r\n";
        assertTrue(answer(request).endsWith("203.0.113.9 true"));
        for (int i = 0; i < MANY; i++) {
            connected(0);
        }
        assertEquals(0, door.guests().refused(), "a proxy is no single client");
        door.close();
        open(options, handler);
        assertTrue(answer(request).endsWith("127.0.0.1 false"));
    }

    private String answer(String request) throws IOException {
        try (Socket socket = sending(0, request)) {
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    @Test
    void anAddressHasOnlySoManyConnections() throws Exception {
        open(
                options.within(new DoorBounds(40, 2 << 20, 5, 2 << 20, 5)),
                exchange -> exchange.send("here"));
        for (int i = 0; i < 5; i++) {
            connected(0);
        }
        awaitConnections(5);
        assertTrue(ended(connected(0)));
        assertFalse(ended(connected(1)));
        assertEquals(1, door.guests().refused());
    }
}
