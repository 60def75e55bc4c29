package io.millrace.gateway.auth;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Decision;
import io.millrace.access.RequestContext;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.kit.http.Exchange;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks access for one request: may this caller do that to that? The bucket's ACL goes along. Used
 * by the request's thread only.
 */
public final class Guard {
    private final Access access;
    private final Store store;
    private final Caller caller;
    private final Exchange exchange;
    private @Nullable RequestContext context;

    public Guard(Access access, Store store, Caller caller, Exchange exchange) {
        this.access = access;
        this.store = store;
        this.caller = caller;
        this.exchange = exchange;
    }

    /** Refuses unless the caller may do {@code action} to the account or to a plain resource. */
    public void require(String action, String resource) {
        decide(action, resource, context(Map.of()));
    }

    /**
     * Refuses unless the caller may do {@code action} to a bucket or to an object in it.
     *
     * @param key empty for the bucket itself
     * @return the bucket
     */
    public Bucket require(String action, String bucket, String key) {
        return require(action, bucket, key, Map.of());
    }

    /** The same with further values for conditions, such as a list's prefix. */
    public Bucket require(
            String action, String bucketName, String key, Map<String, String> values) {
        Bucket bucket = bucket(bucketName);
        decide(action, resource(bucketName, key), contextOf(bucket, values));
        return bucket;
    }

    /** Whether the caller may, for requests that answer each key by itself. */
    public boolean allows(String action, Bucket bucket, String key) {
        return access.decide(
                        caller, action, resource(bucket.name(), key), contextOf(bucket, Map.of()))
                .allowed();
    }

    private Bucket bucket(String name) {
        return store.buckets()
                .get(name)
                .orElseThrow(
                        () ->
                                new GatewayException(ErrorCode.NO_SUCH_BUCKET)
                                        .with("BucketName", name));
    }

    private void decide(String action, String resource, RequestContext in) {
        Decision decision = access.decide(caller, action, resource, in);
        if (decision instanceof Decision.Denied(var reason, String message, var statement)) {
            GatewayException denied = new GatewayException(ErrorCode.ACCESS_DENIED, message);
            if (reason == Decision.Reason.REVOKED) {
                denied = new GatewayException(ErrorCode.INVALID_TOKEN, message);
            }
            throw denied;
        }
    }

    private static String resource(String bucket, String key) {
        return key.isEmpty() ? bucket : bucket + "/" + key;
    }

    private RequestContext contextOf(Bucket bucket, Map<String, String> values) {
        RequestContext.BucketAcl acl =
                switch (bucket.acl()) {
                    case PRIVATE -> RequestContext.BucketAcl.PRIVATE;
                    case PUBLIC_READ -> RequestContext.BucketAcl.PUBLIC_READ;
                    case PUBLIC_READ_WRITE -> RequestContext.BucketAcl.PUBLIC_READ_WRITE;
                };
        return context(values).withAcl(acl);
    }

    private RequestContext context(Map<String, String> values) {
        RequestContext base = context;
        if (base == null) {
            base =
                    RequestContext.of(
                                    exchange.requestId(),
                                    exchange.remoteAddress(),
                                    exchange.secure())
                            .withValues(agent());
            context = base;
        }
        if (values.isEmpty()) {
            return base;
        }
        Map<String, String> all = new HashMap<>(base.values());
        all.putAll(values);
        return base.withValues(all);
    }

    private Map<String, String> agent() {
        String agent = exchange.header("User-Agent");
        String referer = exchange.header("Referer");
        if (agent == null) {
            return referer == null ? Map.of() : Map.of("referer", referer);
        }
        return referer == null
                ? Map.of("useragent", agent)
                : Map.of("useragent", agent, "referer", referer);
    }
}
