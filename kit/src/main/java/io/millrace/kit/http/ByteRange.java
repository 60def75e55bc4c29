package io.millrace.kit.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One range of a Range header (RFC 9110, section 14.1.2), before it is known how long the body is.
 * Several ranges, another unit and what is malformed are no range: the whole body answers them, as
 * the section allows. A position too long for a number stands for "past every end".
 *
 * @param first first byte; -1 for a suffix
 * @param last last byte, inclusive; -1 for an open end; the suffix's length when first is -1
 */
public record ByteRange(long first, long last) {
    private static final long ABSENT = -1;
    private static final long MALFORMED = -2;
    private static final int MAX_DIGITS = 18;

    /** What a body of known length gives for a Range header. */
    public sealed interface Selection {}

    /** No range: the whole body, 200. */
    public record Whole() implements Selection {}

    /** {@code length} bytes from {@code from}, 206. */
    public record Part(long from, long length) implements Selection {
        /** One past the last byte. */
        public long to() {
            return from + length;
        }

        /**
         * The Content-Range header for it.
         *
         * @param total the body's length; -1 while it grows
         */
        public String contentRange(long total) {
            return "bytes " + from + "-" + (to() - 1) + "/" + (total < 0 ? "*" : total);
        }
    }

    /** Nothing of the body is in the range, 416. */
    public record Unsatisfiable() implements Selection {}

    /** What a Range header asks of a body of {@code size} bytes. */
    public static Selection select(@Nullable String header, long size) {
        ByteRange range = parse(header);
        return range == null ? new Whole() : range.in(size);
    }

    /** The range, or null when there is none, it is not understood, or there are several. */
    public static @Nullable ByteRange parse(@Nullable String header) {
        if (header == null
                || !header.regionMatches(true, 0, "bytes=", 0, 6)
                || header.indexOf(',') >= 0) {
            return null;
        }
        String spec = header.substring(6).strip();
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return null;
        }
        long first = number(spec.substring(0, dash));
        long last = number(spec.substring(dash + 1));
        if (first >= 0 && last == Long.MAX_VALUE) {
            last = ABSENT;
        }
        boolean empty = first == ABSENT && last == ABSENT;
        boolean backwards = first >= 0 && last >= 0 && last < first;
        return first == MALFORMED || last == MALFORMED || empty || backwards
                ? null
                : new ByteRange(first, last);
    }

    /**
     * The ranges of a header that names two to {@code most}, in its order; empty for any other. Who
     * doesn't answer several at once answers with the whole.
     */
    public static List<ByteRange> several(@Nullable String header, int most) {
        if (header == null || !header.regionMatches(true, 0, "bytes=", 0, 6)) {
            return List.of();
        }
        String[] specs = header.substring(6).split(",", most + 1);
        if (specs.length < 2 || specs.length > most) {
            return List.of();
        }
        List<ByteRange> ranges = new ArrayList<>(specs.length);
        for (String spec : specs) {
            ByteRange range = parse("bytes=" + spec.strip());
            if (range == null) {
                return List.of();
            }
            ranges.add(range);
        }
        return ranges;
    }

    /** Where the range lies in a body of {@code size} bytes; never {@link Whole}. */
    public Selection in(long size) {
        if (first < 0) {
            long length = Math.min(last, size);
            return length == 0 ? new Unsatisfiable() : new Part(size - length, length);
        }
        if (first >= size) {
            return new Unsatisfiable();
        }
        long end = last < 0 ? size - 1 : Math.min(last, size - 1);
        return new Part(first, end - first + 1);
    }

    /** The header again, in its canonical form. */
    public String header() {
        return "bytes=" + (first < 0 ? "" : first) + "-" + (last < 0 ? "" : last);
    }

    private static long number(String digits) {
        if (digits.isEmpty()) {
            return ABSENT;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return MALFORMED;
            }
        }
        return digits.length() > MAX_DIGITS ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    /** A Content-Range answer: {@code bytes first-last/total}; total -1 for an asterisk. */
    public record Content(long first, long last, long total) {
        /** The header's value taken apart, or null when it is absent or makes no sense. */
        public static @Nullable Content parse(@Nullable String header) {
            if (header == null || !header.startsWith("bytes ")) {
                return null;
            }
            int slash = header.indexOf('/');
            int dash = header.indexOf('-');
            if (dash < 0 || slash < dash) {
                return null;
            }
            long first = number(header.substring(6, dash).strip());
            long last = number(header.substring(dash + 1, slash).strip());
            String total = header.substring(slash + 1).strip();
            boolean growing = total.equals("*");
            long length = growing ? Long.MAX_VALUE : number(total);
            return first < 0 || last < first || last >= length
                    ? null
                    : new Content(first, last, growing ? -1 : length);
        }
    }
}
