package io.millrace.store.objects;

import java.util.List;

/**
 * One page of a list.
 *
 * @param next give it as {@code after} for the next page: the last key or common prefix of this
 *     one; "" when the page is empty
 * @param truncated whether more follow
 */
public record Listing(
        List<ObjectInfo> entries, List<String> commonPrefixes, String next, boolean truncated) {
    public Listing {
        entries = List.copyOf(entries);
        commonPrefixes = List.copyOf(commonPrefixes);
    }
}
