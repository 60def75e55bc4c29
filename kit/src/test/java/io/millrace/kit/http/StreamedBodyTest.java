package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Large bodies on their way from the socket's buffers to who reads them. */
@Timeout(60)
class StreamedBodyTest {
    private final Random random = new Random(11);
    private HttpDoor door;

    private void open(HttpHandler handler) {
        open(Duration.ofSeconds(40), handler);
    }

    private void open(Duration idle, HttpHandler handler) {
        door =
                HttpDoor.open(
                        HttpDoorOptions.of("test", "127.0.0.1", 0)
                                .atMost(8192, 100)
                                .idleAfter(idle),
                        handler);
    }

    @AfterEach
    @Timeout(30)
    void noBufferIsLost() throws InterruptedException {
        door.close();
        while (StreamedBody.heldBytes() != 0) {
            Thread.sleep(10);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", door.port());
        socket.setSoTimeout(40_000);
        return socket;
    }

    private static String crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return Long.toHexString(crc.getValue());
    }

    private static byte[] head(String framing) {
        return head("/", framing);
    }

    private static byte[] head(String path, String framing) {
        return ("PUT " + path + " HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] chunked(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head("Transfer-Encoding: chunked"));
        for (int at = 0; at < body.length; ) {
            int length = Math.min(1 + random.nextInt(200_000), body.length - at);
            out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes());
            out.write(body, at, length);
            out.writeBytes("\r\n".getBytes());
            at += length;
        }
        out.writeBytes("0\r\n\r\n".getBytes());
        return out.toByteArray();
    }

