package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.store.Store;
import io.millrace.store.StoreStatistics;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.buckets.CreateBucketOutcome;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Buckets: make, list, delete, and who may use them from where. */
final class BucketApi {
    private static final int MAX_RULES = 20;
    private static final Set<String> METHODS = Set.of("GET", "PUT", "POST", "DELETE", "HEAD");
    private static final String CONSOLE_RULE = "millrace-console";

    private final Gate gate;
    private final Store store;
    private final Access access;

    BucketApi(Gate gate, Store store, Access access) {
        this.gate = gate;
        this.store = store;
        this.access = access;
    }

    void register(Router router) {
        router.get("/api/buckets", this::list)
                .post("/api/buckets", this::create)
                .get("/api/buckets/{bucket}", this::get)
                .delete("/api/buckets/{bucket}", this::delete)
                .put("/api/buckets/{bucket}/acl", this::setAcl)
                .put("/api/buckets/{bucket}/cors", this::setCors)
                .put("/api/buckets/{bucket}/cors/console", this::allowConsole);
    }

    private record BucketJson(
            String name,
            String owner,
            String ownerName,
            Instant created,
            String acl,
            List<CorsJson> cors,
            long objects,
            long bytes) {
        static BucketJson of(Bucket b, Owners owners, StoreStatistics.OfBucket held) {
            return new BucketJson(
                    b.name(),
                    b.owner(),
                    owners.name(b.owner()),
                    b.created(),
                    b.acl().text(),
                    b.cors().stream().map(CorsJson::of).toList(),
                    held.objects(),
                    held.bytes());
        }
    }

    private record CorsJson(
            @Nullable List<String> origins,
            @Nullable List<String> methods,
            @Nullable List<String> headers,
            @Nullable List<String> exposeHeaders,
            @Nullable Integer maxAgeSeconds) {
        static CorsJson of(CorsRule r) {
            return new CorsJson(
                    r.allowedOrigins(),
                    r.allowedMethods(),
                    r.allowedHeaders(),
                    r.exposeHeaders(),
                    r.maxAgeSeconds());
        }

        CorsRule rule() {
            List<String> from = origins == null ? List.of() : origins;
            List<String> may = methods == null ? List.of() : methods;
            if (from.isEmpty() || may.isEmpty() || !METHODS.containsAll(may)) {
                throw ApiError.invalid(
                        "A CORS rule needs origins, and methods of GET, PUT, POST, DELETE, HEAD.",
                        "Name at least one of each.");
            }
            if (Stream.of(from, listOf(headers), listOf(exposeHeaders))
                    .flatMap(List::stream)
                    .anyMatch(text -> text.chars().anyMatch(c -> c < ' ' || c == 0x7f))) {
                throw ApiError.invalid(
                        "A CORS rule has no control characters.", "Take them out of its names.");
            }
            return new CorsRule(
                    null,
                    from,
                    may,
                    headers == null ? List.of() : headers,
                    exposeHeaders == null ? List.of() : exposeHeaders,
                    maxAgeSeconds == null ? -1 : maxAgeSeconds);
        }
    }

    private static List<String> listOf(@Nullable List<String> given) {
        return given == null ? List.of() : given;
    }

    private record Create(@Nullable String name, @Nullable String acl) {}

    private record Acl(@Nullable String acl) {}

    private record Cors(@Nullable List<CorsJson> rules) {}

    private record ConsoleCors(@Nullable String origin) {}

    private void list(Call call) {
        gate.require(call, "oss:ListBuckets", "*");
        Owners owners = new Owners(access);
        call.json(
                Map.of(
                        "buckets",
                        store.buckets().list().stream()
                                .flatMap(b -> shown(b, owners).stream())
                                .toList()));
    }

    private void create(Call call) {
        Create given = call.body(Create.class);
        String name = given.name() == null ? "" : given.name();
        BucketAcl acl = acl(given.acl() == null ? "private" : given.acl());
        gate.require(call, "oss:PutBucket", name);
        switch (store.buckets().create(name, call.caller().id(), acl)) {
            case CreateBucketOutcome.Created(Bucket b) -> call.json(201, json(b));
            case CreateBucketOutcome.OwnedByYou o ->
                    throw ApiError.taken("You already have this bucket.", "Choose another name.");
            case CreateBucketOutcome.Exists e ->
                    throw ApiError.taken("The name is in use.", "Choose another name.");
            case CreateBucketOutcome.InvalidName(String reason) ->
                    throw ApiError.invalid(
                            reason, "Use 3 to 63 lower-case letters, digits and hyphens.");
        }
    }

