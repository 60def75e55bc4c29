package io.millrace.access;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How far credentials reach that somebody issued: what they are for, and below which prefix. Within
 * it they may do what their issuer may do at that moment; outside of it nothing.
 *
 * @param prefix keys begin with it and are longer; empty for the whole bucket. Compared as stored,
 *     without wildcards: a dot, a star or an encoded slash is just a character
 */
public record Scope(Purpose purpose, String bucket, String prefix) {

    private static final Map<Purpose, Set<String>> ACTIONS =
            Map.of(
                    Purpose.DEVICE,
                    Set.of(
                            "oss:putobject",
                            "oss:appendobject",
                            "oss:sealappendobject",
                            "oss:headobject"),
                    Purpose.UPLOAD,
                    Set.of("oss:putobject", "oss:abortmultipartupload", "oss:listparts"),
                    Purpose.READ,
                    Set.of("oss:getobject", "oss:headobject"));

    /** What issued credentials are for. */
    public enum Purpose {
        /** Writing, and a look at the heads of what was written. */
        DEVICE,
        /** Putting objects whole or in parts: a browser's upload. */
        UPLOAD,
        /** Getting objects: an address that is signed for somebody. */
        READ
    }

    public static Scope upload(String bucket, String prefix) {
        return new Scope(Purpose.UPLOAD, bucket, prefix);
    }

    public static Scope read(String bucket) {
        return new Scope(Purpose.READ, bucket, "");
    }

    boolean covers(String action, String resource) {
        String own = bucket + "/" + prefix;
        return ACTIONS.getOrDefault(purpose, Set.of()).contains(action.toLowerCase(Locale.ROOT))
                && resource.startsWith(own)
                && resource.length() > own.length();
    }
}
