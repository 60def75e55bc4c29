package io.millrace.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One line of {@code byte-ranges.txt}: what a Range header gets of a body.
 *
 * @param size the body's length in bytes
 * @param status 200 for the whole, 206 for a part, 416 for nothing
 * @param first first byte of the part
 * @param last last byte of the part, inclusive
 */
public record RangeVector(String header, int size, int status, int first, int last) {
    /** All of them, in the file's order. */
    public static List<RangeVector> all() {
        try (InputStream in =
                Objects.requireNonNull(RangeVector.class.getResourceAsStream("byte-ranges.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(RangeVector::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RangeVector parse(String line) {
        String[] fields = line.split("\\|", 3);
        String header = fields[0].strip();
        int size = Integer.parseInt(fields[1].strip());
        String outcome = fields[2].strip();
        if (outcome.equals("whole")) {
            return new RangeVector(header, size, 200, 0, size - 1);
        }
        if (outcome.equals("416")) {
            return new RangeVector(header, size, 416, 0, -1);
        }
        int dash = outcome.indexOf('-');
        return new RangeVector(
                header,
                size,
                206,
                Integer.parseInt(outcome.substring(0, dash)),
                Integer.parseInt(outcome.substring(dash + 1)));
    }

    /** The bytes of the body that the answer holds; empty for 416. */
    public byte[] of(byte[] body) {
        return Arrays.copyOfRange(body, first, last + 1);
    }

    /** The Content-Range of a 206 or a 416. */
    public String contentRange() {
        return status == 416 ? "bytes */" + size : "bytes " + first + "-" + last + "/" + size;
    }
}
