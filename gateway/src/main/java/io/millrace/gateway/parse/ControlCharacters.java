package io.millrace.gateway.parse;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Control characters, U+FFFE and U+FFFF in a document whose texts are names. XML 1.0 has no form
 * for them; the OSS SDKs write them all the same, as they are or as references ({@code &#1;}).
 * Before the parser sees the document each is replaced by one of the 32 noncharacters from U+FDD0
 * up, which XML lets through, and put back afterwards. A document that could be taken for something
 * else that way stays as it is, and the parser refuses it.
 */
final class ControlCharacters {
    private static final int STAND_INS = 0xFDD0;
    private static final Pattern OTHER_ENCODING =
            Pattern.compile(
                    "^\uFEFF?<\\?xml[^>]*encoding\\s*+=\\s*+(?![\"']UTF-8[\"'])",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern REFERENCE =
            Pattern.compile("&#(?:x0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));");

    private ControlCharacters() {}

    /** Whether XML 1.0 has no form for it, not even a reference. */
    private static boolean hidden(int c) {
        return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r')
                || c == 0xFFFE
                || c == 0xFFFF;
    }

    /** The places of tab and line feed, which need none, are those of U+FFFE and U+FFFF. */
    private static char standIn(int hidden) {
        return (char) (STAND_INS + (hidden < ' ' ? hidden : hidden - 0xFFFE + '\t'));
    }

    private static boolean isStandIn(int c) {
        return c >= STAND_INS && c < STAND_INS + ' ';
    }

    private static char original(char standIn) {
        int c = standIn - STAND_INS;
        return (char) (hidden(c) ? c : c - '\t' + 0xFFFE);
    }

    /** The document with stand-ins; itself when there is nothing to replace. */
    static byte[] replaced(byte[] document) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
        } catch (CharacterCodingException e) {
            return document;
        }
        // In a CDATA section a reference is text.
        if (text.contains("<![CDATA[")
                || OTHER_ENCODING.matcher(text).find()
                || text.chars().anyMatch(ControlCharacters::isStandIn)) {
            return document;
        }
        StringBuilder replaced = new StringBuilder(text.length());
        Matcher reference = REFERENCE.matcher(text);
        int from = 0;
        while (reference.find()) {
            int c = codePoint(reference);
            if (isStandIn(c)) {
                return document;
            }
            if (hidden(c)) {
                replaced.append(text, from, reference.start()).append(standIn(c));
                from = reference.end();
            }
        }
        replaced.append(text, from, text.length());
        for (int i = 0; i < replaced.length(); i++) {
            char c = replaced.charAt(i);
            if (hidden(c)) {
                replaced.setCharAt(i, standIn(c));
            }
        }
        String result = replaced.toString();
        return result.equals(text) ? document : result.getBytes(StandardCharsets.UTF_8);
    }

    private static int codePoint(Matcher reference) {
        String hex = reference.group(1);
        return hex != null ? Integer.parseInt(hex, 16) : Integer.parseInt(reference.group(2));
    }

    /** A text of a document that was replaced, as it was meant. */
    static String restored(String text) {
        StringBuilder restored = new StringBuilder(text);
        for (int i = 0; i < restored.length(); i++) {
            char c = restored.charAt(i);
            if (isStandIn(c)) {
                restored.setCharAt(i, original(c));
            }
        }
        return restored.toString();
    }
}
