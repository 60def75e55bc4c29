package io.millrace.media.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MissingProgramsTest {
    @TempDir Path directory;

    @Test
    void aProgramThatGoesWhileTheServerRunsIsMissedAtOnce() throws Exception {
        Path program = directory.resolve("ffmpeg");
        Files.writeString(program, "#!/bin/sh\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Files.copy(program, directory.resolve("ffprobe"));
        Files.setPosixFilePermissions(
                directory.resolve("ffprobe"), PosixFilePermissions.fromString("rwx------"));
        try (Ffmpeg ffmpeg =
                new Ffmpeg(
                        new Ffmpeg.Settings(
                                1, 1, Duration.ofSeconds(1), program.toString(), directory))) {
            assertEquals(List.of(), ffmpeg.missing());
            Files.delete(program);
            assertEquals(1, ffmpeg.missing().size());
            assertTrue(ffmpeg.missing().getFirst().startsWith(program.toString()));
        }
    }

    @Test
    void aProgramThatWasNeverThereIsToldWithHowToGetIt() {
        String none = directory.resolve("none").toString();
        try (Ffmpeg ffmpeg =
                new Ffmpeg(new Ffmpeg.Settings(1, 1, Duration.ofSeconds(1), none, directory))) {
            assertTrue(
                    ffmpeg.missing()
                            .contains(
                                    "ffmpeg is missing; apt-get install ffmpeg brings it, then"
                                            + " start the server again"),
                    ffmpeg.missing().toString());
        }
    }
}
