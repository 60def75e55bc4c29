package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine without Chinese characters is told so, with the package that brings them. */
class CjkFontTest {
    private static final List<String> NO_FONTCONFIG = List.of("no-such-fc-list");

    @TempDir Path fonts;

    @Test
    void noFontIsAWarningWithItsRemedy() throws IOException {
        Files.createFile(fonts.resolve("DejaVuSans.ttf"));
        Doctor.Finding none = new CjkFont(NO_FONTCONFIG, List.of(fonts)).examine();
        assertEquals(Doctor.Level.WARN, none.level());
        assertEquals("apt-get install fonts-wqy-microhei", none.remedy());
        Files.createFile(fonts.resolve("wqy-microhei.ttc"));
        Doctor.Finding one = new CjkFont(NO_FONTCONFIG, List.of(fonts)).examine();
        assertEquals(Doctor.Level.OK, one.level());
    }

    @Test
    void fontconfigIsAskedFirst() {
        Doctor.Finding one = new CjkFont(List.of("echo", "Some Hei"), List.of(fonts)).examine();
        assertEquals("Some Hei", one.text());
    }
}
