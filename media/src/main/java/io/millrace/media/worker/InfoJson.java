package io.millrace.media.worker;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The answer of {@code image/info}: every fact as {@code "Name":{"value":"…"}}, EXIF tags by their
 * own names.
 */
final class InfoJson {
    private static final int MAX_VALUE = 1024;
    private static final int MAX_TAGS = 300;

    private InfoJson() {}

    static String of(Source source) {
        Map<String, String> facts = new TreeMap<>();
        exif(source.header(), facts);
        facts.put("FileSize", Long.toString(source.bytes().byteSize()));
        facts.put("Format", source.format().word());
        facts.put("FrameCount", Integer.toString(source.frames()));
        facts.put("ImageHeight", Integer.toString(source.height()));
        facts.put("ImageWidth", Integer.toString(source.width()));
        StringBuilder json = new StringBuilder("{");
        facts.forEach(
                (name, value) -> {
                    json.append(json.length() == 1 ? "" : ",");
                    json.append(quoted(name)).append(":{\"value\":").append(quoted(value));
                    json.append('}');
                });
        return json.append('}').toString();
    }

    /** libvips names a tag {@code exif-ifd0-Model} and writes its value {@code X (X, ASCII, …)}. */
    private static void exif(VipsImage image, Map<String, String> facts) {
        for (String field : image.fields()) {
            if (!field.startsWith("exif-ifd") || facts.size() >= MAX_TAGS) {
                continue;
            }
            String name = field.substring(field.indexOf('-', "exif-ifd".length()) + 1);
            image.text(field)
                    .map(InfoJson::rawValue)
                    .filter(v -> v.length() <= MAX_VALUE)
                    .ifPresent(value -> facts.putIfAbsent(name, value));
        }
    }

    private static String rawValue(String text) {
        int end = text.lastIndexOf(" components, ");
        int open = end < 0 ? -1 : text.lastIndexOf(" (", end);
        return (open < 0 ? text : text.substring(0, open)).strip();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
