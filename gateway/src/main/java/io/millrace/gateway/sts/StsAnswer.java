package io.millrace.gateway.sts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer's members in order, nested, to be written as JSON or XML. */
final class StsAnswer {
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, Object> members = new LinkedHashMap<>();

    StsAnswer with(String name, String value) {
        members.put(name, value);
        return this;
    }

    StsAnswer with(String name, StsAnswer nested) {
        members.put(name, nested.members);
        return this;
    }

    String json() {
        try {
            return JSON.writeValueAsString(members);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("text and maps always encode", e);
        }
    }

    /**
     * @param root the root element with its attributes, e.g. {@code Error} or {@code A xmlns="…"}
     */
    String xml(String root) {
        StringBuilder out = new StringBuilder("<?xml version='1.0' encoding='UTF-8'?>\n");
        element(out, root, members);
        return out.toString();
    }

    private static void element(StringBuilder out, String name, Object value) {
        out.append('<').append(name).append('>');
        if (value instanceof Map<?, ?> nested) {
            nested.forEach((key, inner) -> element(out, String.valueOf(key), inner));
        } else {
            escape(out, String.valueOf(value));
        }
        int space = name.indexOf(' ');
        out.append("</").append(space < 0 ? name : name.substring(0, space)).append('>');
    }

    private static void escape(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                default -> {
                    if (c >= 0x20 || c == '\n' || c == '\t') {
                        out.append(c);
                    }
                }
            }
        }
    }
}
