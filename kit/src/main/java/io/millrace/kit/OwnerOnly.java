package io.millrace.kit;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * Keeps what stands on a disk from the machine's other users: what this process makes (umask 077,
 * also for native code that opens files by itself), and what stood there before.
 */
public final class OwnerOnly {
    private static final int OTHERS = 0_077;
    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    private OwnerOnly() {}

    /**
     * What {@link #close} did.
     *
     * @param closed files and directories that others could use by their own mode
     * @param refused those of them that stay so: they are another user's
     */
    public record Closed(long closed, long refused) {}

    /**
     * From here on no file that this process makes, whoever in it makes it, is open to others.
     *
     * @return false where the system has no such call
     */
    public static boolean umask() {
        MethodHandle umask;
        try {
            Linker linker = Linker.nativeLinker();
            umask =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("umask"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        } catch (RuntimeException e) {
            return false; // no native access, or another system
        }
        try {
            int before = (int) umask.invokeExact(OTHERS);
            return before >= 0;
        } catch (Throwable e) {
            throw new IllegalStateException("umask failed", e);
        }
    }

    /**
     * Takes the others' rights from a directory and all that is in it, a directory before what it
     * holds: from then on nobody else reaches the rest. Symbolic links are not followed, but the
     * directory itself may be one. What goes away meanwhile is passed over.
     */
    public static Closed close(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!Files.getFileStore(real).supportsFileAttributeView("posix")) {
            return new Closed(0, 0);
        }
        Walk walk = new Walk();
        Files.walkFileTree(real, walk);
        return new Closed(walk.closed, walk.refused);
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private long closed;
        private long refused;

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            closeOne(directory);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
                closeOne(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        private void closeOne(Path path) {
            PosixFileAttributeView view =
                    Files.getFileAttributeView(
                            path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            Set<PosixFilePermission> rights;
            try {
                PosixFileAttributes attributes = view.readAttributes();
                rights = attributes.permissions();
                if (attributes.isSymbolicLink() || OWNER.containsAll(rights)) {
                    return;
                }
            } catch (IOException e) {
                return; // gone meanwhile
            }
            closed++;
            Set<PosixFilePermission> kept = EnumSet.copyOf(OWNER);
            kept.retainAll(rights);
            try {
                view.setPermissions(kept);
            } catch (IOException e) {
                refused++;
            }
        }
    }
}
