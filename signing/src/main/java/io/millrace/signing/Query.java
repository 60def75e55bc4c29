package io.millrace.signing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parameters of a query string, decoded, in the order sent. */
final class Query {
    static final int MAX_PARAMETERS = 1000;
    static final Query EMPTY = new Query(List.of());

    /** One parameter; the value is null when there was no equals sign. */
    record Parameter(String name, @Nullable String value) {
        String text() {
            return value == null ? "" : value;
        }
    }

    private final List<Parameter> parameters;

    private Query(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /** Null when a name or value does not decode or there are too many. */
    static @Nullable Query parse(String raw) {
        if (raw.isEmpty()) {
            return EMPTY;
        }
        List<Parameter> parameters = new ArrayList<>();
        int at = 0;
        while (at <= raw.length()) {
            int end = raw.indexOf('&', at);
            if (end < 0) {
                end = raw.length();
            }
            if (end > at) {
                int equals = raw.indexOf('=', at);
                boolean valued = equals >= 0 && equals < end;
                String name = Uri.decode(raw.substring(at, valued ? equals : end), true);
                String value = valued ? Uri.decode(raw.substring(equals + 1, end), true) : null;
                if (name == null || (valued && value == null)) {
                    return null;
                }
                parameters.add(new Parameter(name, value));
            }
            if (parameters.size() > MAX_PARAMETERS) {
                return null;
            }
            at = end + 1;
        }
        return new Query(parameters);
    }

    List<Parameter> all() {
        return parameters;
    }

    boolean isEmpty() {
        return parameters.isEmpty();
    }

    /** The first value; empty text when it has no equals sign, null when it is absent. */
    @Nullable String get(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return parameter.text();
            }
        }
        return null;
    }

    boolean has(String name) {
        return get(name) != null;
    }

    /** True when one of these names stands there more than once. */
    boolean repeats(String... names) {
        for (String name : names) {
            int count = 0;
            for (Parameter parameter : parameters) {
                if (parameter.name().equals(name) && ++count > 1) {
                    return true;
                }
            }
        }
        return false;
    }

    /** True when any name stands there more than once. */
    boolean repeatsAny() {
        java.util.Set<String> names = new java.util.HashSet<>();
        for (Parameter parameter : parameters) {
            if (!names.add(parameter.name())) {
                return true;
            }
        }
        return false;
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
            if (!parameter.name().equals(without)) {
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
}
