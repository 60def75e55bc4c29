package io.millrace.app;

import io.millrace.app.Doctor.Finding;
import io.millrace.app.Doctor.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether the machine has a font with Chinese characters: without one the text of a watermark that
 * has them is refused. fontconfig knows, which draws it; else the names of files tell.
 */
final class CjkFont {
    private static final List<String> ASK = List.of("fc-list", ":lang=zh-cn", "family");
    private static final Pattern NAMES =
            Pattern.compile(
                    "(?:.*cjk.*|wqy.*|droidsansfallback.*|unifont.*|pingfang.*|hiragino.*)");
    private static final int DEEP = 6;

    private final List<String> ask;
    private final List<Path> directories;

    CjkFont() {
        this(
                ASK,
                List.of(
                        Path.of("/usr/share/fonts"),
                        Path.of("/usr/local/share/fonts"),
                        Path.of("/System/Library/Fonts")));
    }

    /** The program that lists fonts, and where their files lie. */
    CjkFont(List<String> ask, List<Path> directories) {
        this.ask = List.copyOf(ask);
        this.directories = List.copyOf(directories);
    }

    Finding examine() {
        return Doctor.firstLine(ask)
                .or(() -> directories.stream().flatMap(d -> file(d).stream()).findFirst())
                .map(found -> new Finding("CJK font", Level.OK, found, ""))
                .orElse(
                        new Finding(
                                "CJK font",
                                Level.WARN,
                                "none: watermarks with Chinese text are refused",
                                "apt-get install fonts-wqy-microhei"));
    }

    private static Optional<String> file(Path directory) {
        try (Stream<Path> files = Files.find(directory, DEEP, (f, _) -> isOne(f))) {
            return files.map(Path::toString).findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // not there, or not for us to read
        }
    }

    private static boolean isOne(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return NAMES.matcher(name).matches();
    }
}
