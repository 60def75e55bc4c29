package io.millrace.signing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Header values as canonical forms want them. */
final class Headers {
    private Headers() {}

    static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /**
     * A value as the client meant it. Clients send UTF-8 bytes, servers hand them out as Latin-1,
     * and both sign the UTF-8 text.
     */
    static String text(String value) {
        boolean beyondAscii = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c > 0xff) {
                return value;
            }
            beyondAscii |= c > 0x7f;
        }
        return beyondAscii
                ? new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
                : value;
    }

    /** Trimmed, runs of spaces within made one: what SigV4 calls Trimall. */
    static String trimAll(String value) {
        String text = text(value).strip();
        if (!text.contains("  ")) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        char last = 'x';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ' ' || last != ' ') {
                out.append(c);
            }
            last = c;
        }
        return out.toString();
    }

    static boolean startsWith(String name, String prefix) {
        return name.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    /** The headers whose lower-case names pass, sorted; repeated ones joined by commas. */
    static Map<String, String> sorted(
            SignedRequest request, java.util.function.Predicate<String> wanted) {
        TreeMap<String, String> sorted = new TreeMap<>();
        for (Map.Entry<String, String> header : request.headers()) {
            String name = lower(header.getKey());
            if (wanted.test(name)) {
                sorted.merge(name, text(header.getValue()).strip(), (a, b) -> a + "," + b);
            }
        }
        return sorted;
    }

    /** Splits {@code a;b;c}; empty text has no names. */
    static List<String> names(String list) {
        if (list.isEmpty()) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        int at = 0;
        while (at <= list.length()) {
            int end = list.indexOf(';', at);
            if (end < 0) {
                end = list.length();
            }
            names.add(list.substring(at, end).strip());
            at = end + 1;
        }
        return names;
    }

    /**
     * The value of {@code name=} in a comma-separated Authorization header; empty when it is
     * absent.
     */
    static String field(String text, String name, char equals) {
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf(',', at);
            if (end < 0) {
                end = text.length();
            }
            int start = at;
            while (start < end && text.charAt(start) == ' ') {
                start++;
            }
            int value = start + name.length();
            if (text.startsWith(name, start) && value < end && text.charAt(value) == equals) {
                return text.substring(value + 1, end).strip();
            }
            at = end + 1;
        }
        return "";
    }
}
