package io.millrace.live;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Objects;

/** Bytes in memory: a recent segment. */
@SuppressWarnings("ArrayRecordComponent")
record MemoryBody(byte[] bytes, int length) implements MediaBody {
    MemoryBody {
        Objects.checkFromIndexSize(0, length, bytes.length);
    }

    @Override
    public long lengthBytes() {
        return length;
    }

    @Override
    public InputStream open(long from, long count) {
        Objects.checkFromIndexSize(from, count, (long) length);
        return new ByteArrayInputStream(bytes, (int) from, (int) count);
    }
}
