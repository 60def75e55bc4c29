package io.millrace.store.verify;

/**
 * Something stored that damage has hit.
 *
 * @param bucket its bucket; "?" when that can't be told
 * @param key its key; for an open upload with the part's number behind
 * @param from first byte that can't be read, 0 for the whole object
 * @param text what was found, one phrase, with the file when it is known
 */
public record Hit(String bucket, String key, long from, String text) {
    @Override
    public String toString() {
        return bucket + "/" + key + " from byte " + from + " on: " + text;
    }
}
