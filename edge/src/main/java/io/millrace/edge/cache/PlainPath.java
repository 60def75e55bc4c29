package io.millrace.edge.cache;

/**
 * A path with every escape decoded, one character a byte: what an object's path is to its store,
 * however a viewer wrote it ({@code /a+b} and {@code /a%2Bb} are one). Purges compare these.
 */
final class PlainPath {
    private PlainPath() {}

    /** The plain form; a broken escape stands for itself. */
    static String of(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int high = c == '%' && i + 2 < path.length() ? digit(path, i + 1) : -1;
            int low = high < 0 ? -1 : digit(path, i + 2);
            if (low < 0) {
                out.append(c);
            } else {
                out.append((char) (high << 4 | low));
                i += 2;
            }
        }
        return out.toString();
    }

    /** Writes a plain path so that {@link #of} gives it back, in one line of ASCII. */
    static String escaped(String plain) {
        StringBuilder out = new StringBuilder(plain.length() + 16);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c <= ' ' || c == '%' || c > '~' && c <= 0xff) {
                out.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static int digit(String text, int at) {
        return Character.digit(text.charAt(at), 16);
    }
}
