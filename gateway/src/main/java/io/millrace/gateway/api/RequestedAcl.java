package io.millrace.gateway.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The access that a request's headers, its form or its document ask for, as the client wrote it.
 *
 * @param canned the name of a ready-made list, such as {@code public-read}; null when none is named
 * @param grants the lines of a list that the client wrote itself
 */
public record RequestedAcl(@Nullable String canned, List<Grant> grants) {
    public static final RequestedAcl NONE = new RequestedAcl(null, List.of());

    public RequestedAcl {
        grants = List.copyOf(grants);
    }

    /** Whether nothing was asked for. */
    public boolean isEmpty() {
        return canned == null && grants.isEmpty();
    }

    /**
     * One line: who gets what.
     *
     * @param permission in the words of the S3 API: READ, WRITE, READ_ACP, WRITE_ACP, FULL_CONTROL
     */
    public record Grant(Grantee grantee, String permission) {}

    /** Who gets it. */
    public sealed interface Grantee {
        /** An account, by its canonical id. */
        record User(String id) implements Grantee {}

        /** A group that S3 defines, by its address. */
        record Group(String uri) implements Grantee {}

        /** An account, by an address of mail. */
        record Mail(String address) implements Grantee {}
    }
}
