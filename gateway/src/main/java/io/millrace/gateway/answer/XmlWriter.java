package io.millrace.gateway.answer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes one XML 1.0 document, which every parser takes. Not thread-safe. */
public final class XmlWriter {
    private static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    private final StringBuilder out = new StringBuilder(512).append(DECLARATION);

    /** Opens an element. */
    public XmlWriter open(String name) {
        out.append('<').append(name).append('>');
        return this;
    }

    /** Opens the root in a namespace; none when it is empty. */
    public XmlWriter open(String name, String namespace) {
        if (namespace.isEmpty()) {
            return open(name);
        }
        out.append('<').append(name).append(" xmlns=\"").append(namespace).append("\">");
        return this;
    }

    /** Opens an element with attributes that need no escaping. */
    public XmlWriter openWith(String name, String attributes) {
        out.append('<').append(name).append(' ').append(attributes).append('>');
        return this;
    }

    public XmlWriter close(String name) {
        out.append("</").append(name).append('>');
        return this;
    }

    /** An element with text. */
    public XmlWriter text(String name, String text) {
        open(name);
        escape(text);
        return close(name);
    }

    /** Text in the element that is open. */
    public XmlWriter text(String text) {
        escape(text);
        return this;
    }

    /** An element with text, left out when that is null. */
    public XmlWriter optional(String name, @Nullable String text) {
        return text == null ? this : text(name, text);
    }

    public XmlWriter text(String name, long number) {
        open(name);
        out.append(number);
        return close(name);
    }

    public XmlWriter text(String name, boolean value) {
        open(name);
        out.append(value);
        return close(name);
    }

    public byte[] bytes() {
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            int c = ShownName.shown(text, i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                // A parser makes a line feed of it, were it to stand for itself.
                case '\r' -> out.append("&#xd;");
                default -> out.appendCodePoint(c);
            }
        }
    }
}
