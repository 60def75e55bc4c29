package io.millrace.store.buckets;

import java.time.Instant;
import java.util.List;

/**
 * A bucket's settings at one moment.
 *
 * @param id never reused, not even when a bucket of the same name is made again
 * @param owner the account that made it
 * @param region where it is: what its maker said, else where the server was then
 * @param placed whether its maker said where it is
 * @param cors the rules for requests of other sites' pages
 * @param corsVary whether every answer says that it depends on the page's origin
 */
public record Bucket(
        long id,
        String name,
        String owner,
        String region,
        boolean placed,
        BucketAcl acl,
        List<CorsRule> cors,
        boolean corsVary,
        Instant created) {
    public Bucket {
        cors = List.copyOf(cors);
    }

    /** The same, in the server's region unless its maker said where it is. */
    public Bucket in(String servers) {
        return placed
                ? this
                : new Bucket(id, name, owner, servers, false, acl, cors, corsVary, created);
    }
}
