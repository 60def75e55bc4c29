package io.millrace.extents;

import io.millrace.kit.DirectoryPlace;
import io.millrace.kit.DiskSpace;
import java.io.IOException;
import java.util.List;

/**
 * One directory of flat files, as the volumes need it. Tests put a disk under it that forgets what
 * was not synced, tears writes and fails. Thread-safe.
 */
interface Disk extends AutoCloseable {
    /** Names of all files. */
    List<String> list() throws IOException;

    /** Makes a file that isn't there yet, empty, for writing and reading. */
    DiskFile create(String name) throws IOException;

    /** Opens a file that exists. */
    DiskFile open(String name, boolean writing) throws IOException;

    /** Removes a file; absent is no error. */
    void delete(String name) throws IOException;

    /**
     * Gives a file a second name in a folder below, made if needed; that name stays when the first
     * goes.
     */
    void link(String name, String folder) throws IOException;

    /** Removes a folder below with the names in it; absent is no error. */
    void removeFolder(String folder) throws IOException;

    /** Makes creations and deletions durable. */
    void syncDirectory() throws IOException;

    /** The content of a small file, or an empty array if there is none. */
    byte[] readSmall(String name) throws IOException;

    /** Replaces a small file as a whole, durably. */
    void replaceSmall(String name, byte[] content) throws IOException;

    /** Tells what room there is. */
    DiskSpace.Meter room();

    /** Where this is, for messages. */
    String name();

    /** Where this is, among all machines. */
    DirectoryPlace place() throws IOException;

    @Override
    void close() throws IOException;
}
