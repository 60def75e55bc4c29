package io.millrace.app;

import io.millrace.kit.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the directories of a server to the machine's other users when it starts, whatever stood
 * before: an older version, a copy, somebody's chmod. What was open may have been read, so it is
 * said. Each start looks at every file once: some thousands, a hundred thousand take a second.
 */
final class PrivateData {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateData.class);

    private PrivateData() {}

    /** The data directory, and the disks for volumes that lie elsewhere. */
    static void close(Path data, List<Path> disks) {
        close(data);
        for (Path disk : disks) {
            if (!disk.startsWith(data) && Files.isDirectory(disk)) {
                close(disk);
            }
        }
    }

    private static void close(Path directory) {
        OwnerOnly.Closed done;
        try {
            done = OwnerOnly.close(directory);
        } catch (IOException e) {
            throw new StartException("Can't look at " + directory + ": " + e.getMessage());
        }
        if (done.closed() > done.refused()) {
            LOG.warn(
                    "{} files and directories of {} were open to other users of this machine by"
                            + " their mode; now their owner alone may use them",
                    done.closed() - done.refused(),
                    directory);
        }
        if (done.refused() > 0) {
            LOG.warn(
                    "{} files and directories of {} stay open to other users of this machine, for"
                            + " another user owns them: chown them to this one, or chmod -R go= them",
                    done.refused(),
                    directory);
        }
    }
}
