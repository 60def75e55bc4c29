package io.millrace.backup;

import io.millrace.kit.DurableFile;
import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What tells a server from those that were restored from its backups: the file {@code lineage} in a
 * data directory that was restored. All of them have the same key space and store by name, but each
 * goes its own way; only one of them may go on in a target.
 *
 * @param line random, made by each restore; of a server that was never restored, its key space's id
 * @param from the backup that it was restored from; null for none
 */
public record Lineage(int version, String line, @Nullable String from) {
    private static final String FILE = "lineage";
    private static final int VERSION = 1;

    /** The lineage of a data directory. */
    static Lineage of(Path data, String keySpace) throws IOException {
        Path file = data.resolve(FILE);
        return Files.exists(file)
                ? Json.read(Files.readAllBytes(file), Lineage.class, VERSION, file.toString())
                : new Lineage(VERSION, keySpace, null);
    }

    /** Makes the line of a restored directory. */
    static void begin(Path data, String backup) throws IOException {
        String line = HexFormat.of().formatHex(Ids.randomBytes(16));
        DurableFile.replace(
                data.resolve(FILE),
                ByteBuffer.wrap(Json.write(new Lineage(VERSION, line, backup))));
    }

    /** Whether this one goes on where a target's newest backup was made. */
    boolean follows(Manifest newest) {
        return newest.line().equals(line) || newest.id().equals(from);
    }
}
