package io.millrace.media.process;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code name_value} pairs of one operation, each checked as it is taken. */
final class Parameters {
    private final String operation;
    private final Map<String, String> values;

    private Parameters(String operation, Map<String, String> values) {
        this.operation = operation;
        this.values = values;
    }

    /** {@code text} is {@code op,k_v,…}; a name that is not {@code allowed} is refused. */
    static Parameters of(String text, Set<String> allowed) {
        String[] parts = text.split(",", -1);
        String operation = parts[0];
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int underscore = parts[i].indexOf('_');
            String name = underscore < 0 ? parts[i] : parts[i].substring(0, underscore);
            if (!allowed.contains(name)) {
                throw RefusedException.invalid(
                        "The parameter: "
                                + name
                                + " of "
                                + operation
                                + " is not known; it takes "
                                + String.join(", ", allowed.stream().sorted().toList())
                                + ".");
            }
            values.put(name, underscore < 0 ? "" : parts[i].substring(underscore + 1));
        }
        return new Parameters(operation, values);
    }

    /** {@code op,value}: one bare value, as {@code format,png} and {@code auto-orient,1} have. */
    static String bare(String text) {
        int comma = text.indexOf(',');
        if (comma < 0 || comma == text.length() - 1) {
            String operation = comma < 0 ? text : text.substring(0, comma);
            throw RefusedException.missing(operation + " needs a value: " + operation + ",value.");
        }
        return text.substring(comma + 1);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    int integer(String name, int least, int most, int otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : number(operation, name, value, least, most);
    }

    /** A parameter that must be there. */
    int integer(String name, int least, int most) {
        String value = values.get(name);
        if (value == null) {
            throw RefusedException.missing(operation + " needs the parameter " + name + ".");
        }
        return number(operation, name, value, least, most);
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, 0, 1, otherwise ? 1 : 0) == 1;
    }

    /** Six hexadecimal digits. */
    int color(String name, int otherwise) {
        String value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("[0-9A-Fa-f]{6}")) {
            throw RefusedException.badValue(operation, name, value);
        }
        return Integer.parseInt(value, 16);
    }

    Gravity gravity(String name, Gravity otherwise) {
        String value = values.get(name);
        return value == null
                ? otherwise
                : Gravity.named(value)
                        .orElseThrow(() -> RefusedException.badValue(operation, name, value));
    }

    Optional<String> word(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** URL-safe base64 of UTF-8 text, padding optional. */
    Optional<String> decoded(String name) {
        String value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(value);
            return Optional.of(
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw RefusedException.invalid(
                    "The value of parameter: " + name + " is not URL-safe base64 of UTF-8 text.");
        }
    }

    static int number(String operation, String name, @Nullable String value, int least, int most) {
        if (value == null || !value.matches("-?[0-9]{1,9}")) {
            throw RefusedException.badValue(operation, name, String.valueOf(value));
        }
        int number = Integer.parseInt(value);
        if (number < least || number > most) {
            throw RefusedException.badValue(operation, name, value);
        }
        return number;
    }
}
