package io.millrace.console;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A custom domain at the edge.
 *
 * @param host lower-case host name without a port
 * @param auth null: public
 * @param ttlSeconds how long the edge keeps answers, null: as the origin says
 * @param certificatePem the chain, null: plain HTTP only
 * @param privateKey sealed PEM, null without a certificate
 * @param website whether the pages stored there run scripts
 */
record Domain(
        String host,
        Origin origin,
        @Nullable Auth auth,
        @Nullable Long ttlSeconds,
        @Nullable String certificatePem,
        byte @Nullable [] privateKey,
        Instant created,
        boolean website) {

    /**
     * What the domain serves; the type says which of the other fields count.
     *
     * @param type {@code bucket}, {@code stream} or {@code camera}
     */
    record Origin(
            String type,
            @Nullable String bucket,
            @Nullable String prefix,
            @Nullable String stream,
            @Nullable String device) {}

    /** URL authentication, type A. */
    record Auth(String type, String key, @Nullable String backupKey, long validitySeconds) {}
}
