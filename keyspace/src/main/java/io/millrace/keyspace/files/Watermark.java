package io.millrace.keyspace.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far log and manifest were synced, kept outside of them.
 *
 * <p>What they lost at their end without damage behind it can't be told from a write that a power
 * cut tore, except by knowing how far they were synced. So after each sync of the log its last
 * sequence number is written here, without a sync of its own: a process that is killed leaves it,
 * and {@link #sync} once a second makes it last over a power cut too. The manifest's length is
 * noted as soon as it has grown, after a sync of its own: it grows with a table, not with a commit.
 *
 * <p>Two places of 512 bytes are written in turn, so that a torn write leaves the other. Each:
 * {@code MillMark}, u32 version 2, u64 sequence number, u64 number of the manifest, u64 its length
 * in bytes, u32 CRC32C of the 36 bytes before; big-endian. Version 1 has no manifest. Sequence
 * number 0 stands for {@link State.Accepted}. One thread writes.
 */
public final class Watermark implements AutoCloseable {
    /** The file's name in the key space's directory. */
    public static final String FILE = "watermark";

    private static final Pattern CURRENT = Pattern.compile("MANIFEST-(\\d+)\n");
    private static final int PLACE_BYTES = 512;
    private static final int USED_BYTES = 40;
    private static final int USED_BYTES_1 = 24;
    private static final int VERSION = 2;
    private static final byte[] MAGIC = {'M', 'i', 'l', 'l', 'M', 'a', 'r', 'k'};

    private final Path directory;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(USED_BYTES);
    private final byte[] record = new byte[USED_BYTES];
    private final CRC32C crc = new CRC32C();
    private long sequence;
    private long manifest;
    private long manifestBytes;
    private @Nullable FileChannel manifestFile;
    private int place;
    private boolean unsynced;

    /** What the file says. */
    public sealed interface State {
        /**
         * There is no file: Millrace 0.1 wrote the directory, or it is new, or the file is lost.
         */
        record Absent() implements State {}

        /**
         * The log was synced up to a change, the manifest up to a length.
         *
         * @param manifest its number, 0 when nothing is known of it
         */
        record Synced(long sequence, long manifest, long manifestBytes) implements State {}

        /** A repair took what is there for all there is; until the next start. */
        record Accepted() implements State {}

        /** Neither place checks. */
        record Broken(String why) implements State {}
    }

    private Watermark(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /** Reads the file of a key space's directory. */
    public static State read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return new State.Absent();
        }
        byte[] bytes = Files.readAllBytes(file);
        State.Synced highest = null;
        for (int at = 0; at + USED_BYTES_1 <= bytes.length; at += PLACE_BYTES) {
            State.Synced one = place(bytes, at);
            highest = one != null && (highest == null || isBehind(one, highest)) ? one : highest;
        }
        if (highest == null) {
            return new State.Broken("neither of its two records checks");
        }
        return highest.sequence() == 0 ? new State.Accepted() : highest;
    }

    private static boolean isBehind(State.Synced one, State.Synced other) {
        if (one.sequence() != other.sequence()) {
            return one.sequence() > other.sequence();
        }
        return one.manifest() != other.manifest()
                ? one.manifest() > other.manifest()
                : one.manifestBytes() > other.manifestBytes();
    }

    /** What a place says, null if it doesn't check. */
    private static State.@Nullable Synced place(byte[] bytes, int at) {
        ByteBuffer in = ByteBuffer.wrap(bytes, at, bytes.length - at);
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        int version = in.getInt();
        int used = version == 1 ? USED_BYTES_1 : USED_BYTES;
        if (!Arrays.equals(magic, MAGIC)
                || version < 1
                || version > VERSION
                || at + used > bytes.length) {
            return null;
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, at, used - 4);
        long sequence = in.getLong();
        long manifest = version == 1 ? 0 : in.getLong();
        long manifestBytes = version == 1 ? 0 : in.getLong();
        return in.getInt() == (int) crc.getValue()
                ? new State.Synced(sequence, manifest, manifestBytes)
                : null;
    }

    /** Opens the file for writing; makes it durable with this number, whatever it held. */
    public static Watermark open(Path directory, long sequence) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(FILE),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        Watermark watermark = new Watermark(directory, channel);
        try {
            watermark.sequence = sequence;
            watermark.followManifest();
            watermark.write();
            watermark.write();
            channel.force(true);
            watermark.unsynced = false;
            try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
                parent.force(true);
            }
            return watermark;
        } catch (IOException e) {
            watermark.closeManifest();
            channel.close();
            throw e;
        }
    }

    /** Notes in a directory that what it has is all there is. */
    static void accept(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
        try (FileChannel channel =
                FileChannel.open(
                        directory.resolve(FILE),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE)) {
            Watermark watermark = new Watermark(directory, channel);
            watermark.write();
            watermark.sync();
        }
    }

    /** The number of the manifest that {@code CURRENT} names, -1 when it names none. */
    static long manifestNumber(byte[] current) {
        Matcher name = CURRENT.matcher(new String(current, StandardCharsets.ISO_8859_1));
        return name.matches() && name.group(1).length() < 19 ? Long.parseLong(name.group(1)) : -1;
    }

    /** Notes that the log was synced up to here; lower numbers change nothing. */
    public void advance(long synced) throws IOException {
        boolean grown = syncManifest();
        if (synced > sequence || grown) {
            sequence = Math.max(sequence, synced);
            write();
        }
    }

    /** Opens the manifest that is in use now. */
    private void followManifest() throws IOException {
        if (Files.notExists(directory.resolve("CURRENT"))) {
            return;
        }
        byte[] current = Files.readAllBytes(directory.resolve("CURRENT"));
        long now = manifestNumber(current);
        if (now > manifest) {
            closeManifest();
            manifest = now;
            manifestBytes = 0;
            String name = new String(current, StandardCharsets.ISO_8859_1).strip();
            manifestFile = FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE);
            syncManifest();
        }
    }

    /** Makes a manifest that has grown durable; whether it had. */
    private boolean syncManifest() throws IOException {
        FileChannel file = manifestFile;
        long now = file == null ? 0 : file.size();
        if (file == null || now <= manifestBytes) {
            return false;
        }
        file.force(false);
        manifestBytes = now;
        return true;
    }

    private void closeManifest() throws IOException {
        if (manifestFile != null) {
            manifestFile.close();
            manifestFile = null;
        }
    }

    private void write() throws IOException {
        unsynced = true;
        ByteBuffer out = ByteBuffer.wrap(record);
        out.put(MAGIC).putInt(VERSION).putLong(sequence).putLong(manifest).putLong(manifestBytes);
        crc.reset();
        crc.update(record, 0, USED_BYTES - 4);
        out.putInt((int) crc.getValue());
        buffer.clear().put(record).flip();
        long position = (long) place * PLACE_BYTES;
        while (buffer.hasRemaining()) {
            position += channel.write(buffer, position);
        }
        place = 1 - place;
    }

    /** Makes the latest number durable, and follows the manifest to a new file. */
    public void sync() throws IOException {
        if (manifestFile != null) {
            long before = manifest;
            followManifest();
            if (syncManifest() || manifest != before) {
                write();
            }
        }
        if (unsynced) {
            channel.force(false);
            unsynced = false;
        }
    }

    @Override
    public void close() throws IOException {
        sync();
        closeManifest();
        channel.close();
    }
}
