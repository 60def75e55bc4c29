package io.millrace.keyspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native code, once for the process.
 *
 * <p>Left alone, RocksDB unpacks its library (17 MB) under a new name into the temporary directory
 * at each start, and a process that is killed leaves it there. Under a fixed name in the data
 * directory, which its lock keeps for one process, the next start replaces it.
 */
final class RocksLibrary {
    private RocksLibrary() {}

    static synchronized void load(Path directory) {
        Path unpacked = directory.resolve("native");
        try {
            Files.createDirectories(unpacked);
            NativeLibraryLoader.getInstance().loadLibrary(unpacked.toString());
        } catch (IOException | UnsatisfiedLinkError e) {
            // For example a file system mounted noexec: then RocksDB's own way.
            RocksDB.loadLibrary();
        }
    }
}
