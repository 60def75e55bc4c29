package io.millrace.access;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * AssumeRole as asked; nothing is checked yet.
 *
 * @param roleArn {@code acs:ram::account:role/name} or {@code arn:aws:iam::account:role/name}
 * @param sessionPolicy RAM or AWS form; null when the role's policies are not narrowed
 * @param duration null for the default, an hour or the role's maximum if that is less
 */
public record AssumeRoleRequest(
        String roleArn,
        String sessionName,
        @Nullable String sessionPolicy,
        @Nullable Duration duration,
        @Nullable String externalId,
        RequestContext context) {}
