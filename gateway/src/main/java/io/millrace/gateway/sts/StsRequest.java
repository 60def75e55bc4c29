package io.millrace.gateway.sts;

import io.millrace.kit.http.Exchange;
import io.millrace.signing.Query;
import io.millrace.signing.QueryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request's parameters from query and form, each at most once.
 *
 * @param flavour whose API it speaks
 * @param json whether the answer is JSON; only Alibaba's API has a choice
 */
record StsRequest(
        Flavour flavour, String action, Map<String, String> parameters, boolean json, byte[] body) {
    /** The largest form that is read, in bytes. */
    static final int MAX_BODY = 64 * 1024;

    enum Flavour {
        ALIBABA,
        AWS
    }

    @Nullable String get(String name) {
        return parameters.get(name);
    }

    String text(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** Reads the request; a {@link StsException} says what is wrong with it. */
    static StsRequest read(Exchange exchange) throws IOException {
        byte[] body = exchange.body().readNBytes(MAX_BODY + 1);
        Flavour guess =
                exchange.header("x-acs-action") != null
                                || exchange.rawQuery().contains("Version=2015-04-01")
                        ? Flavour.ALIBABA
                        : Flavour.AWS;
        if (body.length > MAX_BODY) {
            throw new StsException(
                    guess, 413, "RequestTooLarge", "The body is longer than 64 KiB.");
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        parse(exchange.rawQuery(), parameters, guess);
        String type = Objects.requireNonNullElse(exchange.header("Content-Type"), "");
        if (type.regionMatches(true, 0, "application/x-www-form-urlencoded", 0, 33)) {
            // As bytes, which the decoder makes text of.
            parse(new String(body, StandardCharsets.ISO_8859_1), parameters, guess);
        }
        String version = named(exchange, "x-acs-version", parameters, "Version", guess);
        String action = named(exchange, "x-acs-action", parameters, "Action", guess);
        Flavour flavour =
                switch (version) {
                    case "2015-04-01" -> Flavour.ALIBABA;
                    case "2011-06-15" -> Flavour.AWS;
                    default ->
                            throw new StsException(
                                    guess,
                                    400,
                                    guess == Flavour.AWS ? "InvalidAction" : "InvalidVersion",
                                    "Version must be 2015-04-01 (Alibaba Cloud) or 2011-06-15"
                                            + " (AWS).");
                };
        return new StsRequest(
                flavour,
                action,
                parameters,
                flavour == Flavour.ALIBABA && json(exchange, parameters),
                body);
    }

    /** ACS3 clients expect JSON; RPC clients say so in Format or get XML. */
    private static boolean json(Exchange exchange, Map<String, String> parameters) {
        String format = parameters.get("Format");
        if (format != null) {
            return format.equalsIgnoreCase("JSON");
        }
        String accept = Objects.requireNonNullElse(exchange.header("Accept"), "");
        return exchange.header("x-acs-action") != null
                ? !accept.contains("xml")
                : accept.contains("json");
    }

    /**
     * What a header or a parameter says. Of these headers the ACS3 signature alone covers any; the
     * SDKs send them beside the others, too, where they must say what the parameter says.
     */
    private static String named(
            Exchange exchange,
            String header,
            Map<String, String> parameters,
            String parameter,
            Flavour flavour) {
        String said = exchange.header(header);
        String signed = parameters.getOrDefault(parameter, "");
        if (said == null) {
            return signed;
        }
        String authorization = exchange.header("Authorization");
        boolean otherwise =
                authorization == null
                        ? parameters.containsKey("Signature")
                                || parameters.containsKey("X-Amz-Signature")
                        : !authorization.startsWith("ACS3-");
        if (otherwise && !said.equals(signed)) {
            throw invalid(flavour, header + " says something else than " + parameter + ".");
        }
        return said;
    }

    private static void parse(String text, Map<String, String> into, Flavour flavour) {
        Query query;
        try {
            query = Query.parse(text);
        } catch (QueryException e) {
            throw invalid(flavour, String.valueOf(e.getMessage()));
        }
        for (Query.Parameter parameter : query.parameters()) {
            String value = parameter.value() == null ? "" : parameter.value();
            if (!parameter.name().isEmpty() && into.put(parameter.name(), value) != null) {
                throw invalid(
                        flavour,
                        "The parameter " + parameter.name() + " stands in query and form.");
            }
        }
    }

    private static StsException invalid(Flavour flavour, String message) {
        return new StsException(
                flavour,
                400,
                flavour == Flavour.AWS ? "ValidationError" : "InvalidParameter",
                message);
    }
}
