package io.millrace.store.objects;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the current object for a write to happen; checked in the commit.
 *
 * @param ifMatch the current ETag must be one of these ({@code *}: any object); null: not asked
 * @param ifAbsent no object may be there (If-None-Match: *, x-oss-forbid-overwrite)
 */
public record WriteConditions(@Nullable List<String> ifMatch, boolean ifAbsent) {
    public static final WriteConditions NONE = new WriteConditions(null, false);

    /** Nothing may be overwritten. */
    public static final WriteConditions ABSENT = new WriteConditions(null, true);

    public WriteConditions {
        ifMatch = ifMatch == null ? null : List.copyOf(ifMatch);
    }

    public static WriteConditions ifMatch(String etag) {
        return new WriteConditions(List.of(etag), false);
    }

    public boolean hold(@Nullable ObjectInfo current) {
        if (ifAbsent && current != null) {
            return false;
        }
        return ifMatch == null
                || (current != null && (ifMatch.contains("*") || ifMatch.contains(current.etag())));
    }
}
