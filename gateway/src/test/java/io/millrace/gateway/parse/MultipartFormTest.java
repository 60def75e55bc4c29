package io.millrace.gateway.parse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.gateway.api.GatewayException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MultipartFormTest {
    private static byte[] form(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                text(
                        "--B\r\nContent-Disposition: form-data; name=\"Key\"\r\n\r\nuser/${filename}\r\n"
                                + "--B\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\ne30=\r\n"
                                + "--B\r\nContent-Disposition: form-data; name=\"file\";"
                                + " filename=\"C:\\\\dir\\\\a b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"));
        out.writeBytes(file);
        out.writeBytes(
                text(
                        "\r\n--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--B--\r\n"));
        return out.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives a few bytes at a time, as a network does. */
    private static InputStream trickle(byte[] bytes, int most) {
        Random random = new Random(5);
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(most)));
            }
        };
    }

    @Test
    void fieldsComeFirstAndTheFileIsStreamedWhole() throws IOException {
        byte[] file = new byte[300_000];
        new Random(3).nextBytes(file);
        // What looks like the beginning of a boundary is the file's.
        System.arraycopy(text("\r\n--A\r\n--\r\n-\r\r\n--"), 0, file, 1000, 16);
        for (int most : new int[] {1, 7, 100_000}) {
            MultipartForm form = MultipartForm.read(trickle(form(file), most), "B");
            assertEquals("user/${filename}", form.fields().get("key"));
            assertEquals("e30=", form.fields().get("policy"));
            assertEquals("a b.jpg", form.fileName());
            assertEquals("image/jpeg", form.fileType());
            assertArrayEquals(file, form.file().readAllBytes());
        }
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        assertEquals(
                0,
                MultipartForm.read(new ByteArrayInputStream(form(new byte[0])), "B")
                        .file()
                        .readAllBytes()
                        .length);
    }

    @Test
    void aBodyThatEndsEarlyIsNoFile() throws IOException {
        byte[] whole = form(text("hello"));
        byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 60);
        MultipartForm form = MultipartForm.read(new ByteArrayInputStream(cut), "B");
        assertThrows(GatewayException.class, () -> form.file().readAllBytes());
    }

    @Test
    void whatIsNoFormIsRefused() {
        for (String body :
                new String[] {
                    "",
                    "--X\r\n",
                    "--B--\r\n",
                    "--B\r\nno colon\r\n\r\nx\r\n--B--",
                    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--\r\n",
                    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
                            + "x".repeat(70_000)
                            + "\r\n--B--",
                    "--B\r\nA: " + "x".repeat(9_000) + "\r\n\r\n"
                }) {
            assertThrows(
                    GatewayException.class,
                    () -> MultipartForm.read(new ByteArrayInputStream(text(body)), "B"));
        }
    }

    @Test
    void theBoundaryComesFromTheContentType() {
        assertEquals("a b", MultipartForm.boundary("multipart/form-data; boundary=\"a b\""));
        assertEquals(
                "xyz", MultipartForm.boundary("multipart/form-data; charset=utf-8; Boundary=xyz"));
        assertThrows(GatewayException.class, () -> MultipartForm.boundary("multipart/form-data"));
    }
}
