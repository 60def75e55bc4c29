package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Slot;
import io.millrace.edge.http.RequestHead;
import io.millrace.edge.policy.CacheControl;
import io.millrace.edge.policy.Freshness;
import io.millrace.edge.policy.Policy;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Proof;
import io.millrace.edge.rules.Queries;
import io.millrace.edge.rules.Settings;
import io.millrace.kit.http.ByteRange;
import io.millrace.signing.Query;
import io.millrace.signing.QueryException;
import org.jspecify.annotations.Nullable;

/** What becomes of a request: refused, answered from the cache, fetched or passed on. */
final class Router {
    /** Paths of the edge's own door. */
    static final String OWN = "/.millrace/";

    private final Core core;
    private final OwnDoor own;

    Router(Core core) {
        this.core = core;
        this.own = new OwnDoor(core);
    }

    void handle(Exchange exchange) {
        RequestHead head = exchange.head();
        if (head.target().path().startsWith(OWN)) {
            own.handle(exchange);
            return;
        }
        Settings settings = core.settings();
        Domain domain = settings == null ? null : settings.domain(head.target().host());
        if (domain == null) {
            exchange.fail(
                    503,
                    "no-settings",
                    "this edge has not yet received its settings from the console");
            return;
        }
        exchange.domain(domain);
        exchange.counters().requests.increment();
        if (looped(head)) {
            exchange.fail(508, "loop", "the request came back to this edge: CDN-Loop names it");
            return;
        }
        if (isPreflight(head)) {
            preflight(exchange);
            return;
        }
        boolean reads = head.method().equals("GET") || head.method().equals("HEAD");
        if (!reads && core.signs()) {
            exchange.own(
                    405,
                    "application/json",
                    Heads.bytes(
                            "{\"error\":\"method\",\"message\":\"the edge serves GET and HEAD\"}\n"),
                    "Allow: GET, HEAD, OPTIONS\r\nMillrace-Reason: method\r\n");
            return;
        }
        String query = admitted(exchange, domain);
        if (query == null) {
            return;
        }
        String kept = Queries.canonical(query, core.signs());
        if (core.signs() && !isClear(exchange, kept)) {
            return;
        }
        exchange.origin(domain.originPath(head.target().path()), kept);
        if (!reads || head.hasBody() || head.target().path().equals("*")) {
            core.fetches().pass(exchange, "method");
            return;
        }
        lookUp(exchange);
    }

    /** Looks in the cache, and fetches what is not there. */
    void lookUp(Exchange exchange) {
        RequestHead head = exchange.head();
        String key = exchange.key();
        Entry exact = exactRange(exchange, key);
        Slot slot = core.cache().find(key);
        Entry stored =
                exact != null
                        ? exact
                        : slot == null ? null : core.cache().select(slot, head.headers());
        CacheControl asked =
                head.headers().has("cache-control")
                        ? CacheControl.ofRequest(head.headers())
                        : CacheControl.NONE;
        Freshness seen =
                stored == null ? null : stored.freshness().under(exchange.domain().ttlSeconds());
        Policy.Decision decision = Policy.decide(asked, seen, core.nowMillis());
        if (stored != null && seen != null && standsIn(decision, stored, seen)) {
            hit(exchange, stored);
            return;
        }
        switch (decision) {
            case Policy.Decision.Serve _ -> hit(exchange, stored);
            case Policy.Decision.ServeAndRevalidate _ -> {
                hit(exchange, stored);
                if (slot == null || !slot.failing(core.nowMillis())) {
                    core.fetches().revalidateBehind(exchange, stored);
                }
            }
            case Policy.Decision.Revalidate _ -> core.fetches().revalidate(exchange, stored);
            case Policy.Decision.Fetch(Policy.Why why) ->
                    core.fetches().fetch(exchange, slot, stored, why.word());
            case Policy.Decision.OnlyIfCached _ ->
                    exchange.fail(504, "only-if-cached", "nothing fresh is stored here");
        }
    }

    private void hit(Exchange exchange, @Nullable Entry stored) {
        if (stored == null) {
            throw new IllegalStateException("a hit without an entry");
        }
        exchange.outcome(Outcome.HIT);
        exchange.serve(stored, null, null);
    }

    /** Whether the origin failed a moment ago and the copy may be given instead of asking again. */
    private boolean standsIn(Policy.Decision decision, Entry stored, Freshness seen) {
        boolean asks =
                decision instanceof Policy.Decision.Revalidate
                        || decision instanceof Policy.Decision.Fetch;
        if (!asks) {
            return false;
        }
        Slot slot = core.cache().find(stored.key());
        return slot != null
                && slot.failing(core.nowMillis())
                && Policy.mayServeOnError(seen, core.nowMillis());
    }

    /** The entry of exactly this range of a growing object, or null. */
    private @Nullable Entry exactRange(Exchange exchange, String key) {
        ByteRange range = ByteRange.parse(exchange.headers().get("range"));
        if (range == null) {
            return null;
        }
        Slot slot = core.cache().find(Fetches.rangeKey(key, range));
        return slot == null ? null : core.cache().select(slot, exchange.headers());
    }

    /** The query without its proof, or null when the request was refused. */
    private @Nullable String admitted(Exchange exchange, Domain domain) {
        String query = exchange.head().target().query();
        Domain.Auth auth = domain.auth();
        if (auth == null) {
            return query;
        }
        return switch (Proof.check(
                auth, exchange.head().target().path(), query, core.expiryNow())) {
            case Proof.Outcome.Held(Proof proof, String rest) -> {
                exchange.proof(proof);
                yield rest;
            }
            case Proof.Outcome.Refused(String reason, String text) -> {
                exchange.counters().refused.increment();
                exchange.fail(403, "auth-" + reason, text);
                yield null;
            }
        };
    }

    /** The store refuses a name that stands there twice, and so does what signs for it. */
    private static boolean isClear(Exchange exchange, String query) {
        try {
            Query.parse(query);
            return true;
        } catch (QueryException e) {
            exchange.fail(400, "query", String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean looped(RequestHead head) {
        for (String line : head.headers().all("cdn-loop")) {
            for (String cdn : line.split(",")) {
                int parameters = cdn.indexOf(';');
                String name = parameters < 0 ? cdn : cdn.substring(0, parameters);
                if (name.strip().equals(core.id())) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isPreflight(RequestHead head) {
        return core.signs()
                && head.method().equals("OPTIONS")
                && head.headers().has("origin")
                && head.headers().has("access-control-request-method");
    }

    private static void preflight(Exchange exchange) {
        exchange.own(
                204,
                "",
                new byte[0],
                "Access-Control-Allow-Methods: GET, HEAD\r\n"
                        + "Access-Control-Allow-Headers: Range, If-None-Match, If-Range,"
                        + " If-Modified-Since\r\nAccess-Control-Max-Age: 86400\r\n");
    }
}
