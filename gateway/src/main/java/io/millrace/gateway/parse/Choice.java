package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.signing.Query;
import java.util.Set;

/**
 * The endpoint that a request's line chooses, if everything in its query is understood.
 *
 * <p>A name decides with or without a value ({@code ?acl}, {@code ?acl=}, {@code ?acl=1}), and by
 * its decoded form, which is also the one that was signed. What the endpoint doesn't heed is
 * refused (501): a client that asks for something more must not get something else. On GET and HEAD
 * of an object, where nothing can be harmed, only names that are a sub-resource of either dialect
 * and guards (see {@link VendorHeaders}) are refused; others, such as {@code ?v=17} against caches,
 * are passed over.
 *
 * @param name the name that chose it; empty for the plain bucket or object
 */
record Choice(Endpoint endpoint, String name) {
    private static final String NONE = "";

    /**
     * @throws GatewayException 501 for what isn't understood, 405 for a method that has no meaning
     *     there
     */
    static Choice of(String method, Target target, Query query) {
        Endpoint.Scope scope = Endpoint.Scope.of(target);
        boolean read = method.equals("GET") || method.equals("HEAD");
        boolean lenient = read && scope == Endpoint.Scope.OBJECT;
        String name = query.isEmpty() ? NONE : chosen(method, query);
        for (Endpoint endpoint : Endpoint.values()) {
            if (endpoint.serves(method, scope, name)) {
                check(endpoint, name, method, query, lenient);
                return new Choice(endpoint, name);
            }
        }
        if (query.isEmpty() || !knownMethod(method)) {
            throw new GatewayException(ErrorCode.METHOD_NOT_ALLOWED);
        }
        throw notImplemented(method, name.isEmpty() ? firstOf(query) : name);
    }

    /** The one name that chooses an endpoint, or {@link #NONE}. */
    private static String chosen(String method, Query query) {
        String chosen = NONE;
        for (Query.Parameter parameter : query.parameters()) {
            String name = parameter.name();
            if (!SubResources.offered(name)) {
                if (SubResources.known(name)) {
                    throw notImplemented(method, name);
                }
                continue;
            }
            if (!chosen.equals(NONE) && !chosen.equals(name)) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The sub-resources "
                                        + chosen
                                        + " and "
                                        + name
                                        + " don't go together.")
                        .with("ArgumentName", name);
            }
            chosen = name;
        }
        return chosen;
    }

    private static void check(
            Endpoint endpoint, String chosen, String method, Query query, boolean lenient) {
        if (query.isEmpty()) {
            return;
        }
        Set<String> signing = SigningNames.of(query);
        for (Query.Parameter parameter : query.parameters()) {
            String name = parameter.name();
            boolean understood =
                    !name.isEmpty() && name.equals(chosen)
                            || endpoint.heeds(name)
                            || signing.contains(name);
            boolean another =
                    name.equals(OperationId.NAME) && !OperationId.fits(endpoint, parameter.value());
            if ((!understood || another) && (!lenient || VendorHeaders.guards(name))) {
                throw notImplemented(method, name);
            }
        }
    }

    private static boolean knownMethod(String method) {
        return switch (method) {
            case "GET", "HEAD", "PUT", "POST", "DELETE" -> true;
            default -> false;
        };
    }

    private static String firstOf(Query query) {
        return query.parameters().getFirst().name();
    }

    /** The answer to what this server does not have. */
    static GatewayException notImplemented(String method, String name) {
        return new GatewayException(
                        ErrorCode.NOT_IMPLEMENTED,
                        "This server does not offer " + method + " ?" + name + " yet.")
                .with("Header", name);
    }
}
