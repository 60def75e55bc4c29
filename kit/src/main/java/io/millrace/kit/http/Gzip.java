package io.millrace.kit.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Content-Encoding gzip for answers that are made anew each time: fast rather than small. */
public final class Gzip {
    /** Text below so many bytes fits a packet or two as it is. */
    public static final int LEAST_BYTES = 1_024;

    private Gzip() {}

    /** Whether an Accept-Encoding takes gzip (RFC 9110, 12.5.3). */
    public static boolean accepted(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        boolean any = false;
        for (String one : acceptEncoding.split(",")) {
            int semicolon = one.indexOf(';');
            String coding = (semicolon < 0 ? one : one.substring(0, semicolon)).strip();
            boolean taken = semicolon < 0 || !isZero(one.substring(semicolon + 1).strip());
            if (coding.equalsIgnoreCase("gzip") || coding.equalsIgnoreCase("x-gzip")) {
                return taken;
            }
            any |= coding.equals("*") && taken;
        }
        return any;
    }

    /** Whether a weight says never: {@code q=0}, with zeros behind the point. */
    private static boolean isZero(String weight) {
        if (!weight.regionMatches(true, 0, "q=0", 0, 3)) {
            return false;
        }
        String rest = weight.substring(3);
        return rest.isEmpty()
                || rest.startsWith(".") && rest.chars().skip(1).allMatch(c -> c == '0');
    }

    /** The bytes packed. */
    public static byte[] pack(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 4 + 64);
        try (OutputStream packer = new Packer(out)) {
            packer.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Packs what is written to it; closing it writes the end. */
    public static OutputStream packer(OutputStream out) throws IOException {
        return new Packer(out);
    }

    /**
     * The bytes unpacked.
     *
     * @throws IOException when they are not gzip, or would be longer than {@code mostBytes}
     */
    public static byte[] unpack(byte[] packed, int mostBytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            byte[] bytes = in.readNBytes(mostBytes);
            if (in.read() >= 0) {
                throw new IOException("more than " + mostBytes + " bytes unpacked");
            }
            return bytes;
        }
    }

    private static final class Packer extends GZIPOutputStream {
        Packer(OutputStream out) throws IOException {
            super(out, 8 * 1024);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
