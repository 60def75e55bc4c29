package io.millrace.edge;

import io.millrace.edge.cache.Purges;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Settings;
import io.millrace.signing.AccessKey;
import io.millrace.signing.QueryException;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The edge's own paths: {@code GET /.millrace/health}, {@code GET /.millrace/stats} and {@code POST
 * /.millrace/purge?kind=url|prefix|all&path=…&host=…}; the latter two signed with the service key,
 * a purge by the edge's own token as well.
 */
final class OwnDoor {
    private static final Duration SKEW = Duration.ofMinutes(5);
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Core core;

    OwnDoor(Core core) {
        this.core = core;
    }

    void handle(Exchange exchange) {
        String path = exchange.head().target().path().substring(Router.OWN.length());
        if (path.equals("health")) {
            exchange.own(200, "text/plain", Heads.bytes("ok\n"), "");
        } else if (!signed(exchange) && !(path.equals("purge") && hasToken(exchange))) {
            exchange.fail(
                    403,
                    "signature",
                    "sign this request with the edge's service key (SigV4); a purge may bring the"
                            + " edge's purge token instead (Authorization: Bearer …)");
        } else if (path.equals("stats")) {
            byte[] json = Report.json(core, 0).getBytes(StandardCharsets.UTF_8);
            exchange.own(200, "application/json", json, "");
        } else if (path.equals("purge") && exchange.head().method().equals("POST")) {
            purge(exchange);
        } else {
            exchange.fail(404, "unknown", "the edge has /.millrace/health, stats and purge");
        }
    }

    private void purge(Exchange exchange) {
        String query = exchange.head().target().query();
        String kind = parameter(query, "kind");
        String path = parameter(query, "path");
        String host = parameter(query, "host");
        Purges.Kind what;
        try {
            what = Purges.Kind.valueOf(kind == null ? "" : kind.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            exchange.fail(400, "kind", "kind is url, prefix or all");
            return;
        }
        if (what != Purges.Kind.ALL && (path == null || !path.startsWith("/"))) {
            exchange.fail(400, "path", "path begins with a slash: /photos/a.jpg");
            return;
        }
        Settings settings = core.settings();
        Domain domain =
                host == null || settings == null
                        ? null
                        : settings.domains().get(host.toLowerCase(Locale.ROOT));
        if (host != null && domain == null) {
            exchange.fail(
                    404,
                    "host",
                    "no domain here has this name; leave host out to purge by the origin's path");
            return;
        }
        DomainPurge.of(domain, what, path).apply(core.cache().purges(), 0);
        exchange.own(204, "", new byte[0], "");
    }

    private boolean hasToken(Exchange exchange) {
        String token = core.options().purgeToken();
        String given = exchange.headers().get("authorization");
        return token != null
                && given != null
                && exchange.headers().count("authorization") == 1
                && MessageDigest.isEqual(
                        ("Bearer " + token).getBytes(StandardCharsets.UTF_8),
                        given.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String parameter(String query, String name) {
        for (String pair : query.split("&")) {
            if (pair.startsWith(name + "=")) {
                return java.net.URLDecoder.decode(
                        pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    /** Signs the request again as the service account would and compares. */
    private boolean signed(Exchange exchange) {
        EdgeOptions.ServiceKey key = core.options().serviceKey();
        String authorization = exchange.headers().get("authorization");
        String date = exchange.headers().get("x-amz-date");
        String hash = exchange.headers().get("x-amz-content-sha256");
        if (key == null || authorization == null || date == null || hash == null) {
            return false;
        }
        Instant at;
        try {
            at = AMZ_DATE.parse(date, Instant::from);
        } catch (DateTimeParseException e) {
            return false;
        }
        if (Duration.between(at, core.wall()).abs().compareTo(SKEW) > 0) {
            return false;
        }
        String host = exchange.headers().get("host");
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Host", host == null ? "" : host));
        SignedRequest request;
        try {
            request =
                    new SignedRequest(
                            exchange.head().method(),
                            exchange.head().target().path(),
                            exchange.head().target().query(),
                            headers);
        } catch (QueryException e) {
            return false;
        }
        SigV4Signer signer =
                new SigV4Signer(
                        new AccessKey(key.id(), key.secret()), OriginRequests.REGION, "millrace");
        for (Map.Entry<String, String> header : signer.sign(request, hash, at)) {
            if (header.getKey().equalsIgnoreCase("authorization")) {
                return MessageDigest.isEqual(
                        header.getValue().getBytes(StandardCharsets.UTF_8),
                        authorization.getBytes(StandardCharsets.UTF_8));
            }
        }
        return false;
    }
}
