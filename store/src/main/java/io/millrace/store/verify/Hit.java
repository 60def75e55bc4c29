package io.millrace.store.verify;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Something stored that damage has hit.
 *
 * @param bucket its bucket; "?" when that can't be told
 * @param key its key; for an open upload with the part's number behind
 * @param from first byte that can't be read, 0 for the whole object
 * @param text what was found first, one phrase, with the file when it is known
 * @param places all that can't be read, the first 100; empty when it is the whole
 * @param more how many places there are besides
 */
public record Hit(String bucket, String key, long from, String text, List<Span> places, long more) {
    public Hit {
        places = List.copyOf(places);
    }

    /** One that is hit as a whole. */
    public Hit(String bucket, String key, long from, String text) {
        this(bucket, key, from, text, List.of(), 0);
    }

    @Override
    public String toString() {
        return bucket + "/" + key + where() + ": " + text;
    }

    private String where() {
        if (places.isEmpty()) {
            return " from byte " + from + " on";
        }
        return places.stream().map(Span::toString).collect(Collectors.joining(", ", ", bytes ", ""))
                + (more == 0 ? "" : " and " + more + " more");
    }
}
