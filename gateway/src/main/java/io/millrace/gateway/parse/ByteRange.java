package io.millrace.gateway.parse;

import org.jspecify.annotations.Nullable;

/**
 * What a Range header asks of an object of known length (RFC 9110, section 14). Only one range of
 * bytes is served; several, another unit and nonsense get the whole object, as both peers do.
 */
public sealed interface ByteRange {
    /** No range: the whole object, 200. */
    record Whole() implements ByteRange {}

    /** {@code length} bytes from {@code from}, 206. */
    record Part(long from, long length) implements ByteRange {}

    /** Nothing of the object is in the range, 416. */
    record Unsatisfiable() implements ByteRange {}

    static ByteRange of(@Nullable String header, long size) {
        if (header == null || !header.startsWith("bytes=") || header.indexOf(',') >= 0) {
            return new Whole();
        }
        String range = header.substring(6).strip();
        int dash = range.indexOf('-');
        if (dash < 0) {
            return new Whole();
        }
        long first = number(range.substring(0, dash));
        long last = number(range.substring(dash + 1));
        if (first == WRONG || last == WRONG || (first == NONE && last == NONE)) {
            return new Whole();
        }
        if (first == NONE) {
            long length = Math.min(last, size);
            return length == 0 ? new Unsatisfiable() : new Part(size - length, length);
        }
        if (last != NONE && last < first) {
            return new Whole();
        }
        if (first >= size) {
            return new Unsatisfiable();
        }
        long end = last == NONE ? size - 1 : Math.min(last, size - 1);
        return new Part(first, end - first + 1);
    }

    /** The number is not there. */
    long NONE = -1;

    /** It is no number. */
    long WRONG = -2;

    private static long number(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        if (text.length() > 18) {
            return text.chars().allMatch(c -> c >= '0' && c <= '9') ? Long.MAX_VALUE : WRONG;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return WRONG;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }
}
