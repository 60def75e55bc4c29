package io.millrace.media.process;

import java.util.Optional;

/** The fonts of text watermarks: the service's names, and families that fontconfig knows. */
public enum Font {
    WQY_ZENHEI("wqy-zenhei", "WenQuanYi Zen Hei"),
    WQY_MICROHEI("wqy-microhei", "WenQuanYi Micro Hei"),
    FANGZHENG_SHUSONG("fangzhengshusong", "serif"),
    FANGZHENG_KAITI("fangzhengkaiti", "serif"),
    FANGZHENG_HEITI("fangzhengheiti", "sans"),
    FANGZHENG_FANGSONG("fangzhengfangsong", "sans"),
    DROID_SANS_FALLBACK("droidsansfallback", "Droid Sans Fallback");

    private final String word;
    private final String family;

    Font(String word, String family) {
        this.word = word;
        this.family = family;
    }

    String word() {
        return word;
    }

    /** Which fontconfig replaces by what it has, character by character. */
    public String family() {
        return family;
    }

    static Optional<Font> named(String word) {
        for (Font font : values()) {
            if (font.word.equals(word)) {
                return Optional.of(font);
            }
        }
        return Optional.empty();
    }
}
