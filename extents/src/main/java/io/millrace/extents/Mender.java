package io.millrace.extents;

import io.millrace.kit.Damage;
import io.millrace.kit.DurableFile;
import io.millrace.kit.OneBit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Puts single flipped bits right in the directories of volumes, where a checksum proves them, and
 * says what else is damaged. Keeps every place as it was in the evidence.
 */
final class Mender {
    private static final List<String> SMALL =
            List.of(Volumes.NUMBERS_FILE, IdentityFiles.IDENTITY, IdentityFiles.STARTS);
    private static final int MOST_SMALL_BYTES = 4_096;

    private final Path evidence;
    private final Consumer<String> told;

    Mender(Path evidence, Consumer<String> told) {
        this.evidence = evidence;
        this.told = told;
    }

    /** The damaged small files and volume headers of a directory. */
    static List<Damage> check(Path directory) throws IOException {
        List<Damage> damages = new ArrayList<>();
        for (String name : SMALL) {
            Path file = directory.resolve(name);
            if (Files.exists(file) && !smallIsWhole(Files.readAllBytes(file))) {
                damages.add(damage(file, "its checksum differs"));
            }
        }
        for (Path volume : volumes(directory)) {
            if (!headerIsWhole(headerOf(volume))) {
                damages.add(damage(volume, "its header's checksum differs"));
            }
        }
        return damages;
    }

    /** Mends the small files and volume headers of a directory. */
    void mend(Path directory) throws IOException {
        for (Damage damage : check(directory)) {
            Path file = Path.of(damage.file());
            OptionalLong bit =
                    SMALL.contains(String.valueOf(file.getFileName()))
                            ? flipped(Files.readAllBytes(file), Mender::smallIsWhole)
                            : flipped(headerOf(file), Mender::headerIsWhole);
            if (bit.isPresent()) {
                keep(file, 0, (int) Math.min(Files.size(file), MOST_SMALL_BYTES));
                flip(file, bit.getAsLong());
            } else if (file.endsWith(Volumes.NUMBERS_FILE)) {
                keep(file, 0, (int) Math.min(Files.size(file), MOST_SMALL_BYTES));
                Files.delete(file);
                DurableFile.syncName(file);
                told.accept(file + ": taken away, it is made anew from the volumes");
            }
        }
    }

    private interface Whole {
        boolean test(byte[] bytes);
    }

    private static OptionalLong flipped(byte[] bytes, Whole whole) {
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            boolean good = whole.test(bytes);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            if (good) {
                return OptionalLong.of(bit);
            }
        }
        return OptionalLong.empty();
    }

    private static boolean smallIsWhole(byte[] content) {
        int end = content.length - 4;
        return end >= 4
                && ByteBuffer.wrap(content).getInt(end) == VolumeFormat.crcOf(content, 0, end);
    }

    private static boolean headerIsWhole(byte[] header) {
        try {
            VolumeFormat.header(header, "");
            return true;
        } catch (ExtentsException e) {
            return e.code() == ExtentsException.Code.FORMAT;
        }
    }

    /** The part of a volume's header that is used; zeros where the file is shorter. */
    private static byte[] headerOf(Path volume) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(VolumeFormat.HEADER_USED_BYTES);
        try (FileChannel channel = FileChannel.open(volume, StandardOpenOption.READ)) {
            while (header.hasRemaining()) {
                if (channel.read(header, header.position()) < 0) {
                    break;
                }
            }
        }
        return header.array();
    }

    private static List<Path> volumes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(
                            f ->
                                    Identity.VOLUME_FILE
                                            .matcher(String.valueOf(f.getFileName()))
                                            .matches())
                    .filter(f -> f.toFile().length() >= VolumeFormat.HEADER_BYTES)
                    .sorted()
                    .toList();
        }
    }

    private static Damage damage(Path file, String text) {
        return new Damage(Damage.Kind.VOLUME, file.toString(), 0, text);
    }

    /**
     * Mends a block whose checksum differs.
     *
     * @param position of the block in the file
     * @param size its payload bytes; its checksum stands behind them
     * @return false when it was more than a bit
     */
    boolean mend(Path volume, long position, int size, int stored, int computed)
            throws IOException {
        int difference = stored ^ computed;
        long bit;
        if (Integer.bitCount(difference) == 1) {
            int inSum = Integer.numberOfTrailingZeros(difference);
            bit = (position + size + 3 - inSum / 8) * 8 + inSum % 8;
        } else {
            OptionalLong found = OneBit.find(difference, 0, size);
            if (found.isEmpty()) {
                return false;
            }
            bit = position * 8 + found.getAsLong();
        }
        keep(volume, position, size + VolumeFormat.CRC_BYTES);
        flip(volume, bit);
        return true;
    }

    private void keep(Path file, long position, int length) throws IOException {
        Files.createDirectories(evidence);
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.read(bytes, position);
        }
        Path parent = file.toAbsolutePath().getParent();
        String directory = parent == null ? "" : parent.getFileName() + "-";
        Files.write(
                evidence.resolve(directory + file.getFileName() + "-at-" + position),
                bytes.array());
    }

    private void flip(Path file, long bit) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, bit / 8);
            one.put(0, (byte) (one.get(0) ^ (1 << bit % 8))).rewind();
            channel.write(one, bit / 8);
            channel.force(true);
        }
        told.accept(
                file
                        + ": one flipped bit put right, proven by the checksum (byte "
                        + bit / 8
                        + ", bit "
                        + bit % 8
                        + ")");
    }
}
