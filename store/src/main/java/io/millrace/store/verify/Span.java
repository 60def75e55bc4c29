package io.millrace.store.verify;

/**
 * Bytes of something stored that can't be read, to within 4 KiB.
 *
 * @param from the first one
 * @param to the first one that reads again, or the end
 */
public record Span(long from, long to) {
    @Override
    public String toString() {
        return from + " to " + (to - 1);
    }
}
