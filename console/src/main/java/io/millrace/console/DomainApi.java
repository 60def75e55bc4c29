package io.millrace.console;

import io.millrace.kit.Ids;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Custom domains at the edge, how well they hit, and the purge journal. */
final class DomainApi {
    private static final String HOST =
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*";
    private static final int PURGES_SHOWN = 50;

    private final Gate gate;
    private final Domains domains;
    private final DomainGuard guard;
    private final EdgeReports reports;
    private final InstantSource clock;

    DomainApi(
            Gate gate,
            Domains domains,
            DomainGuard guard,
            EdgeReports reports,
            InstantSource clock) {
        this.clock = clock;
        this.gate = gate;
        this.domains = domains;
        this.guard = guard;
        this.reports = reports;
    }

    void register(Router router) {
        router.get("/api/domains", this::list)
                .post("/api/domains", this::create)
                .put("/api/domains/{host}", this::replace)
                .delete("/api/domains/{host}", this::delete)
                .get("/api/purges", this::purges)
                .post("/api/purges", this::purge);
    }

    private record DomainJson(
            String host,
            Map<String, String> origin,
            Domain.@Nullable Auth auth,
            @Nullable Long ttlSeconds,
            Certificates.@Nullable Facts certificate,
            Instant created,
            boolean website,
            EdgeReports.Stats stats) {}

    private record GivenOrigin(
            @Nullable String type,
            @Nullable String bucket,
            @Nullable String prefix,
            @Nullable String stream,
            @Nullable String device) {}

    private record GivenAuth(
            @Nullable String type,
            @Nullable String key,
            @Nullable String backupKey,
            @Nullable Long validitySeconds) {}

    /**
     * @param anyone that anyone may fetch what it serves: said when it asks for no proof
     */
    private record Given(
            @Nullable String host,
            @Nullable GivenOrigin origin,
            @Nullable GivenAuth auth,
            @Nullable Long ttlSeconds,
            @Nullable String certificatePem,
            @Nullable String privateKeyPem,
            boolean website,
            boolean anyone) {}

    private record GivenPurge(
            @Nullable String kind, @Nullable String host, @Nullable String path) {}

    /** The signing keys are told only to those who may change them. */
    private void list(Call call) {
        gate.require(call, "admin:Status", "*");
        boolean keys = gate.allowed(call, "admin:Domains", "*");
        call.json(
                Map.of(
                        "domains",
                        domains.list().stream().map(d -> json(d, keys)).toList(),
                        "defaultDomain",
                        reports.of(EdgeReports.DEFAULT),
                        "edges",
                        reports.seen(),
                        "tls",
                        reports.listensForTls()));
    }

    private DomainJson json(Domain d, boolean keys) {
        Domain.Auth auth = d.auth();
        return new DomainJson(
                d.host(),
                origin(d.origin()),
                auth == null || keys
                        ? auth
                        : new Domain.Auth(auth.type(), "", null, auth.validitySeconds()),
                d.ttlSeconds(),
                d.certificatePem() == null ? null : Certificates.facts(d.certificatePem()),
                d.created(),
                d.website(),
                reports.of(d.host()));
    }

