package io.millrace.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.opentest4j.TestAbortedException;

/**
 * A real file system of a given size: ext4 in a file, mounted. Needs root, as CI has; says what it
 * could not do.
 */
public final class SmallDisk implements AutoCloseable {
    private final Path image;
    private final Path mounted;

    private SmallDisk(Path image, Path mounted) {
        this.image = image;
        this.mounted = mounted;
    }

    /** Makes and mounts one below a directory. */
    public static SmallDisk mount(Path below, long bytes) {
        try {
            Path image = Files.createTempFile(below, "disk", ".ext4");
            Path mounted = Files.createTempDirectory(below, "disk");
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(bytes);
            }
            mount(image, mounted, bytes);
            return new SmallDisk(image, mounted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** ext4 in a file; memory where there are no loop devices; no test where nothing is mounted. */
    private static void mount(Path image, Path mounted, long bytes) throws IOException {
        try {
            run("mkfs.ext4", "-q", "-m", "0", image.toString());
            run("mount", "-o", "loop", image.toString(), mounted.toString());
        } catch (AssertionError | IOException noLoop) {
            try {
                run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", mounted.toString());
            } catch (AssertionError | IOException noMount) {
                noMount.addSuppressed(noLoop);
                throw new TestAbortedException("this machine mounts nothing", noMount);
            }
        }
    }

    public Path path() {
        return mounted;
    }

    @Override
    public void close() throws IOException {
        run("umount", "-l", mounted.toString());
        Files.delete(mounted);
        Files.delete(image);
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes());
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new AssertionError(
                        "a small disk needs root that may mount: "
                                + List.of(command)
                                + " ended with "
                                + code
                                + ": "
                                + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
