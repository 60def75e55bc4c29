package io.millrace.edge.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * The lifetimes that domains give good answers instead of the origin's. An answer is kept for the
 * longest of those that may show it; each domain then looks at it with its own.
 */
public final class Lifetimes {
    /** No domain has one. */
    public static final Lifetimes NONE = new Lifetimes(List.of());

    private record Given(String root, long ttlSeconds) {}

    private final List<Given> given = new ArrayList<>();

    private Lifetimes(List<Domain> domains) {
        for (Domain domain : domains) {
            if (domain.ttlSeconds() > 0) {
                given.add(new Given(domain.root() + "/", domain.ttlSeconds()));
            }
        }
    }

    /** Those of all domains. */
    public static Lifetimes of(Settings settings) {
        List<Domain> all = new ArrayList<>(settings.domains().values());
        Domain fallback = settings.fallback();
        if (fallback != null) {
            all.add(fallback);
        }
        return new Lifetimes(all);
    }

    /** The longest for an origin path; -1: none. */
    public long longestSeconds(String originPath) {
        long longest = -1;
        for (Given one : given) {
            if (one.ttlSeconds > longest && originPath.startsWith(one.root)) {
                longest = one.ttlSeconds;
            }
        }
        return longest;
    }
}
