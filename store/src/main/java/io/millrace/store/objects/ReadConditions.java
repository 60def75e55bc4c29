package io.millrace.store.objects;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on an object that is read or copied, in RFC 9110's order of precedence; each null when
 * not asked. ETags are given without quotes; {@code *} is any.
 */
public record ReadConditions(
        @Nullable List<String> ifMatch,
        @Nullable List<String> ifNoneMatch,
        @Nullable Instant ifModifiedSince,
        @Nullable Instant ifUnmodifiedSince) {
    public static final ReadConditions NONE = new ReadConditions(null, null, null, null);

    /** How the conditions came out. */
    public enum Verdict {
        MET,
        /** 304 on a read, 412 (S3) or 304 (OSS) on a copy. */
        NOT_MODIFIED,
        /** 412. */
        FAILED
    }

    public ReadConditions {
        ifMatch = ifMatch == null ? null : List.copyOf(ifMatch);
        ifNoneMatch = ifNoneMatch == null ? null : List.copyOf(ifNoneMatch);
    }

    /** Judges the conditions against an object; times count in whole seconds, as HTTP's do. */
    public Verdict judge(ObjectInfo info) {
        return judge(info.etag(), info.lastModified());
    }

    /** The same against what is made from an object and has an ETag of its own. */
    public Verdict judge(String etag, Instant lastModified) {
        Instant modified = lastModified.truncatedTo(ChronoUnit.SECONDS);
        if (ifMatch != null) {
            if (!ifMatch.contains("*") && !ifMatch.contains(etag)) {
                return Verdict.FAILED;
            }
        } else if (ifUnmodifiedSince != null && modified.isAfter(ifUnmodifiedSince)) {
            return Verdict.FAILED;
        }
        if (ifNoneMatch != null) {
            if (ifNoneMatch.contains("*") || ifNoneMatch.contains(etag)) {
                return Verdict.NOT_MODIFIED;
            }
        } else if (ifModifiedSince != null && !modified.isAfter(ifModifiedSince)) {
            return Verdict.NOT_MODIFIED;
        }
        return Verdict.MET;
    }
}
