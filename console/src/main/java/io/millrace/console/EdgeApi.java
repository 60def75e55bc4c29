package io.millrace.console;

import io.millrace.access.Access;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What edges pull (settings and purges, by long poll) and what they report. */
final class EdgeApi {
    private static final int LONGEST_WAIT_SECONDS = 30;

    private final Gate gate;
    private final Domains domains;
    private final EdgeReports reports;
    private final Access access;
    private volatile boolean closing;

    EdgeApi(Gate gate, Domains domains, EdgeReports reports, Access access) {
        this.gate = gate;
        this.domains = domains;
        this.reports = reports;
        this.access = access;
    }

    void register(Router router) {
        router.add("GET", "/api/edge/settings", Router.Who.SERVICE, this::settings)
                .add("POST", "/api/edge/report", Router.Who.SERVICE, this::report);
    }

    private record Auth(
            String type, String key, @Nullable String backupKey, long validitySeconds) {}

    private record Default(Auth auth, boolean playback) {}

    private record DomainJson(
            String host,
            Map<String, String> origin,
            @Nullable Auth auth,
            @Nullable Long ttlSeconds,
            @Nullable String certificatePem,
            @Nullable String privateKeyPem,
            boolean website) {}

    private record PurgeJson(long id, String kind, @Nullable String host, @Nullable String path) {}

    /**
     * @param purgesFrom the lowest id that is told: an edge below it has missed some
     */
    private record Settings(
            long revision,
            Default defaultDomain,
            List<DomainJson> domains,
            List<PurgeJson> purges,
            long purgesFrom) {
        Map<String, Object> json() {
            return Map.of(
                    "revision", revision,
                    "default", defaultDomain,
                    "domains", domains,
                    "purges", purges,
                    "purgesFrom", purgesFrom);
        }
    }

    private void settings(Call call) throws InterruptedException {
        gate.require(call, "edge:Settings", "*");
        long since = number(call.parameter("since", "-1"));
        int wait = call.number("wait", 0, 0, LONGEST_WAIT_SECONDS);
        for (int i = 0; i < wait && !closing && domains.revision() == since; i++) {
            domains.await(since, 1000);
        }
        call.json(read().json());
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiError.invalid("since is not a number.", "Send the last revision.");
        }
    }

    private Settings read() {
        long revision = domains.revision(); // before the rest: a later change is told again
        List<PurgeJson> purges = new ArrayList<>();
        for (Purge p : domains.purges(Domains.PURGES_TOLD)) {
            purges.add(new PurgeJson(p.id(), p.kind(), p.host(), p.path()));
        }
        Collections.reverse(purges);
        long from = purges.isEmpty() ? 1 : purges.getFirst().id();
        Auth auth = new Auth("A", access.playbackKey(), null, Proofs.VALIDITY.toSeconds());
        return new Settings(
                revision,
                new Default(auth, true),
                domains.list().stream().map(this::json).toList(),
                purges,
                from);
    }

    private DomainJson json(Domain d) {
        Domain.Auth a = d.auth();
        byte[] sealed = d.privateKey();
        return new DomainJson(
                d.host(),
                DomainApi.origin(d.origin()),
                a == null ? null : new Auth(a.type(), a.key(), a.backupKey(), a.validitySeconds()),
                d.ttlSeconds(),
                d.certificatePem(),
                sealed == null ? null : domains.sealer().open(sealed, d.host()),
                d.website());
    }

    private void report(Call call) {
        gate.require(call, "edge:Report", "*");
        if (!reports.take(call.body(EdgeReports.Report.class))) {
            throw ApiError.invalid("A report names its edge and domains.", "Send both.");
        }
        call.done();
    }

    /** Ends the waiting of edges. */
    void close() {
        closing = true;
        domains.wake();
    }
}
