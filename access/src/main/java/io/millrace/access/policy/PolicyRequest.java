package io.millrace.access.policy;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a policy is asked about.
 *
 * @param actions the internal names that stand for the action, lower case: the action itself first,
 *     then names whose right includes it
 * @param resource {@code bucket/key}, {@code _live/stream} …, as stored
 * @param principal {@code root}, {@code user/name}, {@code role/name}, {@code device/id}, {@code
 *     service/name}, or {@code anonymous}
 * @param userName for variables; null when the caller is no user
 * @param values condition keys by internal lower-case name
 */
public record PolicyRequest(
        java.util.List<String> actions,
        String resource,
        String principal,
        @Nullable String userName,
        @Nullable String userId,
        String sourceAddress,
        boolean secure,
        Instant now,
        Map<String, String> values) {

    /** The value of a condition key; null when the request has none. */
    @Nullable String value(ConditionKey key) {
        return switch (key) {
            case SOURCE_IP -> sourceAddress;
            case SECURE_TRANSPORT -> Boolean.toString(secure);
            case CURRENT_TIME -> now.toString();
            case EPOCH_TIME -> Long.toString(now.getEpochSecond());
            case USER_NAME -> userName;
            case USER_ID -> userId;
            case PREFIX, DELIMITER, MAX_KEYS, USER_AGENT, REFERER, EXTERNAL_ID, ROLE_SESSION_NAME ->
                    values.get(key.internal());
        };
    }
}
