package io.millrace.edge;

import io.millrace.edge.cache.Purges;
import io.millrace.edge.http.MalformedRequest;
import io.millrace.edge.http.Target;
import io.millrace.edge.rules.Domain;
import org.jspecify.annotations.Nullable;

/**
 * A purge of a domain's path as one of the origin's: what is kept is named by the latter.
 *
 * @param target the origin path
 */
record DomainPurge(Purges.Kind kind, String target) {
    /**
     * @param domain null: {@code path} is the origin's already
     * @param path as a person writes it, with or without a query; null: all
     */
    static DomainPurge of(@Nullable Domain domain, Purges.Kind kind, @Nullable String path) {
        String root = domain == null ? "" : domain.root();
        if (kind == Purges.Kind.ALL) {
            return root.isEmpty()
                    ? new DomainPurge(kind, "*")
                    : new DomainPurge(Purges.Kind.PREFIX, root + "/");
        }
        String text = path == null ? "/" : path;
        int query = text.indexOf('?');
        return new DomainPurge(kind, root + normal(query < 0 ? text : text.substring(0, query)));
    }

    private static String normal(String path) {
        try {
            return Target.normaliseText(path.startsWith("/") ? path : "/" + path);
        } catch (MalformedRequest e) {
            return path.replace('\n', ' ');
        }
    }

    /**
     * @param console the console's id of it, 0 for others
     */
    void apply(Purges purges, long console) {
        purges.purge(kind, target, console);
    }
}
