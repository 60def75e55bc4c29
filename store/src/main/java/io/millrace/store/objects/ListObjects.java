package io.millrace.store.objects;

import io.millrace.store.space.StoreException;

/**
 * A request for one page of a bucket's keys in the order of their UTF-8 bytes.
 *
 * @param prefix only keys that begin so; "" for all
 * @param delimiter keys that hold it after the prefix are rolled up into one common prefix; "" for
 *     none
 * @param after only keys and common prefixes after this one; "" from the start. A common prefix
 *     given here skips all of its keys
 * @param limit keys and common prefixes together, 0 to 10,000
 */
public record ListObjects(String bucket, String prefix, String delimiter, String after, int limit) {
    public static final int MAX_LIMIT = 10_000;

    public ListObjects {
        if (limit < 0 || limit > MAX_LIMIT) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT,
                    "a list's limit is 0 to " + MAX_LIMIT + ", not " + limit);
        }
    }
}
