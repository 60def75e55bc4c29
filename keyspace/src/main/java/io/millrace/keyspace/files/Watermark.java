package io.millrace.keyspace.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The sequence number up to which the log was synced, kept outside the log.
 *
 * <p>What the log lost at its end without damage behind it can't be told from a write that a power
 * cut tore, except by knowing how far it was synced. So after each sync of the log its last
 * sequence number is written here, without a sync of its own: a process that is killed leaves it,
 * and {@link #sync} once a second makes it last over a power cut too.
 *
 * <p>Two places of 512 bytes are written in turn, so that a torn write leaves the other. Each:
 * {@code MillMark}, u32 version 1, u64 sequence number, u32 CRC32C of the 20 bytes before;
 * big-endian. One thread writes.
 */
public final class Watermark implements AutoCloseable {
    /** The file's name in the key space's directory. */
    public static final String FILE = "watermark";

    private static final int PLACE_BYTES = 512;
    private static final int USED_BYTES = 24;
    private static final int VERSION = 1;
    private static final byte[] MAGIC = {'M', 'i', 'l', 'l', 'M', 'a', 'r', 'k'};

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(USED_BYTES);
    private final byte[] record = new byte[USED_BYTES];
    private final CRC32C crc = new CRC32C();
    private long sequence;
    private int place;
    private boolean unsynced;

    /** What the file says. */
    public sealed interface State {
        /** There is no file: an older Millrace wrote the directory, or it is new. */
        record Absent() implements State {}

        /** The log was synced up to here. */
        record Synced(long sequence) implements State {}

        /** Neither place checks. */
        record Broken(String why) implements State {}
    }

    private Watermark(FileChannel channel) {
        this.channel = channel;
    }

    /** Reads the file of a key space's directory. */
    public static State read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return new State.Absent();
        }
        byte[] bytes = Files.readAllBytes(file);
        long highest = -1;
        for (int at = 0; at + USED_BYTES <= bytes.length; at += PLACE_BYTES) {
            highest = Math.max(highest, sequence(bytes, at));
        }
        return highest < 0
                ? new State.Broken("neither of its two records checks")
                : new State.Synced(highest);
    }

    /** The sequence number of a place, -1 if it doesn't check. */
    private static long sequence(byte[] bytes, int at) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at, USED_BYTES - 4);
        ByteBuffer in = ByteBuffer.wrap(bytes, at, USED_BYTES);
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        boolean known = Arrays.equals(magic, MAGIC) && in.getInt() == VERSION;
        long sequence = known ? in.getLong() : -1;
        return known && in.getInt() == (int) crc.getValue() ? sequence : -1;
    }

    /** Opens the file for writing; makes it durable with this number, whatever it held. */
    public static Watermark open(Path directory, long sequence) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(FILE),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            Watermark watermark = new Watermark(channel);
            watermark.write(sequence);
            watermark.write(sequence);
            channel.force(true);
            watermark.unsynced = false;
            try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
                parent.force(true);
            }
            return watermark;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Notes that the log was synced up to here; lower numbers change nothing. */
    public void advance(long synced) throws IOException {
        if (synced > sequence) {
            write(synced);
        }
    }

    private void write(long synced) throws IOException {
        sequence = synced;
        unsynced = true;
        ByteBuffer out = ByteBuffer.wrap(record);
        out.put(MAGIC).putInt(VERSION).putLong(synced);
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

    /** Makes the latest number durable. */
    public void sync() throws IOException {
        if (unsynced) {
            channel.force(false);
            unsynced = false;
        }
    }

    @Override
    public void close() throws IOException {
        sync();
        channel.close();
    }
}
