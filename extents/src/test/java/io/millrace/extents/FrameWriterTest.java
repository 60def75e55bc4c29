package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.millrace.testkit.Seed;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameWriterTest {
    private static final int BLOCKS = 16;

    /** The buffer's length, by where the memory that it was given lies. */
    private static final int[] PAGES = {257, 258};

    private final FaultyDisk disk = new FaultyDisk(Seed.fresh().random());

    @Test
    void blocksAndEndsAreWrittenHoweverLittleRoomIsLeftForThem() throws IOException {
        Identity identity = Identity.of(List.of(disk));
        byte[] bytes = Payload.of(1, BLOCKS * VolumeFormat.BLOCK_BYTES);
        for (int pages : PAGES) {
            for (int left = 0; left <= 2 * VolumeFormat.CRC_BYTES; left++) {
                String name = pages + "-" + left;
                // So much is left for the last block, its checksum and the end's mark.
                int room = VolumeFormat.BLOCK_BYTES + left;
                int before = (BLOCKS - 1) * VolumeFormat.FRAMED_BLOCK_BYTES;
                int first = pages * ChannelFile.PAGE_BYTES - before - room;
                int length = first - VolumeFormat.CRC_BYTES - VolumeFormat.END_MARK_BYTES;
                Volume gathered = volume(identity, name);
                FrameWriter frames = new FrameWriter(identity);
                long at = VolumeFormat.HEADER_BYTES;
                frames.write(gathered, at, 0, bytes, 0, length, true);
                frames.write(gathered, at + first, 0, bytes, 0, bytes.length, true);
                frames.flush();
                Volume each = volume(identity, name + "-each");
                writeEach(new FrameWriter(identity), each, at, bytes, length);
                writeEach(new FrameWriter(identity), each, at + first, bytes, bytes.length);
                assertArrayEquals(disk.readSmall(each.fileName), disk.readSmall(name), name);
            }
        }
    }

    private Volume volume(Identity identity, String name) throws IOException {
        Volume volume = new Volume(identity.store(), 1, disk, name, Instant.EPOCH);
        volume.file = disk.create(name);
        return volume;
    }

    /** Writes each block by itself. */
    private static void writeEach(
            FrameWriter frames, Volume volume, long offset, byte[] bytes, int length)
            throws IOException {
        for (int at = 0; at < length; at += VolumeFormat.BLOCK_BYTES) {
            int count = Math.min(VolumeFormat.BLOCK_BYTES, length - at);
            frames.write(volume, offset, at, bytes, at, count, at + count == length);
            frames.flush();
        }
    }
}
