package io.millrace.access;

import io.millrace.work.outgoing.Target;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may set.
 *
 * @param account the account number in ARNs, 12 digits
 * @param cacheFor how long another node's change may go unseen; this node's own are seen at once
 * @param deviceHook asked before a device enrols or gets a token; null asks nobody
 * @param deviceTokenValidity 15 minutes to 12 hours
 * @param sessionValidity how long a console session lives
 * @param auditKeep how many audit records are kept, at least 1,000
 */
public record AccessOptions(
        String account,
        Duration cacheFor,
        @Nullable Target deviceHook,
        Duration deviceHookTimeout,
        Duration deviceTokenValidity,
        Duration sessionValidity,
        int auditKeep) {

    public AccessOptions {
        if (account.length() != 12 || !account.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("the account number has 12 digits");
        }
        if (auditKeep < 1000) {
            throw new IllegalArgumentException("auditKeep is at least 1000");
        }
    }

    public static AccessOptions defaults() {
        return new AccessOptions(
                "100000000000",
                Duration.ofSeconds(1),
                null,
                Duration.ofSeconds(3),
                Duration.ofHours(1),
                Duration.ofHours(12),
                200_000);
    }

    public AccessOptions withDeviceHook(@Nullable Target hook, Duration timeout) {
        return new AccessOptions(
                account, cacheFor, hook, timeout, deviceTokenValidity, sessionValidity, auditKeep);
    }
}
