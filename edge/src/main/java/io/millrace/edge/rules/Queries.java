package io.millrace.edge.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The query as it goes to the origin and into the cache key: proofs and signatures out, sorted. */
public final class Queries {
    private Queries() {}

    /**
     * The parameters sorted by name and value, so that one resource has one key.
     *
     * @param signed whether the edge signs origin requests: then a viewer's own signature and
     *     overrides of answer headers, which its proof does not cover, are left out
     */
    public static String canonical(String query, boolean signed) {
        if (query.isEmpty() || (query.indexOf('&') < 0 && !signed)) {
            return query;
        }
        List<String> kept = new ArrayList<>();
        for (String pair : query.split("&")) {
            if (!pair.isEmpty() && !(signed && foreign(pair))) {
                kept.add(pair);
            }
        }
        kept.sort(null);
        return String.join("&", kept);
    }

    private static boolean foreign(String pair) {
        int equals = pair.indexOf('=');
        String name = (equals < 0 ? pair : pair.substring(0, equals)).toLowerCase(Locale.ROOT);
        return name.startsWith("x-amz-")
                || name.startsWith("x-oss-signature")
                || name.startsWith("x-oss-credential")
                || name.startsWith("x-oss-security-token")
                || name.startsWith("response-")
                || name.equals("signature")
                || name.equals("ossaccesskeyid")
                || name.equals("expires")
                || name.equals("security-token");
    }
}
