package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several ranges in one request (RFC 9110 section 14.6). */
@Timeout(120)
class SeveralRangesTest {
    @TempDir Path directory;
    EdgeFixture edge;

    @BeforeEach
    void open() throws IOException {
        edge = new EdgeFixture(directory);
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
    }

    private byte[] stored(int length) throws Exception {
        byte[] body = EdgeFixture.bytes(length, length);
        edge.origin.object(
                "/a", body, "\"v\"", "Cache-Control: max-age=60", "Content-Type: video/mp4");
        assertArrayEquals(body, edge.get("/a").body());
        return body;
    }

    /** The parts as the standard writes them. */
    private static byte[] parts(HttpResponse<byte[]> answer, byte[] body, int[]... ranges)
            throws IOException {
        String type = answer.headers().firstValue("Content-Type").orElse("");
        assertTrue(type.startsWith("multipart/byteranges; boundary="), type);
        String boundary = type.substring(type.indexOf('=') + 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String start = "--";
        for (int[] range : ranges) {
            String head =
                    "%s%s\r\nContent-Type: video/mp4\r\nContent-Range: bytes %d-%d/%d\r\n\r\n"
                            .formatted(start, boundary, range[0], range[1], body.length);
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(Arrays.copyOfRange(body, range[0], range[1] + 1));
            start = "\r\n--";
        }
        out.write(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 100_000, 3_500_000})
    void whatIsStoredGivesEachRangeInItsOrder(int length) throws Exception {
        byte[] body = stored(length);
        for (int i = 0; i < 2; i++) {
            HttpResponse<byte[]> answer =
                    edge.get("/a", "Range", "bytes=5000-5999, 0-0,-100,999999999-");
            assertEquals(206, answer.statusCode());
            assertTrue(answer.headers().firstValue("Content-Range").isEmpty());
            assertTrue(EdgeFixture.cacheStatus(answer).contains("hit"));
            byte[] expected =
                    parts(
                            answer,
                            body,
                            new int[] {5000, 5999},
                            new int[] {0, 0},
                            new int[] {length - 100, length - 1});
            assertArrayEquals(expected, answer.body());
            assertArrayEquals(body, edge.get("/a").body(), "the connection goes on");
        }
        assertEquals(1, edge.origin.count("/a"));
    }

    @Test
    void aLongPartIsSentWhole() throws Exception {
        byte[] body = stored(3_500_000);
        HttpResponse<byte[]> answer = edge.get("/a", "Range", "bytes=0-2000000,3000000-3400000");
        byte[] expected =
                parts(answer, body, new int[] {0, 2_000_000}, new int[] {3_000_000, 3_400_000});
        assertArrayEquals(expected, answer.body());
    }

    @Test
    void tooManyOrTooMuchGetsTheWholeAndNothingInItGets416() throws Exception {
        byte[] body = stored(100_000);
        String many =
                IntStream.range(0, 17).mapToObj(i -> i + "-" + i).collect(Collectors.joining(","));
        for (String range : new String[] {many, "0-60000,0-60000", "0-1,x", "0-1,", "5-4,0-1"}) {
            HttpResponse<byte[]> answer = edge.get("/a", "Range", "bytes=" + range);
            assertEquals(200, answer.statusCode(), range);
            assertArrayEquals(body, answer.body());
        }
        assertEquals(416, edge.get("/a", "Range", "bytes=100000-,200000-").statusCode());
        HttpResponse<byte[]> old =
                edge.get("/a", "Range", "bytes=0-1,5-6", "If-Range", "\"another\"");
        assertEquals(200, old.statusCode());
        HttpResponse<byte[]> same = edge.get("/a", "Range", "bytes=0-1,5-6", "If-Range", "\"v\"");
        assertEquals(206, same.statusCode());
    }

    @Test
    void whatIsNotHereYetIsAnsweredWhole() throws Exception {
        byte[] body = EdgeFixture.bytes(50_000, 1);
        edge.origin.object("/b", body, "\"v\"", "Cache-Control: max-age=60");
        HttpResponse<byte[]> answer = edge.get("/b", "Range", "bytes=0-1,5-6");
        assertEquals(200, answer.statusCode());
        assertArrayEquals(body, answer.body());
    }
}
