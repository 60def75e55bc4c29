package io.millrace.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes on changing while and between backups: open volumes, and the target itself. */
class ChangingFilesTest {
    private static final String OPEN = "000000000002.volume";

    @TempDir Path directory;

    private Source source;
    private Target target;

    @BeforeEach
    void make() throws IOException {
        source = new Source(directory.resolve("source"));
        target = new DirectoryTarget(directory.resolve("target"));
    }

    private byte[] restoredOpenVolume() throws IOException {
        Path data = directory.resolve("data");
        Repository repository = Repository.open(target, null);
        Restore.run(repository, repository.manifest("latest"), data, Progress.NONE);
        return Files.readAllBytes(data.resolve("extents").resolve(OPEN));
    }

    @Test
    void ofAnOpenVolumeAllIsCopiedThatLiesBeforeItsTailAndNothingBehind() throws IOException {
        source.tail(25_000);
        source.backup(target, null);
        assertArrayEquals(Arrays.copyOf(Source.bytes(40_000, 6), 25_000), restoredOpenVolume());
    }

    @Test
    void anOpenVolumeIsReadAgainEvenIfItsSizeAndTimeAreTheSame() throws IOException {
        Path file = directory.resolve("source/extents/hold-x").resolve(OPEN);
        FileTime time = Files.getLastModifiedTime(file);
        source.tail(40_000);
        source.backup(target, null);
        byte[] changed = Source.bytes(40_000, 60);
        source.write("extents/hold-x/" + OPEN, changed);
        Files.setLastModifiedTime(file, time);
        source.backup(target, null);
        assertArrayEquals(changed, restoredOpenVolume());
    }

    @Test
    void aPieceThatGoesBeforeTheEndMeansNoBackup() {
        Repository repository = Repository.openOrMake(target, Source.KEY_SPACE, null);
        Backup.Plan plan = new Backup.Plan(null, false, false);
        BackupException refused =
                assertThrows(
                        BackupException.class,
                        () ->
                                Backup.run(
                                        repository,
                                        source.held(),
                                        plan,
                                        Progress.NONE,
                                        () -> {
                                            target.delete(target.list("pieces/").firstKey());
                                            return true;
                                        }));
        assertEquals(BackupException.Code.BUSY, refused.code());
        assertEquals(0, repository.backups().size());
    }
}
