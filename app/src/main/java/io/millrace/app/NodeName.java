package io.millrace.app;

import io.millrace.kit.DirectoryPlace;
import io.millrace.kit.DurableFile;
import io.millrace.kit.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The name under which a node holds leases: 32 hexadecimal digits, made once and kept in {@code
 * data/node}, and where that directory is. So a restart takes over at once what the last run held,
 * and a copy of the directory is another node, which takes nothing from the first while that lives.
 */
final class NodeName {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}");

    private NodeName() {}

    /** The name of the node that lives in this directory; made and durable if it has none. */
    static String of(Path data) {
        Path file = data.resolve("node");
        try {
            if (Files.notExists(file)) {
                String fresh = HexFormat.of().formatHex(Ids.randomBytes(16)) + "\n";
                DurableFile.replace(
                        file, ByteBuffer.wrap(fresh.getBytes(StandardCharsets.US_ASCII)));
            }
            String name = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
            if (!NAME.matcher(name).matches()) {
                throw new StartException(
                        file
                                + " does not hold a node's name (32 hexadecimal digits): put the"
                                + " file back from a copy, or delete it to start as a new node");
            }
            return name + " at " + digest(DirectoryPlace.of(data).key());
        } catch (IOException e) {
            throw new StartException("The node's name can't be kept: " + e.getMessage());
        }
    }

    private static String digest(String place) {
        CRC32C crc = new CRC32C();
        crc.update(place.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
