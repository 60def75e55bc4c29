package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query's parameters, decoded, in the order sent. Immutable. */
public final class Query {
    private static final int MAX_PARAMETERS = 100;
    private static final Query EMPTY = new Query(List.of());

    /**
     * One parameter.
     *
     * @param name empty between two ampersands, and where an equals sign comes first
     * @param value null when there was no equals sign
     */
    public record Parameter(String name, @Nullable String value) {}

    private final List<Parameter> parameters;

    private Query(List<Parameter> parameters) {
        this.parameters = parameters;
    }

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
                throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT, "More than 100 query parameters.");
            }
            parameters.add(parameter(raw.substring(at, end)));
            at = end + 1;
        }
        return new Query(List.copyOf(parameters));
    }

    private static Parameter parameter(String text) {
        int equals = text.indexOf('=');
        return equals < 0
                ? new Parameter(Percent.decodeQuery(text), null)
                : new Parameter(
                        Percent.decodeQuery(text.substring(0, equals)),
                        Percent.decodeQuery(text.substring(equals + 1)));
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    public boolean isEmpty() {
        return parameters.isEmpty();
    }

    /** Whether one of the first {@code count} parameters has this name. */
    boolean standsBefore(int count, String name) {
        for (int i = 0; i < count; i++) {
            if (parameters.get(i).name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the parameter is there, with or without a value. */
    public boolean has(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** The parameter's value; null when it is absent, empty when it has none. */
    public @Nullable String get(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return parameter.value() == null ? "" : parameter.value();
            }
        }
        return null;
    }

    /** The parameter's value, empty when it is absent. */
    public String text(String name) {
        String value = get(name);
        return value == null ? "" : value;
    }

    /** A whole number within a range; {@code absent} when the parameter is absent or empty. */
    public int number(String name, int absent, int least, int most) {
        String value = get(name);
        if (value == null || value.isEmpty()) {
            return absent;
        }
        long number = digits(value);
        if (number >= least && number <= most) {
            return (int) number;
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        name + " must be a whole number from " + least + " to " + most + ".")
                .with("ArgumentName", name)
                .with("ArgumentValue", value);
    }

    /** A whole number from 0 up that must be there. */
    public long position(String name) {
        String value = get(name);
        if (value == null) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT, "The parameter " + name + " is missing.");
        }
        long number = digits(value);
        if (number >= 0) {
            return number;
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The parameter " + name + " must be a whole number from 0 up.")
                .with("ArgumentName", name)
                .with("ArgumentValue", value);
    }

    /** A number of ASCII digits alone, without a sign; -1 for anything else or one too large. */
    static long digits(String text) {
        if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
