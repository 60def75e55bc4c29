package io.millrace.signing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query, decoded, in the order sent; no name stands there twice. Parsed once
 * for each request: what is verified is what is carried out. Immutable.
 */
public final class Query {
    public static final int MAX_PARAMETERS = 100;
    public static final Query EMPTY = new Query("", List.of());

    /**
     * One parameter.
     *
     * @param name empty between two ampersands, and where an equals sign comes first
     * @param value null when there was no equals sign
     */
    public record Parameter(String name, @Nullable String value) {
        String text() {
            return value == null ? "" : value;
        }

        /** Nothing between two ampersands. */
        boolean isNothing() {
            return name.isEmpty() && value == null;
        }
    }

    private final String raw;
    private final List<Parameter> parameters;

    private Query(String raw, List<Parameter> parameters) {
        this.raw = raw;
        this.parameters = parameters;
    }

    /**
     * Reads a query or a form.
     *
     * @param raw percent-encoded as sent, a plus sign for a blank, without the question mark
     * @throws QueryException when it doesn't decode, is too long, or a name stands there twice
     */
    public static Query parse(String raw) {
        if (raw.isEmpty()) {
            return EMPTY;
        }
        List<Parameter> parameters = new ArrayList<>(8);
        int at = 0;
        while (at <= raw.length()) {
            int end = raw.indexOf('&', at);
            if (end < 0) {
                end = raw.length();
            }
            if (parameters.size() == MAX_PARAMETERS) {
                throw new QueryException(
                        QueryException.Code.TOO_MANY,
                        "",
                        "More than " + MAX_PARAMETERS + " query parameters.");
            }
            parameters.add(parameter(raw.substring(at, end)));
            at = end + 1;
        }
        refuseRepeated(parameters);
        return new Query(raw, List.copyOf(parameters));
    }

    private static Parameter parameter(String text) {
        int equals = text.indexOf('=');
        return equals < 0
                ? new Parameter(decoded(text), null)
                : new Parameter(
                        decoded(text.substring(0, equals)), decoded(text.substring(equals + 1)));
    }

    private static String decoded(String text) {
        String decoded = Uri.decode(text, true);
        if (decoded == null) {
            throw new QueryException(
                    QueryException.Code.UNDECODABLE, "", "The query does not decode.");
        }
        return decoded;
    }

    private static void refuseRepeated(List<Parameter> parameters) {
        if (parameters.size() < 2) {
            return;
        }
        Set<String> names = HashSet.newHashSet(parameters.size());
        for (Parameter parameter : parameters) {
            if (!parameter.isNothing() && !names.add(parameter.name())) {
                throw new QueryException(
                        QueryException.Code.REPEATED,
                        parameter.name(),
                        "The parameter " + parameter.name() + " stands in the query twice.");
            }
        }
    }

    /** As it was sent. */
    public String raw() {
        return raw;
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    public boolean isEmpty() {
        return parameters.isEmpty();
    }

    /** Whether the parameter is there, with or without a value. */
    public boolean has(String name) {
        return get(name) != null;
    }

    /** The parameter's value; null when it is absent, empty when it has none. */
    public @Nullable String get(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return parameter.text();
            }
        }
        return null;
    }

    /** The parameter's value, empty when it is absent. */
    public String text(String name) {
        String value = get(name);
        return value == null ? "" : value;
    }

    /**
     * Encoded and sorted by name, then value.
     *
     * @param without a name to leave out
     * @param equalsAlways write {@code name=} for an empty value (AWS) or {@code name} (OSS V4)
     */
    String canonical(@Nullable String without, boolean equalsAlways) {
        if (parameters.isEmpty()) {
            return "";
        }
        List<String[]> encoded = new ArrayList<>(parameters.size());
        for (Parameter parameter : parameters) {
            if (!parameter.isNothing() && !parameter.name().equals(without)) {
                encoded.add(
                        new String[] {
                            Uri.encode(parameter.name(), false), Uri.encode(parameter.text(), false)
                        });
            }
        }
        encoded.sort(
                Comparator.comparing((String[] pair) -> pair[0]).thenComparing(pair -> pair[1]));
        StringBuilder out = new StringBuilder();
        for (String[] pair : encoded) {
            if (!out.isEmpty()) {
                out.append('&');
            }
            out.append(pair[0]);
            if (equalsAlways || !pair[1].isEmpty()) {
                out.append('=').append(pair[1]);
            }
        }
        return out.toString();
    }

    /** Two queries are one when they were sent as one. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Query query && query.raw.equals(raw);
    }

    @Override
    public int hashCode() {
        return raw.hashCode();
    }

    @Override
    public String toString() {
        return raw;
    }
}