    /** Everything is written before the first answer is read. */
    @Test
    void pipelinedBodiesStayApartAndInOrder() throws Exception {
        open(exchange -> exchange.send(crc(exchange.body().readAllBytes())));
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            byte[] body = bytes(i % 5 == 4 ? 100 : random.nextInt(900_000));
            expected.add(crc(body));
            if (i % 3 == 0) {
                requests.writeBytes(chunked(body));
            } else {
                requests.writeBytes(head("Content-Length: " + body.length));
                requests.writeBytes(body);
            }
        }
        try (Socket socket = connect()) {
            CompletableFuture<Void> written =
                    CompletableFuture.runAsync(() -> write(socket, requests.toByteArray()));
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            for (String crc : expected) {
                assertEquals(crc, answer(in));
            }
            written.get();
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String answer(BufferedReader in) throws IOException {
        assertEquals("HTTP/1.1 200 OK", in.readLine());
        int length = -1;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        char[] body = new char[length];
        int got = 0;
        while (got < length) {
            got += in.read(body, got, length - got);
        }
        return new String(body);
    }

    @Test
    void aSlowReaderIsNotOverrun() throws Exception {
        byte[] body = bytes(24 << 20);
        CompletableFuture<Long> most = new CompletableFuture<>();
        open(
                exchange -> {
                    InputStream in = exchange.body();
                    ByteArrayOutputStream got = new ByteArrayOutputStream();
                    byte[] piece = new byte[4_096];
                    long held = 0;
                    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                        got.write(piece, 0, n);
                        held = Math.max(held, StreamedBody.heldBytes());
                    }
                    most.complete(held);
                    exchange.send(crc(got.toByteArray()));
                });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: " + body.length));
            socket.getOutputStream().write(body);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            assertEquals(crc(body), answer(in));
        }
        long held = most.get();
        assertTrue(held > 0, "the bytes stay in the socket's buffers");
        // Ahead and in the reader's hands; each chunk is at least half of its buffer.
        assertTrue(held <= 2 * ((1 << 20) + HttpDoor.READ_BYTES), held + " bytes held");
    }

    @Test
    void whereBodiesHoldMuchLittleRunsAhead() throws Exception {
        long others = 48L << 20;
        byte[] body = bytes(8 << 20);
        CompletableFuture<Void> full = new CompletableFuture<>();
        CompletableFuture<Void> over = new CompletableFuture<>();
        CompletableFuture<Long> most = new CompletableFuture<>();
        open(
                exchange -> {
                    if (exchange.rawPath().equals("/others")) {
                        hold((StreamedBody) exchange.body(), others);
                        full.complete(null);
                        over.join();
                        return;
                    }
                    InputStream in = exchange.body();
                    byte[] piece = new byte[64 << 10];
                    long held = 0;
                    while (in.read(piece) >= 0) {
                        Thread.sleep(1); // a slow reader
                        held = Math.max(held, StreamedBody.heldBytes() - others);
                    }
                    most.complete(held);
                    exchange.send("");
                });
        try (Socket holding = connect();
                Socket socket = connect()) {
            holding.getOutputStream().write(head("/others", "Content-Length: 50000000"));
            full.join();
            socket.getOutputStream().write(head("Content-Length: " + body.length));
            socket.getOutputStream().write(body);
            long held = most.get();
            // As above: what runs ahead, each chunk at least half of its buffer.
            assertTrue(held <= 2 * (512 << 10) + HttpDoor.READ_BYTES, held + " bytes held");
        } finally {
            over.complete(null);
        }
    }

    /** As if so many bytes had arrived. */
    private static void hold(StreamedBody body, long bytes) {
        byte[] one = new byte[1 << 20];
        for (long at = 0; at < bytes; at += one.length) {
            body.arrive(Unpooled.wrappedBuffer(one));
        }
    }

    @Test
    void whatIsMoreThanBodiesMayHoldIsCopiedAndSoIsASmallPartOfItsBuffer() throws Exception {
        CompletableFuture<List<Long>> held = new CompletableFuture<>();
        open(
                exchange -> {
                    StreamedBody body = (StreamedBody) exchange.body();
                    body.arrive(Unpooled.buffer(1 << 20).writeBytes(new byte[1_000]));
                    long first = StreamedBody.heldBytes();
                    hold(body, 99 << 20);
                    held.complete(List.of(first, StreamedBody.heldBytes()));
                });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 500000"));
            assertEquals(List.of(0L, 96L << 20), held.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aClientThatDiesAmidItsBodyLeavesNothingBehind() throws Exception {
        CountDownLatch died = new CountDownLatch(1);
        CompletableFuture<Exception> failure = new CompletableFuture<>();
        open(
                exchange -> {
                    exchange.body().readNBytes(1_000);
                    died.await();
                    failure.complete(
                            assertThrows(IOException.class, () -> exchange.body().readAllBytes()));
                });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 90000000"));
            socket.getOutputStream().write(bytes(400_000));
            while (StreamedBody.heldBytes() == 0) {
                Thread.sleep(5);
            }
        }
        died.countDown();
        failure.get(30, TimeUnit.SECONDS);
    }

    @Test
    void anAnswerBeforeTheEndFreesWhatWasNotRead() throws Exception {
        open(
                exchange -> {
                    exchange.body().readNBytes(300_000);
                    exchange.status(403).send("no");
                });
        try (Socket socket = connect()) {
            CompletableFuture<Void> written =
                    CompletableFuture.runAsync(
                            () -> {
                                write(socket, head("Content-Length: 20000000"));
                                write(socket, bytes(20_000_000));
                            });
            String answer = new String(socket.getInputStream().readAllBytes());
            assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
            written.get();
        }
    }

    @Test
    void aSilentClientIsCutOff() throws Exception {
        CompletableFuture<Exception> failure = new CompletableFuture<>();
        open(
                Duration.ofSeconds(2),
                exchange ->
                        failure.complete(
                                assertThrows(
                                        IOException.class, () -> exchange.body().readAllBytes())));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 500000"));
            socket.getOutputStream().write(bytes(200_000));
            assertEquals(-1, socket.getInputStream().read());
        }
        failure.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whatTricklesInIsReadBeforeThereIsAsMuchAsWasWanted() throws Exception {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        open(
                Duration.ofSeconds(2),
                exchange -> first.complete(exchange.body().read(new byte[400_000])));
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(head("Content-Length: 500000"));
            while (!first.isDone()) {
                out.write(1);
                Thread.sleep(50);
            }
        }
        assertTrue(first.get() > 0 && first.get() < 10_000, first.get() + " bytes");
    }

    /** The last bytes of the first body are those at which the socket is left alone. */
    @Test
    void aBodyThatEndsWhereTheSocketIsLeftAloneIsFollowedByTheNextRequest() throws Exception {
        open(
                exchange -> {
                    InputStream in = exchange.body();
                    while (in instanceof StreamedBody body && !body.exhausted()) {
                        Thread.sleep(5);
                    }
                    exchange.send(crc(in.readAllBytes()));
                });
        byte[] body = bytes(StreamedBody.AHEAD_BYTES);
        try (Socket socket = connect()) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            for (int i = 0; i < 2; i++) {
                socket.getOutputStream().write(head("Content-Length: " + body.length));
                socket.getOutputStream().write(body);
                assertEquals(crc(body), answer(in));
            }
        }
    }

    /** Each costs more than its byte: the reader is not left to wait for as many as it wants. */
    @Test
    void crumbsAreReadBeforeThereAreAsManyAsWereWanted() throws Exception {
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        CompletableFuture<Integer> first = new CompletableFuture<>();
        open(
                exchange -> {
                    reader.complete(Thread.currentThread());
                    first.complete(exchange.body().read(new byte[400_000]));
                });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Transfer-Encoding: chunked"));
            while (reader.get().getState() != Thread.State.WAITING) {
                Thread.sleep(5);
            }
            socket.getOutputStream().write("1\r\nx\r\n".repeat(1_000).getBytes());
            assertEquals(1, first.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatArrivesOnceItsReaderHasGoneIsReleased() throws Exception {
        CompletableFuture<Integer> held = new CompletableFuture<>();
        open(
                exchange -> {
                    StreamedBody body = (StreamedBody) exchange.body();
                    body.release();
                    ByteBuf late = Unpooled.wrappedBuffer(new byte[1_000]);
                    body.arrive(late);
                    held.complete(late.refCnt());
                });
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 500000"));
            assertEquals(0, held.get(30, TimeUnit.SECONDS));
        }
    }
}
