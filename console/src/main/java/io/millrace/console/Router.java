package io.millrace.console;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The table of the API's routes. Built once, then only read. */
final class Router {
    /** Answers one request. */
    @FunctionalInterface
    interface Endpoint {
        void handle(Call call) throws Exception;
    }

    /** Who may use a route, before the endpoint looks at the thing itself. */
    enum Who {
        /** Anyone. */
        ANYONE,
        /** A console session, or a request signed by a user's key. */
        SIGNED_IN,
        /** A request signed by a service account. */
        SERVICE
    }

    /** One route: its method, its path's segments (a variable stands in braces), who, and what. */
    record Route(String method, List<String> segments, Who who, Endpoint endpoint) {}

    /** A route with the values of its variables. */
    record Match(Route route, Map<String, String> variables) {}

    private final List<Route> routes = new ArrayList<>();

    Router get(String path, Endpoint endpoint) {
        return add("GET", path, Who.SIGNED_IN, endpoint);
    }

    Router post(String path, Endpoint endpoint) {
        return add("POST", path, Who.SIGNED_IN, endpoint);
    }

    Router put(String path, Endpoint endpoint) {
        return add("PUT", path, Who.SIGNED_IN, endpoint);
    }

    Router delete(String path, Endpoint endpoint) {
        return add("DELETE", path, Who.SIGNED_IN, endpoint);
    }

    Router add(String method, String path, Who who, Endpoint endpoint) {
        routes.add(new Route(method, List.of(path.substring(1).split("/")), who, endpoint));
        return this;
    }

    /** The route of a request; null when the path is unknown. */
    @Nullable Match find(String method, String rawPath) {
        String[] parts = rawPath.substring(1).split("/", -1);
        boolean known = false;
        for (Route route : routes) {
            Map<String, String> variables = match(route.segments(), parts);
            if (variables != null) {
                if (route.method().equals(method)) {
                    return new Match(route, variables);
                }
                known = true;
            }
        }
        if (known) {
            throw new ApiError(
                    405,
                    "MethodNotAllowed",
                    "This path does not take " + method + ".",
                    "See the admin API's description.");
        }
        return null;
    }

    private static @Nullable Map<String, String> match(List<String> segments, String[] parts) {
        if (segments.size() != parts.length) {
            return null;
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < parts.length; i++) {
            String segment = segments.get(i);
            if (segment.startsWith("{")) {
                if (parts[i].isEmpty()) {
                    return null;
                }
                variables.put(segment.substring(1, segment.length() - 1), decode(parts[i]));
            } else if (!segment.equals(parts[i])) {
                return null;
            }
        }
        return variables;
    }

    /** Percent-decodes a segment; a plus sign stays one. */
    private static String decode(String segment) {
        try {
            return java.net.URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiError.invalid("The path holds a broken percent sequence.", "Encode it again.");
        }
    }
}