    /** An origin as the settings and the page know it: only the fields of its type. */
    static Map<String, String> origin(Domain.Origin o) {
        return switch (o.type()) {
            case "stream" -> Map.of("type", "stream", "stream", text(o.stream()));
            case "camera" -> Map.of("type", "camera", "device", text(o.device()));
            default ->
                    Map.of(
                            "type",
                            "bucket",
                            "bucket",
                            text(o.bucket()),
                            "prefix",
                            text(o.prefix()));
        };
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    private void create(Call call) {
        gate.require(call, "admin:Domains", "*");
        Given given = call.body(Given.class);
        Domain domain = domain(given, text(given.host()).toLowerCase(Locale.ROOT), null);
        guard.refuseOwnName(call, domain.host());
        switch (domains.create(domain)) {
            case DONE -> call.json(201, json(domain, true));
            case TAKEN ->
                    throw ApiError.taken(
                            "There is a domain " + domain.host() + " already.", "Change that one.");
            case FULL, NOT_FOUND ->
                    throw new ApiError(409, "Limit", "There are too many domains.", "Delete some.");
        }
    }

    private void replace(Call call) {
        gate.require(call, "admin:Domains", "*");
        Domain before =
                domains.get(call.variable("host"))
                        .orElseThrow(() -> unknown(call.variable("host")));
        Domain domain = domain(call.body(Given.class), before.host(), before);
        if (domains.replace(domain) != Domains.Outcome.DONE) {
            throw unknown(domain.host());
        }
        call.json(json(domain, true));
    }

    private void delete(Call call) {
        gate.require(call, "admin:Domains", "*");
        if (domains.delete(call.variable("host")) != Domains.Outcome.DONE) {
            throw unknown(call.variable("host"));
        }
        call.done();
    }

    private static ApiError unknown(String host) {
        return ApiError.notFound("There is no domain " + host + ".", "See the list.");
    }

    private Domain domain(Given given, String host, @Nullable Domain before) {
        if (host.length() > 253 || !host.matches(HOST)) {
            throw ApiError.invalid(
                    "\"" + host + "\" is no host name.", "Write it like img.example.com.");
        }
        Long ttl = given.ttlSeconds();
        if (ttl != null && (ttl < 0 || ttl > 31_536_000)) {
            throw ApiError.invalid("Answers are kept 0 to 31,536,000 s.", "Change the time.");
        }
        String certificate = before == null ? null : before.certificatePem();
        byte[] sealed = before == null ? null : before.privateKey();
        if (given.certificatePem() != null || given.privateKeyPem() != null) {
            if (given.certificatePem() == null || given.privateKeyPem() == null) {
                throw ApiError.invalid(
                        "A certificate and its private key come together.", "Send both.");
            }
            Certificates.check(given.certificatePem(), given.privateKeyPem(), clock.instant());
            certificate = given.certificatePem();
            sealed = domains.sealer().seal(given.privateKeyPem(), host);
        }
        Domain domain =
                new Domain(
                        host,
                        origin(given.origin()),
                        auth(given.auth(), before),
                        ttl,
                        certificate,
                        sealed,
                        before == null ? clock.instant() : before.created(),
                        given.website());
        guard.refuseSilentOpening(domain, before, given.anyone());
        return domain;
    }

    private static Domain.Origin origin(@Nullable GivenOrigin given) {
        if (given == null || given.type() == null) {
            throw ApiError.invalid("A domain needs something to serve.", "Send its origin.");
        }
        return switch (given.type()) {
            case "bucket" ->
                    new Domain.Origin(
                            "bucket",
                            needed(given.bucket(), "bucket"),
                            text(given.prefix()),
                            null,
                            null);
            case "stream" ->
                    new Domain.Origin("stream", null, null, needed(given.stream(), "stream"), null);
            case "camera" ->
                    new Domain.Origin("camera", null, null, null, needed(given.device(), "device"));
            default ->
                    throw ApiError.invalid(
                            "An origin is a bucket, a stream or a camera.", "Choose one.");
        };
    }

    private static String needed(@Nullable String value, String what) {
        if (value == null || value.isBlank() || value.length() > 256) {
            throw ApiError.invalid("The origin's " + what + " is missing.", "Name it.");
        }
        return value;
    }

    private static Domain.@Nullable Auth auth(@Nullable GivenAuth given, @Nullable Domain before) {
        if (given == null) {
            return null;
        }
        long seconds = given.validitySeconds() == null ? 1800 : given.validitySeconds();
        String key = given.key();
        if (key == null || key.isEmpty()) {
            Domain.Auth old = before == null ? null : before.auth();
            key = old == null ? Ids.secret(32) : old.key();
        }
        String backup = given.backupKey();
        if (!"A".equals(given.type())
                || seconds < 1
                || seconds > 31_536_000
                || !key.matches("[A-Za-z0-9]{16,128}")
                || (backup != null && !backup.matches("[A-Za-z0-9]{16,128}"))) {
            throw ApiError.invalid(
                    "URL authentication is type A, a key of 16 to 128 letters and digits, valid"
                            + " for 1 to 31,536,000 s.",
                    "Leave the key empty to have one made.");
        }
        return new Domain.Auth("A", key, backup, seconds);
    }

    private void purges(Call call) {
        gate.require(call, "admin:Status", "*");
        call.json(Map.of("purges", domains.purges(PURGES_SHOWN)));
    }

    private void purge(Call call) {
        gate.require(call, "edge:Purge", "*");
        GivenPurge given = call.body(GivenPurge.class);
        String kind = text(given.kind());
        if (!List.of("url", "prefix", "all").contains(kind)) {
            throw ApiError.invalid("A purge is of a url, a prefix or all.", "Choose one.");
        }
        String host = given.host();
        String path = kind.equals("all") ? null : text(given.path()).strip();
        if (path != null && path.matches("https?://.*")) {
            URI uri = parse(path);
            host = host == null ? customHost(uri.getHost()) : host;
            path = uri.getRawPath();
        }
        host = host == null || host.isBlank() ? null : host.strip().toLowerCase(Locale.ROOT);
        if (host != null && domains.get(host).isEmpty()) {
            throw new ApiError(
                    404,
                    "NoSuchDomain",
                    "There is no domain " + host + ", so nothing was purged.",
                    "Name one of the domains, or leave the host out for the default domain.");
        }
        if (path != null && (!path.startsWith("/") || path.length() > 2048)) {
            throw ApiError.invalid(
                    "A path begins with a slash and has at most 2,048 characters.",
                    "Write it like /photos/a.jpg.");
        }
        call.json(201, domains.purge(kind, host, path, call.caller().name()));
    }

    /** The host when it is a domain of ours; a pasted address of the default domain has none. */
    private @Nullable String customHost(@Nullable String host) {
        return host != null && domains.get(host.toLowerCase(Locale.ROOT)).isPresent() ? host : null;
    }

    private static URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw ApiError.invalid("The address is broken.", "Paste it as viewers see it.");
        }
    }
}
