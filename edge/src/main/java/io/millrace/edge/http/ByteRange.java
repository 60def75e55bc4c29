package io.millrace.edge.http;

import org.jspecify.annotations.Nullable;

/**
 * One range of a Range header (RFC 9110 section 14.1.2).
 *
 * @param first first byte; -1 for a suffix
 * @param last last byte, inclusive; -1 for an open end; the suffix's length when first is -1
 */
public record ByteRange(long first, long last) {

    /** A stretch of a body of known length: {@code [from, to)}. */
    public record Slice(long from, long to) {}

    /** The range, or null when there is none, it is not understood, or there are several. */
    public static @Nullable ByteRange parse(@Nullable String header) {
        if (header == null || !header.startsWith("bytes=") || header.indexOf(',') >= 0) {
            return null;
        }
        String spec = header.substring(6).strip();
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return null;
        }
        long first = number(spec.substring(0, dash).strip());
        long last = number(spec.substring(dash + 1).strip());
        if (first == -2
                || last == -2
                || (first == -1 && last == -1)
                || (last >= 0 && last < first)) {
            return null;
        }
        return new ByteRange(first, last);
    }

    /** The slice of a body of {@code length} bytes, or null: not satisfiable, 416. */
    public @Nullable Slice in(long length) {
        if (first < 0) {
            return last == 0 || length == 0 ? null : new Slice(Math.max(0, length - last), length);
        }
        if (first >= length) {
            return null;
        }
        return new Slice(first, last < 0 ? length : Math.min(last + 1, length));
    }

    /** The header again, in its canonical form. */
    public String header() {
        return "bytes=" + (first < 0 ? "" : first) + "-" + (last < 0 ? "" : last);
    }

    private static long number(String digits) {
        if (digits.isEmpty()) {
            return -1;
        }
        if (digits.length() > 18) {
            return -2;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return -2;
            }
        }
        return Long.parseLong(digits);
    }

    /** A Content-Range answer: {@code bytes first-last/total}; total -1 for an asterisk. */
    public record Content(long first, long last, long total) {
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
            long length = total.equals("*") ? -1 : number(total);
            if (first < 0 || last < first || length == -2 || (length >= 0 && last >= length)) {
                return null;
            }
            return new Content(first, last, length);
        }
    }
}
