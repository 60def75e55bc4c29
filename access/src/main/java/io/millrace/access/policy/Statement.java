package io.millrace.access.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a compiled policy.
 *
 * @param principals whom it is about; null in policies that are attached to somebody
 * @param notActions true for NotAction
 * @param notResources true for NotResource
 */
record Statement(
        boolean allow,
        @Nullable String sid,
        @Nullable Principals principals,
        List<Pattern> actions,
        boolean notActions,
        List<Pattern> resources,
        boolean notResources,
        List<Condition> conditions) {

    Statement {
        actions = List.copyOf(actions);
        resources = List.copyOf(resources);
        conditions = List.copyOf(conditions);
    }

    StatementRef ref(String policy, int index) {
        return new StatementRef(policy, index, sid);
    }

    boolean matches(PolicyRequest request) {
        return matchesAction(request)
                && matchesResource(request)
                && (principals == null || principals.matches(request.principal()))
                && matchesConditions(request);
    }

    /**
     * A right to read includes a look at the head, so one of the names suffices for a match;
     * NotAction spares the action only when a name is listed.
     */
    private boolean matchesAction(PolicyRequest request) {
        for (String action : request.actions()) {
            for (Pattern pattern : actions) {
                if (pattern.matches(action, null, false)) {
                    return !notActions;
                }
            }
        }
        return notActions;
    }

    private boolean matchesResource(PolicyRequest request) {
        for (Pattern pattern : resources) {
            if (pattern.matches(request.resource(), request, false)) {
                return !notResources;
            }
        }
        return notResources;
    }

    private boolean matchesConditions(PolicyRequest request) {
        for (Condition condition : conditions) {
            if (!condition.met(request)) {
                return false;
            }
        }
        return true;
    }
}
