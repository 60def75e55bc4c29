package io.millrace.console;

import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a domain may not do by an oversight: open what is private, or take the default domain's
 * visitors.
 */
final class DomainGuard {
    private final ConsoleOptions options;
    private final Store store;

    DomainGuard(ConsoleOptions options, Store store) {
        this.options = options;
        this.store = store;
    }

    /**
     * Refuses a domain that lets anyone fetch what needs a proof elsewhere, unless that was said.
     * One that stays as open as it was asks no second time.
     *
     * @param before what the domain was; null for a new one
     * @param said that anyone may fetch
     */
    void refuseSilentOpening(Domain domain, @Nullable Domain before, boolean said) {
        if (domain.auth() != null || said) {
            return;
        }
        if (before != null && before.auth() == null && before.origin().equals(domain.origin())) {
            return;
        }
        String what = secret(domain.origin());
        if (what != null) {
            throw new ApiError(
                    400,
                    "OpensToAnyone",
                    "Under " + domain.host() + " anyone could fetch " + what + " without a proof.",
                    "Ask for signed addresses (auth of type A), or say \"anyone\": true to open"
                            + " it.");
        }
    }

    /** What of an origin is not open to all already, in words; null when all of it is. */
    private @Nullable String secret(Domain.Origin origin) {
        String bucket = origin.bucket();
        if (bucket == null) {
            return origin.type().equals("stream")
                    ? "the stream " + origin.stream()
                    : "the camera " + origin.device();
        }
        boolean open =
                store.buckets().get(bucket).map(Bucket::acl).orElse(BucketAcl.PRIVATE)
                        != BucketAcl.PRIVATE;
        return open ? null : "what the private bucket " + bucket + " holds";
    }

    /**
     * Refuses a new domain by whose name this server itself is reached: the edge would serve it in
     * place of the default domain, and no link to anything else would work any more.
     */
    void refuseOwnName(Call call, String host) {
        boolean address = host.matches("[0-9.]+");
        if (address || ownNames(call).contains(host)) {
            throw new ApiError(
                    409,
                    "OwnName",
                    address
                            ? host + " is an address: by it the default domain is reached."
                            : host
                                    + " is this server's own name: the domain would take the"
                                    + " place of the default domain, and break its links.",
                    "Point another name's DNS at the edge, such as img." + parent(host) + ".");
        }
    }

    private static String parent(String host) {
        return host.matches("[0-9.]+") || host.equals("localhost") ? "example.com" : host;
    }

    /** The names in what the console shows to this caller, and those that are configured. */
    private Set<String> ownNames(Call call) {
        DoorAddresses.Public doors = Console.doors(options, call.exchange());
        Set<String> names = new LinkedHashSet<>(options.ownNames());
        names.add("localhost");
        Stream.of(doors.console(), doors.object(), doors.edge(), doors.rtmp())
                .map(url -> URI.create(url).getHost())
                .filter(host -> host != null)
                .map(host -> host.toLowerCase(Locale.ROOT))
                .forEach(names::add);
        return names;
    }
}
