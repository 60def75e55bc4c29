package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.testkit.Seed;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelFileTest {
    private static final int FILE_BYTES = 3 << 20;

    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();

    @TempDir Path directory;

    @Test
    void writesByBothWaysAreReadBackWhereverTheyLieAndChangeNothingBeside() throws Exception {
        Path path = directory.resolve("volume");
        byte[] expected = new byte[FILE_BYTES];
        try (ChannelFile file =
                new ChannelFile(
                        path,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            file.resize(FILE_BYTES);
            for (int i = 0; i < 200; i++) {
                int at = random.nextInt(FILE_BYTES - 1);
                int length = 1 + random.nextInt(FILE_BYTES - at);
                ByteBuffer bytes = buffer(at, length);
                bytes.get(bytes.position(), expected, at, length);
                if (random.nextInt(3) == 0) {
                    file.write(bytes, at);
                } else {
                    file.writePast(bytes, at);
                }
                byte[] seen = new byte[FILE_BYTES];
                file.read(ByteBuffer.wrap(seen), 0);
                assertArrayEquals(expected, seen, seed.toString());
            }
            file.sync();
        }
        assertArrayEquals(expected, Files.readAllBytes(path), seed.toString());
    }

    /** A volume that was written past the cache has a second handle. */
    @Test
    void aFileThatWasClosedIsHeldByNobody() throws Exception {
        Path handles = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(handles));
        Path path = directory.toRealPath().resolve("volume");
        try (ChannelFile file =
                new ChannelFile(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.writePast(buffer(0, 1 << 20), 0);
            assertNotEquals(0, handles(handles, path));
        }
        assertEquals(0, handles(handles, path));
    }

    private static long handles(Path handles, Path path) throws IOException {
        long count = 0;
        for (File handle : Objects.requireNonNull(handles.toFile().listFiles())) {
            try {
                count += Files.readSymbolicLink(handle.toPath()).equals(path) ? 1 : 0;
            } catch (NoSuchFileException e) {
                // one that was open while they were listed
            }
        }
        return count;
    }

    /** Random bytes, mostly at the same distance from a page's start as in the file. */
    private ByteBuffer buffer(int at, int length) {
        int page = ChannelFile.PAGE_BYTES;
        int start = random.nextInt(8) == 0 ? random.nextInt(page) : at % page;
        byte[] content = new byte[length];
        random.nextBytes(content);
        if (random.nextInt(10) == 0) {
            return ByteBuffer.wrap(content);
        }
        return ByteBuffer.allocateDirect(length + 3 * page)
                .alignedSlice(page)
                .put(start, content)
                .limit(start + length)
                .position(start);
    }
}
