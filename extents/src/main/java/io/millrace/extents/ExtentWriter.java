package io.millrace.extents;

/** An extent being written. One thread at a time; end it by {@link #finish} or {@link #abort}. */
public interface ExtentWriter extends AutoCloseable {
    /** Adds bytes; blocks while the disk is behind. The array is free again on return. */
    void write(byte[] bytes, int offset, int length);

    /**
     * Adds bytes that need not be copied: the array is the writer's until it is written.
     *
     * @return what the caller awaits before it touches the array again
     */
    default Lent lend(byte[] bytes, int length) {
        write(bytes, 0, length);
        return Lent.WRITTEN;
    }

    /** An array in a writer's hands. */
    interface Lent {
        /** One that was free again at once. */
        Lent WRITTEN = () -> {};

        /**
         * Waits until nothing reads the array any more.
         *
         * @throws ExtentsException when its bytes could not be written; the array is free then too
         */
        void await();
    }

    /** Bytes written so far. */
    long length();

    /** Makes the extent durable. At least one byte must have been written. */
    ExtentRef finish();

    /** Gives the extent up; nothing after {@link #finish}. */
    void abort();

    /** The same as {@link #abort}, for try-with-resources. */
    @Override
    default void close() {
        abort();
    }
}
