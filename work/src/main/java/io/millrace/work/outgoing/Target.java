package io.millrace.work.outgoing;

import io.millrace.work.outgoing.OutgoingException.Code;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where calls go. The address is a secret as a whole, since tokens stand in paths and queries: what
 * people see is {@link #shown}.
 *
 * @param name what the sender knows it by: {@code events}
 * @param uri http or https, with a host, without user, password and what follows a #
 * @param authorization the Authorization header that the address's user and password ask for
 */
public record Target(String name, URI uri, @Nullable String authorization) {
    /** Most characters of an address. */
    public static final int MOST_CHARACTERS = 1_024;

    private static final Pattern DOTTED =
            Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");
    private static final Pattern NUMBER = Pattern.compile("\\d+|0[xX][0-9a-fA-F]*");

    /**
     * Reads an address; {@code user:password@} in it becomes a header.
     *
     * @throws OutgoingException INVALID, without the address
     */
    public static Target of(String name, String address) {
        URI given;
        try {
            given = new URI(address.strip());
        } catch (URISyntaxException e) {
            throw invalid("is no URL");
        }
        String scheme = given.getScheme() == null ? "" : given.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw invalid("begins with http:// or https://");
        }
        String host = given.getHost();
        if (host == null || address.length() > MOST_CHARACTERS || given.getPort() > 65_535) {
            throw invalid("names a host and has at most " + MOST_CHARACTERS + " characters");
        }
        if (given.getPort() == 0) {
            throw invalid("has another port than 0");
        }
        if (host.indexOf('%') >= 0 || oddNumber(host)) {
            throw invalid("names its host, or writes its number as 192.0.2.1 or [2001:db8::1]");
        }
        return new Target(name, without(given, scheme, host), basic(given.getUserInfo()));
    }

    /** Whether a host is a number in a form that some programs take for an address. */
    private static boolean oddNumber(String host) {
        String last = host.replaceFirst("\\.$", "").replaceFirst(".*\\.", "");
        return NUMBER.matcher(last).matches() && !DOTTED.matcher(host).matches();
    }

    private static URI without(URI given, String scheme, String host) {
        StringBuilder text = new StringBuilder(scheme).append("://").append(host);
        if (given.getPort() > 0) {
            text.append(':').append(given.getPort());
        }
        String path = given.getRawPath();
        text.append(path == null || path.isEmpty() ? "/" : path);
        if (given.getRawQuery() != null) {
            text.append('?').append(given.getRawQuery());
        }
        return URI.create(text.toString());
    }

    /** RFC 7617. */
    private static @Nullable String basic(@Nullable String userInfo) {
        if (userInfo == null) {
            return null;
        }
        byte[] pair = userInfo.getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private static OutgoingException invalid(String rule) {
        return new OutgoingException(Code.INVALID, "the address " + rule);
    }

    boolean secure() {
        return uri.getScheme().equals("https");
    }

    int port() {
        return uri.getPort() > 0 ? uri.getPort() : secure() ? 443 : 80;
    }

    /** The host as a resolver takes it. */
    String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Host and port as the Host header has them. */
    String authority() {
        return uri.getPort() > 0 ? uri.getHost() + ":" + uri.getPort() : uri.getHost();
    }

    String pathAndQuery() {
        String query = uri.getRawQuery();
        return query == null ? uri.getRawPath() : uri.getRawPath() + "?" + query;
    }

    /**
     * Where an answer sends us; the same host alone, never from https to http.
     *
     * @throws OutgoingException INVALID
     */
    Target redirected(String location) {
        URI next;
        try {
            next = uri.resolve(new URI(location));
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw invalid("that the answer leads to is no URL");
        }
        Target there = of(name, next.toString());
        boolean upgraded = !secure() && port() == 80 && there.secure() && there.port() == 443;
        boolean sameHost = there.host().equalsIgnoreCase(host());
        if (!sameHost || there.port() != port() && !upgraded) {
            throw invalid(
                    "that the answer leads to is another host's or port's; redirects stay on one host");
        }
        if (secure() && !there.secure()) {
            throw invalid("that the answer leads to is not encrypted; this one is");
        }
        return new Target(name, there.uri, authorization);
    }

    /** Scheme, host and port; of the rest only that there is one. */
    public String shown() {
        boolean bare = uri.getRawPath().equals("/") && uri.getRawQuery() == null;
        return uri.getScheme() + "://" + authority() + (bare ? "/" : "/…");
    }

    /** Without what is secret. */
    @Override
    public String toString() {
        return "Target[" + name + ", " + shown() + "]";
    }
}
