package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.signing.Query;
import io.millrace.signing.QueryException;

/** Reads queries and the numbers in them; what is wrong is answered in the dialect's form. */
public final class Queries {
    private Queries() {}

    /** A request's query, or a form. */
    public static Query parse(String raw) {
        try {
            return Query.parse(raw);
        } catch (QueryException e) {
            throw switch (e.code()) {
                case UNDECODABLE -> new GatewayException(ErrorCode.INVALID_URI);
                case TOO_MANY ->
                        new GatewayException(
                                ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
                case REPEATED ->
                        new GatewayException(
                                        ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()))
                                .with("ArgumentName", e.name());
            };
        }
    }

    /** A whole number within a range; {@code absent} when the parameter is absent or empty. */
    static int number(Query query, String name, int absent, int least, int most) {
        String value = query.get(name);
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
    static long position(Query query, String name) {
        String value = query.get(name);
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
    public static long digits(String text) {
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
