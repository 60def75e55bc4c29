package io.millrace.store.buckets;

import java.time.Instant;
import java.util.List;

/**
 * A bucket's settings at one moment.
 *
 * @param id never reused, not even when a bucket of the same name is made again
 * @param owner the account that made it
 */
public record Bucket(
        long id,
        String name,
        String owner,
        String region,
        BucketAcl acl,
        List<CorsRule> cors,
        Instant created) {
    public Bucket {
        cors = List.copyOf(cors);
    }

    /** The same, said to be in another region. */
    public Bucket in(String other) {
        return new Bucket(id, name, owner, other, acl, cors, created);
    }
}
