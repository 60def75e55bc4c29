package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.kit.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "guide", "settings.md");

    @Test
    void theGuideListsEverySettingWithItsDefault() throws IOException {
        List<String> expected = Settings.KNOWN.stream().map(SettingsPageTest::row).toList();
        List<String> listed =
                Files.readAllLines(PAGE).stream()
                        .filter(line -> line.startsWith("| `"))
                        .map(line -> line.substring(0, line.indexOf('|', line.indexOf('|', 1) + 1)))
                        .toList();
        assertEquals(expected, listed);
    }

    private static String row(Setting setting) {
        String fallback = setting.fallback();
        return "| `" + setting.name() + "` | " + (fallback.isEmpty() ? " " : "`" + fallback + "` ");
    }
}