    private BucketJson json(Bucket bucket) {
        return shown(bucket, new Owners(access))
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no bucket " + bucket.name() + ".",
                                        "It was deleted meanwhile."));
    }

    /** Empty when it was deleted meanwhile. */
    private Optional<BucketJson> shown(Bucket bucket, Owners owners) {
        try {
            return Optional.of(BucketJson.of(bucket, owners, store.statistics(bucket.name())));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NO_SUCH_BUCKET) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Bucket bucket(Call call) {
        return find(store, call.variable("bucket"));
    }

    static Bucket find(Store store, String name) {
        return store.buckets()
                .get(name)
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no bucket " + name + ".",
                                        "Check the name, or make it."));
    }

    private void get(Call call) {
        gate.require(call, "oss:GetBucketInfo", call.variable("bucket"));
        call.json(json(bucket(call)));
    }

    private void delete(Call call) {
        String name = call.variable("bucket");
        gate.require(call, "oss:DeleteBucket", name);
        switch (store.buckets().delete(name)) {
            case DeleteBucketOutcome.Deleted d -> call.done();
            case DeleteBucketOutcome.NotEmpty(String what) ->
                    throw new ApiError(
                            409,
                            "NotEmpty",
                            "The bucket still holds " + what + ".",
                            "Delete them first.");
            case DeleteBucketOutcome.NoSuchBucket n ->
                    throw ApiError.notFound("There is no bucket " + name + ".", "Reload the list.");
        }
    }

    private void setAcl(Call call) {
        Bucket bucket = bucket(call);
        gate.require(call, "oss:PutBucketAcl", bucket.name());
        String text = call.body(Acl.class).acl();
        call.json(json(store.buckets().setAcl(bucket.name(), acl(text == null ? "" : text))));
    }

    private static BucketAcl acl(String text) {
        return BucketAcl.parse(text)
                .orElseThrow(
                        () ->
                                ApiError.invalid(
                                        "There is no access rule \"" + text + "\".",
                                        "Use private, public-read or public-read-write."));
    }

    private void setCors(Call call) {
        Bucket bucket = bucket(call);
        gate.require(call, "oss:PutBucketCors", bucket.name());
        List<CorsJson> rules = call.body(Cors.class).rules();
        if (rules == null || rules.size() > MAX_RULES) {
            throw ApiError.invalid(
                    "A bucket takes up to " + MAX_RULES + " CORS rules.", "Send a list of them.");
        }
        List<CorsRule> wanted = rules.stream().map(CorsJson::rule).toList();
        call.json(json(store.buckets().setCors(bucket.name(), wanted)));
    }

    /** Adds one rule that lets a page upload here, unless there is one already. */
    private void allowConsole(Call call) {
        Bucket bucket = bucket(call);
        gate.require(call, "oss:PutBucketCors", bucket.name());
        String origin = call.body(ConsoleCors.class).origin();
        if (origin == null || !origin.matches("https?://[A-Za-z0-9.:\\-\\[\\]]{1,255}")) {
            throw ApiError.invalid("The origin is not an address.", "Send scheme, host and port.");
        }
        List<CorsRule> rules = new ArrayList<>(bucket.cors());
        boolean known =
                rules.stream()
                        .anyMatch(
                                r ->
                                        CONSOLE_RULE.equals(r.id())
                                                && r.allowedOrigins().contains(origin));
        if (!known && rules.size() >= MAX_RULES) {
            throw ApiError.invalid("The bucket has its most CORS rules.", "Remove one.");
        }
        if (!known) {
            rules.add(
                    new CorsRule(
                            CONSOLE_RULE,
                            List.of(origin),
                            List.of("GET", "PUT", "POST", "DELETE", "HEAD"),
                            List.of("*"),
                            List.of(
                                    "ETag",
                                    "x-oss-request-id",
                                    "x-amz-request-id",
                                    "Content-Length"),
                            600));
        }
        call.json(json(store.buckets().setCors(bucket.name(), rules)));
    }
}
