package io.millrace.extents;

/** An extent being written. One thread at a time; end it by {@link #finish} or {@link #abort}. */
public interface ExtentWriter extends AutoCloseable {
    /** Adds bytes; blocks while the disk is behind. The array is free again on return. */
    void write(byte[] bytes, int offset, int length);

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
