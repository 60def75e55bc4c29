package io.millrace.edge.cache;

/** Up to 1 MiB of a body: still arriving in memory, or at rest in a segment file. */
public abstract sealed class Chunk {

    private Chunk() {}

    /**
     * Bytes that arrive. One writer appends and then publishes {@link #available}; readers copy
     * what is below it. The array is replaced by a longer one when the length was not known.
     */
    public static final class Filling extends Chunk {
        private volatile byte[] data;
        private volatile int available;

        Filling(int capacity) {
            data = new byte[capacity];
        }

        /** Bytes that may be read. Read this before {@link #data}. */
        public int available() {
            return available;
        }

        public byte[] data() {
            return data;
        }

        int room() {
            return data.length - available;
        }

        /** Makes the array longer; gives the number of bytes it grew by. */
        int grow(int most) {
            int before = data.length;
            data = java.util.Arrays.copyOf(data, Math.min(most, before * 4));
            return data.length - before;
        }

        void append(io.netty.buffer.ByteBuf in, int count) {
            int end = available + count;
            in.readBytes(data, end - count, count);
            available = end;
        }
    }

    /** Bytes in a segment file. */
    public static final class OnDisk extends Chunk {
        /** A chunk that was not used for so long may have left the system's page cache. */
        private static final long WARM_SECONDS = 60;

        final Segment segment;
        final long offset;
        final int length;
        final int crc;
        volatile boolean visited;
        private volatile long usedSecond;

        /**
         * @param usedSecond when its bytes were last written or read, {@link Long#MIN_VALUE} when
         *     not since the edge started
         */
        OnDisk(Segment segment, long offset, int length, int crc, long usedSecond) {
            this.segment = segment;
            this.offset = offset;
            this.length = length;
            this.crc = crc;
            this.usedSecond = usedSecond;
        }

        public Segment segment() {
            return segment;
        }

        /** Where it begins in the segment's data file. */
        public long offset() {
            return offset;
        }

        public int length() {
            return length;
        }

        /**
         * Whether it may be sent from the event loop: its checksum held since the edge started and
         * it was read so lately that the disk need not turn.
         */
        public boolean warm(long nowSecond) {
            return nowSecond - WARM_SECONDS <= usedSecond;
        }

        /** Notes a use, so that it stays warm and is carried forward when its segment goes. */
        public void touch(long nowSecond) {
            if (!visited) {
                visited = true;
            }
            if (usedSecond != nowSecond) {
                usedSecond = nowSecond;
            }
        }

        void read(long nowSecond) {
            usedSecond = nowSecond;
        }

        long usedSecond() {
            return usedSecond;
        }
    }
}
