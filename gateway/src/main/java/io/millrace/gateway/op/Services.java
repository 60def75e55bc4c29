package io.millrace.gateway.op;

import io.millrace.access.Access;
import io.millrace.gateway.auth.Authenticator;
import io.millrace.kit.MonotonicClock;
import io.millrace.media.Media;
import io.millrace.store.Store;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * What the operations work with.
 *
 * @param media null when this process does no processing
 * @param region what answers say where the buckets are whose makers didn't say it
 * @param onlyRegion whether nothing may be in another
 * @param maxDocumentBytes the longest XML body
 * @param clock the wall clock, for times that answers tell
 * @param monotonic how time passes, for the pace of bodies
 */
public record Services(
        Store store,
        Access access,
        @Nullable Media media,
        Authenticator authenticator,
        String region,
        boolean onlyRegion,
        int maxDocumentBytes,
        InstantSource clock,
        MonotonicClock monotonic) {}
