package io.millrace.gateway.op;

import io.millrace.kit.http.Exchange;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Content-Type of bytes that a user stored. Whoever may store an object must not thereby run
 * scripts under this host, so what is no passive type goes out with a policy under which a browser
 * shows it without scripts, forms and an origin (docs/adr/113). Other clients pass over it.
 */
public final class ContentType {
    /** The header that says so, which the edge leaves out on a domain that is a website. */
    private static final String POLICY_HEADER = "Content-Security-Policy";

    private static final String POLICY =
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    /** One MIME type and its parameters (RFC 9110 section 8.3.1); no list of several. */
    private static final Pattern ONE =
            Pattern.compile("([a-z0-9.+-]+)/([a-z0-9.+-]+) *(?:;[^,]*)?");

    /** Top-level types of which a browser runs none, but for what is XML. */
    private static final Set<String> PASSIVE = Set.of("image", "audio", "video", "font");

    /**
     * Others that a browser hands out, shows as text or plays, with {@code nosniff}. A PDF's script
     * runs in the viewer's own sandbox; Chromium shows none at all under this policy.
     */
    private static final Set<String> NAMED =
            Set.of(
                    "application/octet-stream",
                    "binary/octet-stream",
                    "application/json",
                    "application/pdf",
                    "application/zip",
                    "application/gzip",
                    "application/vnd.apple.mpegurl",
                    "application/x-mpegurl",
                    "text/plain",
                    "text/css",
                    "text/csv",
                    "text/vtt");

    private ContentType() {}

    /** Sets the type, and the policy unless it is surely passive. */
    public static void set(Exchange exchange, String type) {
        exchange.setHeader("Content-Type", type);
        if (!passive(type)) {
            exchange.setHeader(POLICY_HEADER, POLICY);
        }
    }

    /** Whether every browser takes it for one type, and for one that holds no script. */
    static boolean passive(String type) {
        if (NAMED.contains(type)) {
            return true;
        }
        Matcher one = ONE.matcher(type.strip().toLowerCase(Locale.ROOT));
        if (!one.matches()) {
            return false;
        }
        String top = one.group(1);
        String sub = one.group(2);
        return NAMED.contains(top + '/' + sub) || (PASSIVE.contains(top) && !sub.endsWith("xml"));
    }
}
