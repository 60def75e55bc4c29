package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.media.process.ImageOperation.TextWatermark;
import io.millrace.media.process.RefusedException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.OptionalInt;

/**
 * Whether the fonts of this machine have the characters of a text, asked of Pango, which draws it
 * for libvips: for a character that no font has it draws a box, and calls that a success.
 */
final class Glyphs {
    private final Vips vips;
    private final MethodHandle fontMap;
    private final MethodHandle newContext;
    private final MethodHandle newLayout;
    private final MethodHandle fontFromText;
    private final MethodHandle freeFont;
    private final MethodHandle setFont;
    private final MethodHandle setText;
    private final MethodHandle unknown;

    private Glyphs(Vips vips) {
        FunctionDescriptor pointerToPointer = FunctionDescriptor.of(ADDRESS, ADDRESS);
        this.vips = vips;
        fontMap = vips.bind("pango_cairo_font_map_get_default", FunctionDescriptor.of(ADDRESS));
        newContext = vips.bind("pango_font_map_create_context", pointerToPointer);
        newLayout = vips.bind("pango_layout_new", pointerToPointer);
        fontFromText = vips.bind("pango_font_description_from_string", pointerToPointer);
        freeFont = vips.bind("pango_font_description_free", FunctionDescriptor.ofVoid(ADDRESS));
        setFont =
                vips.bind(
                        "pango_layout_set_font_description",
                        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        setText =
                vips.bind(
                        "pango_layout_set_text",
                        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_INT));
        unknown =
                vips.bind(
                        "pango_layout_get_unknown_glyphs_count",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    /** Refuses a text that would come out as boxes. @throws RefusedException */
    static void require(Vips vips, TextWatermark mark) {
        if (mark.text().chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            return; // Any font has these, and a machine without fonts fails at the text itself.
        }
        Glyphs glyphs;
        try {
            glyphs = new Glyphs(vips);
        } catch (VipsException e) {
            throw new RefusedException(
                    501,
                    "NotImplemented",
                    "The libvips of this server can't tell whether a font has the characters of"
                            + " the text; it draws ASCII alone.");
        }
        OptionalInt missing = glyphs.missing(mark.text(), mark.font().family());
        if (missing.isPresent()) {
            int character = missing.getAsInt();
            throw new RefusedException(
                    400,
                    "WatermarkError",
                    "No font of this server has the character "
                            + Character.toString(character)
                            + String.format(" (U+%04X)", character)
                            + " of the watermark's text. Its operator can install one; for"
                            + " Chinese: apt-get install fonts-wqy-microhei, then restart.");
        }
    }

    /** The first character that no font has. */
    private OptionalInt missing(String text, String font) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = (MemorySegment) fontMap.invokeExact();
            MemorySegment context = (MemorySegment) newContext.invokeExact(map);
            MemorySegment layout = (MemorySegment) newLayout.invokeExact(context);
            MemorySegment described =
                    (MemorySegment) fontFromText.invokeExact(arena.allocateFrom(font));
            try {
                setFont.invokeExact(layout, described);
                if (unknown(layout, arena, text) == 0) {
                    return OptionalInt.empty();
                }
                for (int character : text.codePoints().toArray()) {
                    if (unknown(layout, arena, Character.toString(character)) > 0) {
                        return OptionalInt.of(character);
                    }
                }
                return OptionalInt.of(text.codePointAt(0)); // Only together they have no glyph.
            } finally {
                freeFont.invokeExact(described);
                vips.objectUnref.invokeExact(layout);
                vips.objectUnref.invokeExact(context);
            }
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    private int unknown(MemorySegment layout, Arena arena, String text) throws Throwable {
        setText.invokeExact(layout, arena.allocateFrom(text), -1);
        return (int) unknown.invokeExact(layout);
    }
}
