package io.millrace.gateway.answer;

import io.millrace.gateway.parse.Percent;
import io.millrace.signing.Uri;
import java.util.function.Predicate;

/**
 * A name as XML 1.0 can show it (section 2.2). Most control characters, U+FFFE and U+FFFF have no
 * form there, not even as references; so each is shown by another character, of which one sees what
 * it stands for: U+2400 and up (the pictures, as rclone does), U+1FFFE and U+1FFFF. So one name
 * never makes a listing unreadable. Who asks for {@code encoding-type=url} gets every name as it
 * is.
 *
 * <p>What a listing says to go on from is exact all the same: a name that can't be shown stands
 * there percent-encoded behind U+FDD0, which begins no name that people give.
 */
public final class ShownName {
    private static final int PICTURES = 0x2400;
    private static final int BEYOND = 0x10000;
    private static final int REPLACEMENT = 0xFFFD;
    private static final String EXACT = "\uFDD0";

    private ShownName() {}

    /** What stands for {@code text.charAt(at)}: a code point, most often the same. */
    static int shown(String text, int at) {
        char c = text.charAt(at);
        if (!hidden(c)) {
            return Character.isSurrogate(c) && !paired(text, at) ? REPLACEMENT : c;
        }
        return c < ' ' ? PICTURES + c : BEYOND + c;
    }

    /** Whether XML 1.0 has no form for it. */
    private static boolean hidden(int c) {
        return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE || c == 0xFFFF;
    }

    private static boolean paired(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }

    /** Where the next page begins, in a listing that is not encoded. */
    static String marker(String name) {
        return needsEncoding(name) ? EXACT + Percent.encode(name) : name;
    }

    private static boolean needsEncoding(String name) {
        return name.startsWith(EXACT) || name.chars().anyMatch(ShownName::hidden);
    }

    /**
     * The name that is meant by a marker for a listing that is not encoded. Clients that pass the
     * last name that they saw, instead of the marker, may pass one as it was shown: then it is the
     * one with the characters themselves, if only that is there. Else names would be left out.
     *
     * @param known whether there is something of this name
     */
    public static String meant(String marker, Predicate<String> known) {
        if (marker.startsWith(EXACT)) {
            String name = Uri.decode(marker.substring(EXACT.length()), false);
            if (name != null && needsEncoding(name)) {
                return name;
            }
        }
        String original = original(marker);
        return !original.equals(marker) && known.test(original) && !known.test(marker)
                ? original
                : marker;
    }

    private static String original(String shown) {
        StringBuilder name = new StringBuilder(shown.length());
        shown.codePoints()
                .map(
                        c -> {
                            int stands = c - (c < BEYOND ? PICTURES : BEYOND);
                            boolean picture = c < BEYOND ? stands < ' ' : stands > ' ';
                            return stands >= 0 && picture && hidden(stands) ? stands : c;
                        })
                .forEach(name::appendCodePoint);
        return name.toString();
    }
}
