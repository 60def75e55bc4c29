package io.millrace.keyspace.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Writes a file in RocksDB's log format; see {@link LogFile}. Not thread-safe. */
final class LogWriter implements AutoCloseable {
    private final FileChannel channel;
    private final CRC32C crc = new CRC32C();
    private int inBlock;

    /** Makes a new file. */
    LogWriter(Path file) throws IOException {
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void add(byte[] payload) throws IOException {
        int at = 0;
        do {
            if (LogFile.BLOCK_BYTES - inBlock < LogFile.HEADER_BYTES) {
                write(ByteBuffer.allocate(LogFile.BLOCK_BYTES - inBlock));
                inBlock = 0;
            }
            int room = LogFile.BLOCK_BYTES - inBlock - LogFile.HEADER_BYTES;
            int length = Math.min(room, payload.length - at);
            boolean last = at + length == payload.length;
            fragment(type(at == 0, last), payload, at, length);
            at += length;
            if (last) {
                return;
            }
        } while (true);
    }

    private static int type(boolean first, boolean last) {
        if (first) {
            return last ? LogFile.WHOLE : LogFile.FIRST;
        }
        return last ? LogFile.LAST : LogFile.MIDDLE;
    }

    private void fragment(int type, byte[] payload, int at, int length) throws IOException {
        crc.reset();
        crc.update(type);
        crc.update(payload, at, length);
        ByteBuffer out = ByteBuffer.allocate(LogFile.HEADER_BYTES + length);
        out.order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(LogFile.masked((int) crc.getValue())).putShort((short) length).put((byte) type);
        out.put(payload, at, length).flip();
        write(out);
        inBlock += LogFile.HEADER_BYTES + length;
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes the file durable. */
    @Override
    public void close() throws IOException {
        try (channel) {
            channel.force(true);
        }
    }
}
