package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * The blocks of a GIF (GIF89a), stepped over without decoding: libvips shows a file that is cut
 * short as if whole.
 */
final class GifBlocks {
    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2C;
    private static final int TRAILER = 0x3B;

    private GifBlocks() {}

    /** Whether the file ends at a block's end; the trailer may be missing, as it often is. */
    static boolean whole(MemorySegment gif) {
        if (gif.byteSize() < 13) {
            return false;
        }
        long at = 13 + tableBytes(at(gif, 10));
        boolean image = false;
        while (at < gif.byteSize()) {
            int kind = at(gif, at);
            if (kind == TRAILER) {
                return image;
            }
            if (kind == EXTENSION) {
                at = afterSubBlocks(gif, at + 2);
            } else if (kind == IMAGE && at + 10 <= gif.byteSize()) {
                image = true;
                at = afterSubBlocks(gif, at + 11 + tableBytes(at(gif, at + 9)));
            } else {
                return image && kind == 0; // Padding after the last block is common.
            }
        }
        return image && at == gif.byteSize();
    }

    /** The offset past the chain of sub-blocks at {@code start}; beyond the file when it is cut. */
    private static long afterSubBlocks(MemorySegment gif, long start) {
        long at = start;
        while (at < gif.byteSize()) {
            int length = at(gif, at);
            if (length == 0) {
                return at + 1;
            }
            at += 1 + length;
        }
        return Long.MAX_VALUE;
    }

    private static long tableBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3L << (1 + (flags & 7));
    }

    private static int at(MemorySegment gif, long offset) {
        return gif.get(JAVA_BYTE, offset) & 0xFF;
    }
}
